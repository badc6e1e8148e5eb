"""Two devices and a server with wrong clocks: no write of a device is lost to its own earlier one.

The devices do not learn the server's time: a clock is the greater of the device's wall clock and
the greatest clock that it has seen, plus one.
"""

import json
from dataclasses import dataclass, field, replace

import msgspec
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import SCHEMA_VERSION
from schema.ids import UserId
from sync_server.sync.engine.batch import resolve_batch
from sync_server.sync.engine.changes import BatchContext, Change, InvalidChange, ValidChange
from sync_server.sync.engine.clock import DeviceClock
from sync_server.sync.engine.records import StoredRecord
from sync_server.sync.engine.working_set import WorkingSet
from sync_server.sync.push.clocks import correct_clocks
from sync_server.sync.push.validation import validate

SECOND = 1_000_000
HOUR, YEAR = 3600 * SECOND, 365 * 86_400 * SECOND
START = 1_790_000_000 * SECOND
USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
ID = "0192f0c4-6f0e-7c4e-9a53-00000000000a"
KEY = ("workout_sets", ID)
DEVICES = ["0192f0c4-6f0e-7c4e-9a53-0000000000d1", "0192f0c4-6f0e-7c4e-9a53-0000000000d2"]
FIELDS = ("notes", "position")
OFFSETS = st.sampled_from(
    [0, SECOND, -SECOND, 59 * SECOND, -59 * SECOND, 61 * SECOND, -61 * SECOND, 90 * SECOND,
     -90 * SECOND, HOUR, -HOUR, YEAR, -YEAR, 9 * YEAR, -9 * YEAR]
)  # fmt: skip


@dataclass
class Device:
    """A device with its clock's offset; `outbox` are fields with values, and their clocks."""

    id: str
    offset: int
    seen: int = 0
    outbox: list[tuple[str, int, int]] = field(default_factory=list)
    sent: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class World:
    """A server with one record, at a time that only moves forward; its clock may not."""

    devices: list[Device]
    now: int = START
    offset: int = 0
    working: WorkingSet = field(default_factory=lambda: WorkingSet(0, {}))
    clocks: dict[str, DeviceClock] = field(default_factory=dict)
    max_clock: int = 0
    values: int = 900

    def write(self, device: Device, name: str) -> None:
        """An edit of one field, to a value that is less than all before: a tie would show."""
        self.values -= 1
        device.seen = max(self.now + device.offset, device.seen + 1)
        device.outbox.append((name, self.values, device.seen))

    def push(self, device: Device, delay: int) -> None:
        """The outbox as one push that is under way for `delay`; the device sees nothing of it."""
        sent_at = self.now + device.offset
        self.now += delay
        wall = self.now + self.offset
        context = BatchContext(USER, device.id, SCHEMA_VERSION, wall)
        changes: list[ValidChange | InvalidChange] = []
        for name, value, clock in device.outbox:
            data: dict[str, object] = {name: str(value) if name == "notes" else value}
            op = "patch"
            if not self.working.version and not changes:
                op, data = "put", {"session_id": ID, "exercise_id": ID, "position": 0} | data
            raw = msgspec.Raw(json.dumps(data).encode())
            changes.append(validate(Change("workout_sets", ID, op, clock, raw), context))
            device.sent.append((name, value))
        device.outbox.clear()
        known = self.clocks.get(device.id, DeviceClock())
        clock_of = known.observe(sent_at, wall)
        now_us = max(wall, self.max_clock)
        changes, correction = correct_clocks(
            changes, self.working, clock_of, clock_of.shift, now_us
        )
        context = replace(context, correction=correction)
        batch = resolve_batch(changes, self.working, context, atomic=False)
        assert not any(it.resolution.rejection for it in batch.results)
        self.clocks[device.id] = clock_of.corrected(correction)
        self.working = WorkingSet(
            self.working.version, {**self.working.stored, **self.working.records}
        )
        self.max_clock = max([self.max_clock, *(it.clock for it in self.working.stored.values())])

    def pull(self, device: Device) -> None:
        """The device sees the record."""
        if record := self.record:
            device.seen = max(device.seen, record.clock)

    @property
    def record(self) -> StoredRecord | None:
        """The stored record."""
        return self.working.record(KEY)

    def check(self) -> None:
        """No stored value is an earlier one of a device that has sent a later one."""
        if self.record is None:
            return
        data = orjson.loads(self.record.data)
        for name in FIELDS:
            for device in self.devices:
                own = [value for written, value in device.sent if written == name]
                stored = [value for value in own if data.get(name) in (str(value), value)]
                assert not stored or stored == own[-1:], (name, own, data)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 1), st.sampled_from(FIELDS)),
        st.tuples(st.just("edit"), st.integers(0, 1), st.sampled_from(FIELDS)),
        st.tuples(st.just("push"), st.integers(0, 1), st.sampled_from([0, SECOND, 90 * SECOND])),
        st.tuples(st.just("pull"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("server"), st.just(0), OFFSETS),
        st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, SECOND, HOUR, 30 * HOUR])),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=1000, deadline=None)
@given(st.tuples(OFFSETS, OFFSETS), OFFSETS, STEPS)
def test_no_last_word_of_a_device_is_lost_to_its_own_earlier_one(
    offsets: tuple[int, int], server: int, steps: list[tuple[str, int, object]]
) -> None:
    devices = [Device(id, offset) for id, offset in zip(DEVICES, offsets, strict=True)]
    world = World(devices, offset=server)
    for name, index, argument in steps:
        device = devices[index]
        if name in ("write", "edit"):
            world.write(device, str(argument))
        if name == "edit":
            world.push(device, SECOND)
            world.check()
        if name == "pull":
            world.pull(device)
        elif isinstance(argument, int):
            if name == "push" and device.outbox:
                world.push(device, argument)
                world.check()
            elif name == "server":
                world.offset = argument
            elif name == "wait":
                world.now += argument
