"""Writer of small FIT files: messages of the fields that the importer reads.

Layout and numbers are those of the FIT protocol and profile.
"""

import datetime
import struct
from collections.abc import Mapping, Sequence

EPOCH = datetime.datetime(1989, 12, 31, tzinfo=datetime.UTC)
ENUM, UINT8, UINT16, STRING, UINT32 = 0x00, 0x02, 0x84, 0x07, 0x86
SIZES = {ENUM: "B", UINT8: "B", UINT16: "H", UINT32: "I"}
TEXT_BYTES = 32
MESSAGES = {"sport": 12, "session": 18, "weight_scale": 30, "activity": 34, "set": 225,
            "exercise_title": 264}  # fmt: skip
FIELDS: Mapping[str, Mapping[str, tuple[int, int, float]]] = {
    "sport": {"sport": (0, ENUM, 1), "sub_sport": (1, ENUM, 1), "name": (3, STRING, 1)},
    "session": {
        "timestamp": (253, UINT32, 1), "start_time": (2, UINT32, 1), "sport": (5, ENUM, 1),
        "sub_sport": (6, ENUM, 1), "total_elapsed_time": (7, UINT32, 1000),
        "total_timer_time": (8, UINT32, 1000), "total_distance": (9, UINT32, 100),
        "total_calories": (11, UINT16, 1), "avg_heart_rate": (16, UINT8, 1),
        "max_heart_rate": (17, UINT8, 1),
    },
    "weight_scale": {"timestamp": (253, UINT32, 1), "weight": (0, UINT16, 100)},
    "activity": {"timestamp": (253, UINT32, 1), "local_timestamp": (5, UINT32, 1)},
    "set": {
        "timestamp": (254, UINT32, 1), "duration": (0, UINT32, 1000), "repetitions": (3, UINT16, 1),
        "weight": (4, UINT16, 16), "set_type": (5, ENUM, 1), "start_time": (6, UINT32, 1),
        "category": (7, UINT16, 1), "category_subtype": (8, UINT16, 1),
    },
    "exercise_title": {
        "exercise_category": (0, UINT16, 1), "exercise_name": (1, UINT16, 1),
        "wkt_step_name": (2, STRING, 1),
    },
}  # fmt: skip
RUNNING, CYCLING, TRANSITION, TRAINING = 1, 2, 3, 10
TREADMILL, STRENGTH_TRAINING = 1, 20
REST, ACTIVE = 0, 1
BENCH_PRESS, SQUAT = 0, 28
BARBELL_BENCH_PRESS, BARBELL_BACK_SQUAT = 1, 6

Value = int | float | str | datetime.datetime
Message = tuple[str, Mapping[str, Value]]


def fit_file(*messages: Message) -> bytes:
    """A FIT file of messages, each a name with its fields."""
    body = b"".join(_message(name, fields) for name, fields in messages)
    return struct.pack("<BBHI4sH", 14, 0x10, 2132, len(body), b".FIT", 0) + body + b"\0\0"


def _message(name: str, fields: Mapping[str, Value]) -> bytes:
    known = [(FIELDS[name][field], value) for field, value in fields.items()]
    definition = struct.pack("<BBBHB", 0x40, 0, 0, MESSAGES[name], len(known))
    data = b"\0"
    for (number, base, scale), value in known:
        encoded = _encoded(base, scale, value)
        definition += struct.pack("<BBB", number, len(encoded), base)
        data += encoded
    return definition + data


def _encoded(base: int, scale: float, value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode().ljust(TEXT_BYTES, b"\0")
    if isinstance(value, datetime.datetime):
        value = int((value - EPOCH).total_seconds())
    return struct.pack(f"<{SIZES[base]}", round(value * scale))


def local_stamp(utc: datetime.datetime, hours: float) -> datetime.datetime:
    """The stamp of a clock that is some hours ahead of UTC."""
    return utc + datetime.timedelta(hours=hours)


def strength_workout(start: datetime.datetime) -> Sequence[Message]:
    """Messages of a strength workout: bench press with a rest, and two squats."""
    end = start + datetime.timedelta(minutes=40)

    def one(minute: int, kind: int, **fields: Value) -> Message:
        at = start + datetime.timedelta(minutes=minute)
        return "set", {"timestamp": at, "start_time": at, "set_type": kind, **fields}

    bench: dict[str, Value] = {"category": BENCH_PRESS, "category_subtype": BARBELL_BENCH_PRESS}
    squat: dict[str, Value] = {"category": SQUAT, "category_subtype": BARBELL_BACK_SQUAT}
    return (
        ("exercise_title", {
            "exercise_category": BENCH_PRESS, "exercise_name": BARBELL_BENCH_PRESS,
            "wkt_step_name": "Barbell Bench Press",
        }),
        one(1, ACTIVE, duration=42.5, repetitions=8, weight=62.5, **bench),
        one(2, REST, duration=90),
        one(4, ACTIVE, duration=40, repetitions=6, weight=65, **bench),
        one(6, ACTIVE, duration=30, repetitions=5, weight=100, **squat),
        one(9, ACTIVE, duration=30, repetitions=12, category=SQUAT),
        ("session", {
            "timestamp": end, "start_time": start, "sport": TRAINING,
            "sub_sport": STRENGTH_TRAINING, "total_elapsed_time": 2400, "total_timer_time": 2300,
            "total_calories": 250, "avg_heart_rate": 110, "max_heart_rate": 140,
        }),
    )  # fmt: skip
