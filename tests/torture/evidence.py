"""Evidence about one user at the end of a round: all exchanges, and what everybody shows now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.torture.model import Key, Rules, State, Write, rejected_later, replayed, writes_of
from tests.torture.people import Records
from tests.torture.wire import Exchange, Json


@dataclass(frozen=True)
class Violation:
    """A broken promise; `key` is the record that it is about, if it is about one."""

    invariant: str
    text: str
    key: Key | None = None


@dataclass
class Evidence:
    """All that the invariants judge, of one user.

    `server` is a pull from the beginning, `check` the answer of `/sync/check` beside it, `devices`
    what each device shows, `days` the server's day views by date, `heads` the last version that
    each listener got, `repeats` pairs of a stored answer and the one that its repetition got now,
    `revoked` the status that each token of an ended session got now, `histories` the history of
    some records, `late` what did not come to rest in time. `limited` is True if the server may
    refuse requests that are too many.
    """

    exchanges: Sequence[Exchange]
    rules: Rules
    server: list[Json] = field(default_factory=list)
    check: Json = field(default_factory=dict)
    devices: dict[str, Records] = field(default_factory=dict)
    days: dict[str, Json] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    repeats: list[tuple[Exchange, bytes]] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)
    histories: dict[Key, list[Json]] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    purged: bool = False
    restored: bool = False
    limited: bool = False

    @cached_property
    def writes(self) -> list[Write]:
        """Acknowledged writes by version."""
        writes = writes_of(self.exchanges)
        rejected = rejected_later(self.exchanges) if self.restored else set()
        return [it for it in writes if (it.exchange.key, it.index) not in rejected]

    @cached_property
    def states(self) -> dict[Key, State]:
        """The model's records."""
        return replayed(self.writes, self.rules)

    @cached_property
    def pulled(self) -> dict[Key, Json]:
        """The server's live records."""
        return {(it["collection"], it["id"]): it for it in self.server if not it["deleted"]}

    @cached_property
    def live(self) -> Records:
        """Data of the server's live records."""
        return {key: it["data"] for key, it in self.pulled.items()}
