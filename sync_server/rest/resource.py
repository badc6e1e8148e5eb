"""REST resources of collections: their paths, and the representation of their records."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import orjson
from aiohttp.typedefs import Handler

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import UserId
from sync_server.store.fenced_reads import Reads
from sync_server.sync.engine.records import StoredRecord
from sync_server.web.preconditions import etag

API = "/api/v1"

ExtraFields = Callable[[Reads, UserId, StoredRecord], Awaitable[Mapping[str, object]]]
"""Reads the members that a domain adds to the representation of a single record."""


class ListedRecord(NamedTuple):
    """A record of a list; `data` is JSON text."""

    id: str
    version: int
    clock: int
    device_id: str
    data: str

    @property
    def text(self) -> str:
        """JSON text of its fields, id and version; `data` passes through."""
        head = f'{{"id":"{self.id}","version":{self.version},"clock":{self.clock}'
        head += f',"device_id":"{self.device_id}"'
        return f"{head},{self.data[1:]}" if len(self.data) > 2 else head + "}"


ListedFields = Callable[
    [Reads, UserId, Sequence[ListedRecord]], Awaitable[Sequence[Mapping[str, object]]]
]
"""Reads the members that a domain adds to each record of a page of a list."""

Complete = Callable[[Reads, UserId, bytes, str | None], Awaitable[bytes]]
"""Completes the fields (a JSON object) of a put or a patch before they are written.

The last argument is the id of the record that a patch changes, None for a put.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """The REST resource of a collection, with the additions of its domain.

    `extra_schema` and `listed_schema` are the JSON Schemas of the extra fields of a single record
    and of one in a list; `optional_extras` are those that not every record has. `post_handler`,
    `put_handler` and `patch_handler` build the handlers of a domain that has its own.
    """

    collection: Collection
    extra_fields: ExtraFields | None = None
    extra_schema: Mapping[str, Any] = field(default_factory=dict)
    listed_fields: ListedFields | None = None
    listed_schema: Mapping[str, Any] = field(default_factory=dict)
    optional_extras: tuple[str, ...] = ()
    complete: Complete | None = None
    post_handler: Callable[["Resource"], Handler] | None = None
    put_handler: Callable[["Resource"], Handler] | None = None
    patch_handler: Callable[["Resource"], Handler] | None = None

    @property
    def slug(self) -> str:
        """The collection's name in paths."""
        return self.collection.name.replace("_", "-")

    @property
    def path(self) -> str:
        """Path of the list."""
        return f"{API}/{self.slug}"

    @property
    def kind(self) -> str:
        """Name of one record: `WorkoutSession`."""
        return type(self.collection.schema).__name__

    @property
    def singular(self) -> str:
        """Name of one record in snake case: `workout_session`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.kind).lower()


@cache
def resource_of(name: str) -> Resource:
    """The resource of a collection, without additions."""
    return Resource(COLLECTIONS[name])


@dataclass(frozen=True, slots=True)
class Representation:
    """JSON text of one record, with its ETag."""

    text: bytes
    etag: str


def serialize(record: StoredRecord) -> bytes:
    """JSON text of a record, without extra fields."""
    listed = ListedRecord(record.id, record.version, record.clock, record.device_id, record.data)
    return listed.text.encode()


async def represent(
    resource: Resource, connection: Reads, user_id: UserId, record: StoredRecord
) -> Representation:
    """Representation of a single record, with the extra fields of its domain."""
    extras = (
        await resource.extra_fields(connection, user_id, record) if resource.extra_fields else {}
    )
    return with_extras(record, extras)


def with_extras(record: StoredRecord, extras: Mapping[str, object]) -> Representation:
    """Representation of a record with extra members, which its ETag covers."""
    text = serialize(record)
    if not extras:
        return Representation(text, etag(record.version))
    members = orjson.dumps(extras)
    digest = hashlib.sha256(members).hexdigest()[:16]
    return Representation(text[:-1] + b"," + members[1:], etag(record.version, digest))


async def page_texts(
    resource: Resource, connection: Reads, user_id: UserId, page: Sequence[ListedRecord]
) -> list[str]:
    """JSON texts of the records of a page; no record is parsed unless its domain adds to it."""
    texts = [record.text for record in page]
    if resource.listed_fields is None:
        return texts
    extras = await resource.listed_fields(connection, user_id, page)
    return [
        f"{text[:-1]},{orjson.dumps(members)[1:].decode()}"
        for text, members in zip(texts, extras, strict=True)
    ]
