"""Conflicts of two devices that are offline at once, with network faults."""

from contextlib import suppress
from dataclasses import dataclass, field

from tools.recordings.stage import Stage
from trackforge_client import Device
from trackforge_client.device.errors import RequestRejected
from trackforge_client.device.json_types import Json

HOUR_S = 3600.0
NOBODY = "00000000-0000-7000-8000-000000000000"


@dataclass(slots=True)
class Quarrel:
    """Two synced devices and the sets of the workout that they will disagree about."""

    stage: Stage
    phone: Device
    tablet: Device
    session: str
    sets: list[str]
    number: int
    keys: int = field(default=0)

    def key(self) -> str:
        """An Idempotency-Key of its own for each push made by hand."""
        self.keys += 1
        return f"by-hand-{self.number}-{self.keys}"

    def change(self, device: Device, op: str, id: str, data: Json = None) -> dict[str, Json]:
        """A change of a set as it goes on the wire, stamped by the device's wall clock."""
        self.stage.wait(1)
        clock = self.stage.wall_us(device.name)
        change: dict[str, Json] = {"collection": "workout_sets", "id": id, "op": op, "clock": clock}
        return change if data is None else change | {"data": data}


async def different_fields(quarrel: Quarrel) -> None:
    """Both edit one set, each another register: both edits survive."""
    quarrel.phone.patch("workout_sets", quarrel.sets[0], {"rpe": 8.5})
    quarrel.stage.wait(HOUR_S)
    quarrel.tablet.update("workout_sets", quarrel.sets[0], reps=7)
    quarrel.tablet.patch("workout_sets", quarrel.sets[0], {"notes": "slow"})


async def the_same_field(quarrel: Quarrel) -> None:
    """Both edit the same register: the later edit wins, in whichever order they arrive."""
    quarrel.phone.patch("workout_sets", quarrel.sets[0], {"notes": "phone, earlier"})
    quarrel.phone.patch("workout_sets", quarrel.sets[-1], {"rpe": 7.0, "notes": "phone"})
    quarrel.stage.wait(HOUR_S)
    quarrel.tablet.patch("workout_sets", quarrel.sets[0], {"notes": "tablet, later"})
    quarrel.tablet.patch("workout_sets", quarrel.sets[-1], {"rpe": 9.0})


async def deleted_and_edited(quarrel: Quarrel) -> None:
    """One deletes what the other edits later: it lives. One deletes last: it is gone."""
    first, second = quarrel.sets[0], quarrel.sets[-1]
    quarrel.phone.delete("workout_sets", first)
    quarrel.tablet.patch("workout_sets", second, {"notes": "too early"})
    quarrel.stage.wait(HOUR_S)
    quarrel.tablet.update("workout_sets", first, reps=5)
    quarrel.phone.delete("workout_sets", second)


async def sent_twice(quarrel: Quarrel) -> None:
    """A push comes again under its key, and its changes once more under another."""
    changes = [quarrel.change(quarrel.tablet, "patch", quarrel.sets[0], {"rir": 2.0})]
    changes.append(quarrel.change(quarrel.tablet, "delete", quarrel.sets[-1]))
    key = quarrel.key()
    sent_at = quarrel.stage.wall_us("tablet")
    for _ in range(2):
        await quarrel.stage.push(quarrel.tablet, changes, key, sent_at=sent_at)
    if not quarrel.stage.skew_us.get("tablet"):
        await quarrel.stage.push(quarrel.tablet, changes, quarrel.key())


async def out_of_order(quarrel: Quarrel) -> None:
    """The later of two pushes arrives first; the earlier one then has nothing to say."""
    earlier = [quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"rest_s": 60.0})]
    later = [quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"rest_s": 90.0})]
    await quarrel.stage.push(quarrel.phone, later, quarrel.key())
    await quarrel.stage.push(quarrel.phone, earlier, quarrel.key())


async def guarded(quarrel: Quarrel) -> None:
    """Guards that hold, and guards that do not."""
    there = quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"rpe": 6.0})
    new = quarrel.change(quarrel.phone, "patch", quarrel.sets[-1], {"rpe": 6.5})
    await quarrel.stage.push(quarrel.phone, [there | {"base_version": 0}], quarrel.key())
    await quarrel.stage.push(quarrel.phone, [new | {"base_version": 1}], quarrel.key())
    await quarrel.stage.push(quarrel.phone, [new], quarrel.key())


async def not_acceptable(quarrel: Quarrel) -> None:
    """Some changes of a push are refused, and with `atomic` all of them."""
    good = quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"notes": "good"})
    changes = [
        good,
        quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"reps": "twelve"}),
        quarrel.change(quarrel.phone, "patch", quarrel.sets[0], {"mood": "fine"}),
        quarrel.change(quarrel.phone, "merge", quarrel.sets[0], {"rpe": 6.0}),
        quarrel.change(quarrel.phone, "patch", NOBODY, {"rpe": 6.0}),
        quarrel.change(quarrel.phone, "patch", quarrel.sets[0]) | {"clock": 2**53},
    ]
    await quarrel.stage.push(quarrel.phone, changes, quarrel.key(), atomic=True)
    await quarrel.stage.push(quarrel.phone, changes, quarrel.key())
    with suppress(RequestRejected):
        await quarrel.stage.push(quarrel.phone, changes, "by hand, with blanks")
