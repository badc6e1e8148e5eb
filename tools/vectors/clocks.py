"""Device clocks: stamps of writes, and the correction by the server's clock."""

import random
from dataclasses import dataclass

from tools.vectors.values import Case, file_text
from trackforge_client.device.clock import MAX_CLOCK, Clock, next_clock
from trackforge_client.device.store import Store

ABOUT = (
    "Microseconds since the Unix epoch. `stamps`: the stamp of a write at `now_us`, after clocks "
    "up to `last_seen`. `corrections`: a device with `offset` and the unsent stamps `unsent` gets "
    "`server_clock` in the response to a request sent at `sent_us` (corrected time); its wall "
    "clock is then `wall_us`. `after` is its new offset and the stamps of its unsent writes, which "
    "stay greater than `clock_sent`, the greatest clock that the server has from it."
)
NOW = 1_795_399_905_123_000
MINUTE, HOUR = 60_000_000, 3_600_000_000


@dataclass
class WallClock:
    """Wall clock that a case sets."""

    us: int = NOW

    def __call__(self) -> int:
        """Time in microseconds."""
        return self.us


def text() -> str:
    """Text of clocks.json."""
    pairs = [(NOW, 0), (NOW, NOW - 1), (NOW, NOW), (NOW, NOW + 7), (NOW, NOW + HOUR), (1, 0),
             (NOW, MAX_CLOCK), (NOW, MAX_CLOCK - 1), (MAX_CLOCK + 5, 0)]  # fmt: skip
    stamps = [{"now_us": a, "last_seen": b, "stamp": next_clock(a, b)} for a, b in pairs]
    chance = random.Random(2)
    errors = [0, 1, MINUTE, MINUTE + 1, -MINUTE, -MINUTE - 1, 2 * HOUR, -2 * HOUR, -(10**15)]
    return file_text(
        ABOUT,
        {"stamps": stamps, "corrections": [_case(chance, error) for error in errors * 3]},
    )


def corrected(case: Case) -> Case:
    """Offset and unsent stamps of a case after the correction."""
    wall, store = WallClock(), Store(":memory:")
    try:
        store.set(clock_offset=case["offset"], clock_sent=case["clock_sent"])
        for stamp in case["unsent"]:
            store.connection.execute(
                "INSERT INTO outbox (collection, id, op, clock, data, schema_version)"
                " VALUES ('foods', '', 'put', ?, '{}', 1)",
                (stamp,),
            )
        clock = Clock(store, wall)
        wall.us = case["wall_us"]
        clock.correct(case["server_clock"], case["sent_us"])
        rows = store.connection.execute("SELECT clock FROM outbox ORDER BY seq")
        return {"offset": clock.offset, "unsent": [stamp for (stamp,) in rows]}
    finally:
        store.close()


def _case(chance: random.Random, error: int) -> Case:
    offset = chance.choice([0, 0, HOUR])
    sent = NOW + offset
    round_trip = chance.choice([20_000, 3_000_000, MINUTE])
    first = sent - chance.randrange(1, 20) * MINUTE
    unsent = [first, first + 1, first + 5 * MINUTE, first + 5 * MINUTE + 3][: chance.randrange(5)]
    case: Case = {
        "offset": offset,
        "wall_us": NOW + round_trip,
        "sent_us": sent,
        "server_clock": sent + round_trip // 2 + error,
        "clock_sent": chance.choice([0, first - 1]),
        "unsent": unsent,
    }
    return case | {"after": corrected(case)}
