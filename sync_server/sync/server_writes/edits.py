"""Edits: the changes that a REST request asks the server to make, and their results."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.stored_response import StoredResponse
from sync_server.web.preconditions import NO_PRECONDITIONS, Preconditions


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that a request asks for. `data` is a JSON object as text.

    `if_exists` is the rule for a live record under the id: "overwrite" it, "require" it (else
    NotFound), "forbid" it (RecordExists, unless the natural key led there or it has the same
    fields), or "skip" the edit.
    `within` is the path of the fields in the request, for errors.
    """

    op: Literal["put", "patch", "delete"]
    collection: str
    id: str
    data: bytes = b""
    preconditions: Preconditions = NO_PRECONDITIONS
    if_exists: Literal["overwrite", "require", "forbid", "skip"] = "overwrite"
    within: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EditResult:
    """The record after an edit and before it, possibly a tombstone."""

    record: StoredRecord
    before: StoredRecord | None

    @property
    def created(self) -> bool:
        """True if there was no live record before."""
        return self.before is None or self.before.deleted


RenderResponse = Callable[[Reads, Sequence[EditResult]], Awaitable[StoredResponse]]
"""Renders the response of edits before they are written, from rows of the same version."""


def nested(errors: Mapping[str, object], within: Sequence[str]) -> Mapping[str, object]:
    """Errors by field, under the path of the fields in the request."""
    for name in reversed(within):
        errors = {name: errors}
    return errors
