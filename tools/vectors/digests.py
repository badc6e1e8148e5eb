"""Digests: of record contents, and of record versions."""

import random
import uuid
from typing import Any

from tools.vectors.values import Case, file_text
from trackforge_client.device.digest import state_digest, version_digest

ABOUT = (
    "`versions`: XOR over the first 8 bytes of SHA-256 of `id:version`, as in GET /sync/check. "
    "`states`: SHA-256 of the sorted lines of live records; a line is the JSON text of "
    "[collection, id, data] with sorted keys, ASCII only, `, ` and `: ` between members, whole "
    "numbers without a fraction, others as Python writes them (the shortest digits; an exponent of "
    "at least two digits below 0.0001)."
)
_VALUES: list[Any] = [
    80, 80.0, 0.1, 0.1 + 0.2, 1e-05, 0.0001, 12345.678, -2.5, True, False, "Oats", "Café",
    "日本", "😀 \"quoted\" \\ \n\t\x7f\u2028", "", [1, 2.0, "x"], {"b": 1, "a": [], "ä": {}},
]  # fmt: skip


def text() -> str:
    """Text of digests.json."""
    chance = random.Random(4)
    states = [_state([]), *[_state([_record(chance, value)]) for value in _VALUES]]
    states += [_state([_record(chance, value) for value in _VALUES])]
    versions = [_versions(chance, count) for count in (0, 1, 2, 10)]
    return file_text(ABOUT, {"versions": versions, "states": states})


def _record(chance: random.Random, value: object) -> list[Any]:
    id = uuid.UUID(int=chance.getrandbits(128))
    return [chance.choice(["foods", "workout_sets"]), str(id), {"value": value, "name": "x"}]


def _state(records: list[list[Any]]) -> Case:
    digest = state_digest((collection, id, data) for collection, id, data in records)
    return {"records": records, "digest": digest}


def _versions(chance: random.Random, count: int) -> Case:
    pairs = [
        (str(uuid.UUID(int=chance.getrandbits(128))), chance.randrange(1, 100_000))
        for _ in range(count)
    ]
    return {"versions": [list(pair) for pair in pairs], "digest": version_digest(pairs)}
