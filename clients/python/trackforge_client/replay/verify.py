"""Whether an answer says what was recorded: ids, versions, statuses and data; never times."""

from collections.abc import Iterator
from dataclasses import dataclass

from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump

VOLATILE = frozenset(
    {
        "clock",
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
"""What differs between any two runs, or is only for people to read; within `data`, nothing does."""
ABSENT = "nothing"
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in an answer, such as `results[3].status`, as recorded and as it came."""

    place: str
    recorded: str
    live: str

    def __str__(self) -> str:
        return f"{self.place}: recorded {self.recorded}, now {self.live}"


def differences(recorded: Json, live: Json, place: str = "") -> Iterator[Difference]:
    """Every place in which two answers differ and should not.

    `recorded` speaks of the replay's user already. Of the correction of a device's clock only
    counts that there was one, of an error's fields only their names.
    """
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in _all_names(recorded, live):
            if name not in VOLATILE:
                here = f"{place}.{name}" if place else name
                yield from _member(name, recorded, live, here)
    elif isinstance(recorded, list) and isinstance(live, list):
        if len(recorded) != len(live):
            yield Difference(place or "body", f"{len(recorded)} entries", f"{len(live)} entries")
        for index, pair in enumerate(zip(recorded, live, strict=False)):
            yield from differences(*pair, f"{place}[{index}]")
    elif not _same(recorded, live):
        yield Difference(place or "body", _shown(recorded), _shown(live))


def _member(
    name: str, recorded: dict[str, Json], live: dict[str, Json], place: str
) -> Iterator[Difference]:
    if name not in recorded or name not in live:
        yield Difference(place, _member_shown(recorded, name), _member_shown(live, name))
    elif name == "data":
        yield from _data(recorded[name], live[name], place)
    elif name == "clock_shift_us":
        yield from differences(recorded[name] != 0, live[name] != 0, f"{place} != 0")
    elif name == "errors":
        yield from differences(_names(recorded[name]), _names(live[name]), f"{place} (fields)")
    else:
        yield from differences(recorded[name], live[name], place)


def _data(recorded: Json, live: Json, place: str) -> Iterator[Difference]:
    """A record's content, where every name is the user's own."""
    if not isinstance(recorded, dict) or not isinstance(live, dict):
        yield from differences(recorded, live, place)
        return
    for name in _all_names(recorded, live):
        if name not in recorded or name not in live or not _same(recorded[name], live[name]):
            texts = _member_shown(recorded, name), _member_shown(live, name)
            yield Difference(f"{place}.{name}", *texts)


def _all_names(one: dict[str, Json], other: dict[str, Json]) -> list[str]:
    return [*one, *(name for name in other if name not in one)]


def _names(errors: Json) -> Json:
    return [*sorted(errors)] if isinstance(errors, dict) else errors


def _same(one: Json, other: Json) -> bool:
    """Equality by value: 80 is 80.0, and true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _member_shown(side: dict[str, Json], name: str) -> str:
    return _shown(side[name]) if name in side else ABSENT


def _shown(value: Json) -> str:
    text = dump(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
