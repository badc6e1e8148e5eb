"""Comparison of responses with recorded ones: ids, versions, statuses and data, without times."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump

VOLATILE = frozenset(
    {
        "clock",
        "clocks",
        "created_at",
        "cursor",
        "detail",
        "digest",
        "expires_in",
        "last_used_at",
        "request_id",
        "server_clock",
        "title",
        "type",
    }
)
"""Members that differ between any two runs or are free text; not applied within `data`."""
ABSENT = "absent"
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference at a path such as `results[3].status`, as recorded and as received."""

    path: str
    recorded: str
    live: str

    def __str__(self) -> str:
        return f"{self.path}: recorded {self.recorded}, now {self.live}"


def differences(recorded: Json, live: Json, path: str = "") -> Iterator[Difference]:
    """Differences between a recorded and a live response.

    `recorded` has the ids of the replay's user. Of a clock correction only its presence is
    compared, of an error's fields only their names.
    """
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in _all_names(recorded, live):
            if name not in VOLATILE:
                here = f"{path}.{name}" if path else name
                yield from _member(name, recorded, live, here)
    elif isinstance(recorded, list) and isinstance(live, list):
        if len(recorded) != len(live):
            yield Difference(path or "body", f"{len(recorded)} entries", f"{len(live)} entries")
        for index, pair in enumerate(zip(recorded, live, strict=False)):
            yield from differences(*pair, f"{path}[{index}]")
    elif not _same(recorded, live):
        yield Difference(path or "body", _shown(recorded), _shown(live))


def without_ignored(found: Iterable[Difference], ignored: Collection[str]) -> list[Difference]:
    """Differences outside the ignored fields: names at any depth, or paths as `totals.reps`."""
    return [difference for difference in found if not _is_ignored(difference.path, ignored)]


def _is_ignored(path: str, ignored: Collection[str]) -> bool:
    names = re.sub(r"\[\d+\]", "", path.split(" ")[0]).split(".")
    starts = {".".join(names[:length]) for length in range(1, len(names) + 1)}
    return any(field in names or field in starts for field in ignored)


def _member(
    name: str, recorded: dict[str, Json], live: dict[str, Json], path: str
) -> Iterator[Difference]:
    if name not in recorded or name not in live:
        yield Difference(path, _member_shown(recorded, name), _member_shown(live, name))
    elif name == "data":
        yield from _data(recorded[name], live[name], path)
    elif name == "clock_shift_us":
        yield from differences(recorded[name] != 0, live[name] != 0, f"{path} != 0")
    elif name == "errors":
        yield from differences(_names(recorded[name]), _names(live[name]), f"{path} (fields)")
    else:
        yield from differences(recorded[name], live[name], path)


def _data(recorded: Json, live: Json, path: str) -> Iterator[Difference]:
    """Differences within the `data` of a record."""
    if not isinstance(recorded, dict) or not isinstance(live, dict):
        yield from differences(recorded, live, path)
        return
    for name in _all_names(recorded, live):
        if name not in recorded or name not in live or not _same(recorded[name], live[name]):
            texts = _member_shown(recorded, name), _member_shown(live, name)
            yield Difference(f"{path}.{name}", *texts)


def _all_names(left: dict[str, Json], right: dict[str, Json]) -> list[str]:
    return [*left, *(name for name in right if name not in left)]


def _names(errors: Json) -> Json:
    return [*sorted(errors)] if isinstance(errors, dict) else errors


def _same(left: Json, right: Json) -> bool:
    """True if equal by value: 80 is 80.0, true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _member_shown(side: dict[str, Json], name: str) -> str:
    return _shown(side[name]) if name in side else ABSENT


def _shown(value: Json) -> str:
    text = dump(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
