"""Versions that a device knows, and the rejection of one that may have missed purged tombstones."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from sync_server.sync.engine.batch import keys_of
from sync_server.sync.engine.changes import InvalidChange, ValidChange
from sync_server.sync.engine.cursor import Cursor
from sync_server.sync.push.snapshot import HeadRow, PushSnapshot
from sync_server.web.errors import ResyncFirst

_OTHERS = "*"


@dataclass(frozen=True, slots=True)
class AckedVersions:
    """The versions that a device has acknowledged by collection, `*` for all others.

    None if it never acknowledged anything.
    """

    versions: Mapping[str, int] | None

    @classmethod
    def of(cls, head: HeadRow) -> "AckedVersions":
        """The versions in the head row of a locked snapshot."""
        if head["acked_version"] is None:
            return cls(None)
        if head["acked"] is None:  # written by a release that knew one version for all
            return cls({_OTHERS: head["acked_version"]})
        return cls(orjson.loads(head["acked"]))

    def version(self, collection: str) -> int | None:
        """The version of a collection, None if the device never acknowledged it."""
        known = self.versions or {}
        named = [known[name] for name in (collection, _OTHERS) if name in known]
        return max(named, default=None)


def known_versions(
    snapshot: PushSnapshot, cursor: Cursor | None, changes: Iterable[ValidChange | InvalidChange]
) -> dict[str, int]:
    """By collection the version up to which the device knows every record."""
    acked = AckedVersions.of(snapshot.head)
    known = {}
    for collection in {collection for collection, _ in keys_of(changes)}:
        position = cursor.position(collection) if cursor else None
        known[collection] = max(acked.version(collection) or 0, position.version if position else 0)
    return known


def require_recent_sync(
    snapshot: PushSnapshot,
    cursor: Cursor | None,
    changes: Iterable[ValidChange | InvalidChange],
    horizon_us: int,
) -> None:
    """Raise ResyncFirst for a device that may have missed purged tombstones.

    No tombstone of a change after `horizon_us` was purged.
    """
    head, acked = snapshot.head, AckedVersions.of(snapshot.head)
    valid = [change for change in changes if isinstance(change, ValidChange)]
    names = {change.collection.name for change in valid}
    if cursor is not None:
        _check_cursor(cursor, head, names)
    if acked.versions is None:
        return
    versions = {name: acked.version(name) for name in names} if names else acked.versions
    missed = {
        name
        for name, version in versions.items()
        if version is not None and version < head["purged_version"]
    }
    if head["purged_version"]:
        missed |= {
            change.collection.name
            for change in valid
            if versions[change.collection.name] is None
            and _may_be_purged(change, snapshot, horizon_us)
        }
    if missed:
        reason = ["Pull this collection from the beginning."]
        raise ResyncFirst(errors={"collections": dict.fromkeys(sorted(missed), reason)})


def _check_cursor(cursor: Cursor, head: HeadRow, names: set[str]) -> None:
    positions = [cursor.position(name) for name in names] if names else [cursor.rest]
    if (
        cursor.epoch != head["epoch"]
        or cursor.version > head["head"]
        or any(it is not None and it.safe_version < head["purged_version"] for it in positions)
    ):
        raise ResyncFirst("The push's base_cursor lies before the oldest purged tombstone.")


def _may_be_purged(change: ValidChange, snapshot: PushSnapshot, horizon_us: int) -> bool:
    """True if the change would create a record that may have been deleted and purged."""
    if change.sent.op == "delete" or any(key in snapshot.stored for key in change.candidate_keys):
        return False
    if change.collection.natural_key is not None:
        return change.stamp.clock < horizon_us
    id = uuid.UUID(change.id)
    return id.version != 7 or (id.int >> 80) * 1000 < horizon_us
