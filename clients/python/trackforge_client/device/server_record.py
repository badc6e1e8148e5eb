"""Records as the server sends them, and their JSON text."""

import json
from dataclasses import dataclass

from trackforge_client.device.contracts import contract_of
from trackforge_client.device.json_types import Fields, Json
from trackforge_client.device.register_clocks import NEVER, Clocks, Stamp, expanded


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Record as sent by the server, in a pull or in a push result.

    `clocks` has the stamps of the registers, None if all have the record's own.
    """

    collection: str
    id: str
    version: int
    clock: int
    device_id: str | None
    deleted: bool
    data: Fields
    clocks: Clocks | None = None

    @property
    def stamp(self) -> Stamp:
        """Greatest stamp of any register."""
        return Stamp(self.clock, self.device_id or "")

    @property
    def all_clocks(self) -> Clocks:
        """Stamps of all registers that were written."""
        contract = contract_of(self.collection)
        return expanded(contract, self.data, self.deleted, self.stamp, self.clocks)

    def has_later_writes_than(self, other: "ServerRecord") -> bool:
        """True if a register's stamp is greater than in another state of the record."""
        others = other.all_clocks
        return any(stamp > others.get(name, NEVER) for name, stamp in self.all_clocks.items())

    def offer(self) -> str:
        """JSON text of the change that gives the record back to a restored server."""
        wire: dict[str, object] = {
            "collection": self.collection,
            "id": self.id,
            "op": "offer",
            "version": abs(self.version),
            "clock": self.clock,
            "deleted": self.deleted,
            "data": self.data,
        }
        if self.device_id:
            wire["device_id"] = self.device_id
        if self.clocks is not None:
            wire["clocks"] = self.clocks
        return dump(wire)


def dump(value: object) -> str:
    """Compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def dump_ascii(value: Json) -> str:
    """Compact JSON text for a header."""
    return json.dumps(value, separators=(",", ":"))


def stored_clocks(text: str | None) -> Clocks | None:
    """Stamps of a stored text, by register."""
    stored = None if text is None else json.loads(text)
    return stored and {name: Stamp(*stamp) for name, stamp in stored.items()}
