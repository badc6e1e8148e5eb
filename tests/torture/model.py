"""The state that acknowledged writes must have led to, by the rules of docs/protocol.md.

Two ways, which know nothing of the server's code. `replayed` takes the server at its word: it
applies every write that was answered with `applied` or `merged`, in the order of their versions.
`Stamps` orders the writes of devices with good clocks by `(clock, device_id)`, whatever the
answers said.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.torture.wire import Exchange, Json

Key = tuple[str, str]
Stamp = tuple[int, str]
GOOD_CLOCK_US = 55_000_000


@dataclass(frozen=True)
class Write:
    """An acknowledged write of one record; `fields` is None for a deletion.

    `key` is the record's place, `sent_id` the id that the device used. `record` is the record
    that came with the answer, if one did.
    """

    exchange: Exchange
    index: int
    op: str
    key: Key
    sent_id: str
    clock: int
    device_id: str
    fields: Json | None
    status: str
    version: int
    record: Json | None
    has_good_clock: bool

    @property
    def stamp(self) -> Stamp:
        """Clock and device as they were sent."""
        return self.clock, self.device_id


def first_answers(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """For each key the exchange that was answered first; repeats under it have no effect."""
    found: dict[str, Exchange] = {}
    for it in sorted(exchanges, key=lambda it: it.answered):
        if it.key and 200 <= it.status < 300:
            found.setdefault(it.key, it)
    return list(found.values())


def rejected_later(exchanges: Iterable[Exchange]) -> set[tuple[str, int]]:
    """Key and index of every change that was rejected, perhaps after its first answer.

    That happens only after a restore: a push whose answer was lost is processed anew.
    """
    return {
        (it.key, index)
        for it in exchanges
        if it.push
        for index, result in enumerate(it.push[1]["results"])
        if result["status"] == "rejected"
    }


def writes_of(exchanges: Iterable[Exchange]) -> list[Write]:
    """Every write with an effect or a chance of one, by version; rejected ones are left out."""
    writes: list[Write] = []
    for exchange in first_answers(exchanges):
        if exchange.push is not None:
            writes += _pushed(exchange, *exchange.push)
        elif exchange.method == "POST" and "version" in exchange.answer:
            writes.append(_created(exchange))
    writes.sort(key=lambda it: (it.version, it.exchange.number, it.index))
    return writes


def _pushed(exchange: Exchange, body: Json, answer: Json) -> Iterator[Write]:
    limit = answer["server_clock"] + GOOD_CLOCK_US
    for index, (change, result) in enumerate(zip(body["changes"], answer["results"], strict=True)):
        if result["status"] in ("rejected", "conflict") or change["op"] == "offer":
            continue
        yield Write(
            exchange, index, change["op"],
            key=(change["collection"], result.get("canonical_id", change["id"])),
            sent_id=change["id"],
            clock=change["clock"],
            device_id=body["device_id"],
            fields=change.get("data"),
            status=result["status"],
            version=result["version"],
            record=result.get("record"),
            has_good_clock=answer["clock_shift_us"] == 0 and change["clock"] <= limit,
        )  # fmt: skip


def _created(exchange: Exchange) -> Write:
    """A record that was created by its REST route, with the fields that the answer shows."""
    answer = dict(exchange.answer)
    collection = exchange.route.strip("/").replace("-", "_")
    id, version = answer.pop("id"), answer.pop("version")
    clock, device_id = answer.pop("clock"), answer.pop("device_id")
    answer.pop("food", None)
    return Write(
        exchange, 0, "put", (collection, id), id, clock, device_id, answer, "applied", version,
        None, has_good_clock=True,
    )  # fmt: skip


@dataclass
class State:
    """A record by the model; the values of the `unknown` fields are not predicted.

    `past` has what was overwritten or deleted: a version, its data without unknown fields.
    """

    version: int = 0
    data: Json = field(default_factory=dict)
    deleted: bool = False
    unknown: set[str] = field(default_factory=set)
    moved: bool = False
    writes: list[Write] = field(default_factory=list)
    past: dict[int, Json] = field(default_factory=dict)

    @property
    def known(self) -> Json:
        """The data without the unknown fields."""
        return {name: value for name, value in self.data.items() if name not in self.unknown}


class Rules:
    """Rules that `GET /sync/config` says about the collections."""

    def __init__(self, collections: Mapping[str, Any]) -> None:
        self._collections = collections

    def defaults(self, collection: str) -> Json:
        """Defaults that are not null."""
        fields = self._collections[collection]["fields"]
        return {k: it["default"] for k, it in fields.items() if it["default"] is not None}

    def fields(self, collection: str) -> set[str]:
        """Names of all fields."""
        return set(self._collections[collection]["fields"])

    def register(self, collection: str, name: str) -> tuple[str, ...]:
        """The fields of the register that a field belongs to."""
        for group in self._collections[collection]["groups"]:
            if name in group:
                return tuple(group)
        return (name,)

    def followers(self, collection: str, named: Iterable[str]) -> set[str]:
        """Fields that a patch of these fields changes too, as the snapshot of a food."""
        snapshot = self._collections[collection].get("snapshot")
        if not snapshot or not {snapshot["source"], snapshot["amount"]} & set(named):
            return set()
        return {*snapshot["copied"], *snapshot["scaled"]} - set(named)


def replayed(writes: Iterable[Write], rules: Rules) -> dict[Key, State]:
    """The state of every record after the writes that won, in the order of their versions."""
    states: dict[Key, State] = defaultdict(State)
    for write in writes:
        state = states[write.key]
        state.writes.append(write)
        if write.status not in ("applied", "merged"):
            continue
        old = write.key[0], write.sent_id
        if old != write.key and states.get(old):
            states[old].deleted = states[old].moved = True
            states[old].writes.append(write)
        version, live, known = state.version, not state.deleted, state.known
        _apply(state, write, rules)
        if version and live and (state.deleted or not known.items() <= state.data.items()):
            state.past[version] = known
    return states


def _apply(state: State, write: Write, rules: Rules) -> None:
    collection, before = write.key[0], state.version
    state.version = max(state.version, write.version)
    if write.status == "merged" and write.record is not None:
        state.data, state.deleted = dict(write.record["data"]), write.record["deleted"]
        state.unknown = set()
        return
    state.deleted = write.fields is None
    if write.fields is None:
        return
    if write.op == "put":
        state.data, state.unknown = rules.defaults(collection), set()
    elif not before:
        state.unknown = rules.fields(collection)
    state.unknown -= set(write.fields)
    if write.op == "patch":
        state.unknown |= rules.followers(collection, write.fields)
    for name, value in write.fields.items():
        value = rules.defaults(collection).get(name) if value is None else value
        if value is None:
            state.data.pop(name, None)
        else:
            state.data[name] = value


class Stamps:
    """The writes of each register of one record, in the order of their stamps."""

    def __init__(self, state: State, rules: Rules, bad_devices: set[str]) -> None:
        self.bad = [it for it in state.writes if it.device_id in bad_devices]
        self.registers: dict[tuple[str, ...], list[Write]] = defaultdict(list)
        self.deletions = sorted(state.writes, key=lambda it: it.stamp)
        for write in self.deletions:
            if write.fields is None:
                continue
            named = rules.fields(write.key[0]) if write.op == "put" else write.fields
            for register in {rules.register(write.key[0], name) for name in named}:
                self.registers[register].append(write)


def bad_devices(writes: Iterable[Write]) -> set[str]:
    """Devices with a clock that was ever corrected; their stored stamps are not those they sent."""
    return {it.device_id for it in writes if not it.has_good_clock}
