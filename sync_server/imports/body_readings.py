"""Body values of several sources on one day: all stay, and the best one counts.

Readings are united by source, and the values of the day follow from them and the user's priority
alone: so the result is the same in any order of arrival.
"""

from collections.abc import Iterable, Sequence

from schema.ids import Json
from sync_server.imports.records import Data

READINGS = "readings"
"""Field of `body_metrics` with the values of each source."""
MAX_READINGS = 20
_ABOUT = ("source", "recorded_by")
_RECORDERS = ("app", "watch", "phone")


def unite_readings(*lists: Json) -> list[Json]:
    """Readings of some lists by source; values of a later list replace those of an earlier one.

    Sources beyond MAX_READINGS, in the order of their names, are left out.
    """
    by_source: dict[str, Data] = {}
    for readings in lists:
        for reading in readings if isinstance(readings, list) else ():
            if isinstance(reading, dict):
                by_source.setdefault(str(reading["source"]), {}).update(reading)
    return [by_source[source] for source in sorted(by_source)[:MAX_READINGS]]


def best_values(readings: Iterable[Json], priority: Sequence[str]) -> Data:
    """Value of each field by its best source; `priority` names sources and kinds of recorders.

    Others follow in the order app, watch, phone, then by name.
    """
    ranked = sorted(
        (reading for reading in readings if isinstance(reading, dict)),
        key=lambda reading: _rank(reading, priority),
    )
    best: Data = {}
    for reading in ranked:
        for name, value in reading.items():
            if name not in _ABOUT:
                best.setdefault(name, value)
    return best


def _rank(reading: Data, priority: Sequence[str]) -> tuple[int, int, str]:
    source, recorder = str(reading["source"]), reading.get("recorded_by")
    positions = [priority.index(name) for name in (source, recorder) if name in priority]
    kind = _RECORDERS.index(recorder) if recorder in _RECORDERS else len(_RECORDERS)
    return min(positions, default=len(priority)), kind, source
