"""Stored records: their columns, their keys and their JSON text on the wire."""

from typing import NamedTuple

import orjson

from schema import COLLECTIONS
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.field_clocks import register_stamps

RecordKey = tuple[str, str]
"""(collection, id)"""

RECORD_COLUMNS = """collection, id::text, version, clock, device_id::text, field_clocks::text,
       deleted, day::text, parent_id::text, data::text"""
"""The SQL expressions of a StoredRecord's fields, in their order."""


class StoredRecord(NamedTuple):
    """A row of `records`; `data` and `field_clocks` are JSON text, `day` is `YYYY-MM-DD`."""

    collection: str
    id: str
    version: int
    clock: int
    device_id: str
    field_clocks: str | None
    deleted: bool
    day: str | None
    parent_id: str | None
    data: str

    @property
    def key(self) -> RecordKey:
        """Collection and id."""
        return self.collection, self.id

    @property
    def live(self) -> bool:
        """True if the record is no tombstone."""
        return not self.deleted

    @property
    def stamp(self) -> Stamp:
        """The greatest stamp of any register."""
        return Stamp(self.clock, self.device_id)

    @property
    def text(self) -> str:
        """JSON text of the record, as pulls and results carry it."""
        return record_text(
            self.collection,
            self.id,
            self.version,
            self.clock,
            self.device_id,
            self.deleted,
            self.data,
            self.field_clocks,
        )


def record_text(
    collection: str,
    id: str,
    version: int,
    clock: int,
    device_id: str,
    deleted: bool,
    data: str,
    field_clocks: str | None,
) -> str:
    """JSON text of a record; `data` is JSON text and passes through unread."""
    clocks = clocks_text(collection, data, Stamp(clock, device_id), field_clocks)
    return (
        f'{{"collection":"{collection}","id":"{id}","version":{version},"clock":{clock},'
        f'"device_id":"{device_id}","deleted":{"true" if deleted else "false"},"data":{data}'
        f"{clocks}}}"
    )


def clocks_text(collection: str, data: str, top: Stamp, field_clocks: str | None) -> str:
    """The member `clocks` of a record's text; empty if every register has the record's stamp."""
    if field_clocks is None or not {"d", "s"} & orjson.loads(field_clocks).keys():
        return ""
    declared = COLLECTIONS.get(collection)
    if declared is None:
        return ""
    stamps = register_stamps(orjson.loads(data), top, field_clocks, declared)
    if all(stamp == top for stamp in stamps.values()):
        return ""
    clocks = {name: list(stamp) for name, stamp in stamps.items()}
    return f',"clocks":{orjson.dumps(clocks).decode()}'
