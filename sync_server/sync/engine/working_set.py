"""The working set of a batch: stored records and aliases, under those that the batch wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync_server.sync.engine.changes import ValidChange
from sync_server.sync.engine.records import RecordKey, StoredRecord


@dataclass(frozen=True, slots=True)
class MovedRecord:
    """The day, or the parent, that a record moved away from at `version`."""

    version: int
    day: str | None
    parent_id: str | None


class LosingChange(NamedTuple):
    """A change that lost values against `record`, the one that stays; `won` if it also won some."""

    change: ValidChange
    record: StoredRecord
    won: bool


@dataclass(slots=True)
class WorkingSet:
    """The records that a batch may name, and what it has written so far.

    An alias maps a key to the id of the record that it names; one that the batch drops is None.
    `repointed` maps the targets of stored aliases to their new ids. `version` is the user's.
    `replaced` has each live record that was written over, with the one after it.
    """

    version: int
    stored: Mapping[RecordKey, StoredRecord]
    stored_aliases: Mapping[RecordKey, str] = field(default_factory=dict)
    records: dict[RecordKey, StoredRecord] = field(default_factory=dict)
    moved: list[MovedRecord] = field(default_factory=list)
    aliases: dict[RecordKey, str | None] = field(default_factory=dict)
    repointed: dict[RecordKey, str] = field(default_factory=dict)
    replaced: list[tuple[StoredRecord, StoredRecord]] = field(default_factory=list)
    losing: list[LosingChange] = field(default_factory=list)

    def record(self, key: RecordKey) -> StoredRecord | None:
        """The record at a key, possibly a tombstone."""
        return self.records.get(key) or self.stored.get(key)

    def target(self, key: RecordKey) -> RecordKey:
        """The key that an alias stands for; any other key is its own."""
        collection, id = key
        if key in self.aliases:
            return collection, self.aliases[key] or id
        target = self.stored_aliases.get(key)
        if target is None:
            return key
        return collection, self.repointed.get((collection, target), target)

    def write(self, record: StoredRecord) -> None:
        """Write a record whose version is the next one."""
        before = self.record(record.key)
        self.version = record.version
        self.records[record.key] = record
        if before is None:
            return
        if before.live:
            self.replaced.append((before, record))
        if (before.day, before.parent_id) != (record.day, record.parent_id):
            self.moved.append(MovedRecord(record.version, before.day, before.parent_id))

    def alias(self, key: RecordKey, id: str) -> None:
        """Make a key an alias of the record at `id` of its collection; its own id: no alias."""
        if key[1] != id and self.target(key)[1] != id:
            self.aliases[key] = id
        if key[1] == id and (key in self.aliases or key in self.stored_aliases):
            self.aliases[key] = None

    def repoint(self, old: RecordKey, id: str) -> None:
        """Let every alias of one record name another one."""
        collection, old_id = old
        for alias, target in self.aliases.items():
            if target == old_id and alias[0] == collection:
                self.aliases[alias] = None if alias[1] == id else id
        for stored, target in self.repointed.items():
            if target == old_id and stored[0] == collection:
                self.repointed[stored] = id
        self.repointed.setdefault(old, id)
