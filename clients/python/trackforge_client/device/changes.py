"""Values of the outbox: unsent changes, their guards, and batches."""

from dataclasses import dataclass

from trackforge_client.device.json_types import Fields
from trackforge_client.device.server_record import dump


@dataclass(frozen=True, slots=True)
class Guards:
    """Conditions of a write: the clock or the version of the record that it is based on."""

    base_clock: int | None = None
    base_version: int | None = None


NO_GUARDS = Guards()


@dataclass(frozen=True, slots=True)
class Change:
    """Unsent write; `data` is empty for a delete."""

    seq: int
    collection: str
    id: str
    op: str
    clock: int
    data: Fields
    base_clock: int | None
    base_version: int | None
    schema_version: int

    def text(self) -> str:
        """JSON text of the change in a push."""
        wire: dict[str, object] = {
            "collection": self.collection,
            "id": self.id,
            "op": self.op,
            "clock": self.clock,
        }
        if self.op != "delete":
            wire["data"] = self.data
        if self.base_clock is not None:
            wire["base_clock"] = self.base_clock
        if self.base_version is not None:
            wire["base_version"] = self.base_version
        return dump(wire)


@dataclass(frozen=True, slots=True)
class Batch:
    """Push stored before sending; `body` never changes under its Idempotency-Key `key`.

    `clock_offset` is the correction of the wall clock that the clocks in the body contain.
    """

    id: int
    key: str
    body: bytes
    sent: bool
    clock_offset: int
