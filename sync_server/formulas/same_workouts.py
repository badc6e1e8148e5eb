"""Workouts that were recorded more than once, by a watch, a phone, an app and by hand; pure.

Of recordings of one workout that of the best source counts; the others stay, and say which one
they equal. The result depends on the recordings of a day alone, not on the order of their arrival.
`docs/reference/same-workouts.md` has the rules and their measured accuracy.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sync_server.formulas.activity_families import compatible
from sync_server.formulas.dated_workouts import Workout, add_dated
from sync_server.formulas.recording import PHONE, RECORDERS, WATCH, Recording

MIN_SHARE, MIN_SHARE_OF_OTHERS = 0.5, 0.8
START_TOLERANCE_S, MAX_PAUSE_S = 20 * 60, 10 * 60
MAX_COMPARED = 100
"""Recordings of a day that are compared: their number squared is the cost."""


def same_workouts(recordings: Iterable[Recording], priority: Sequence[str] = ()) -> dict[str, str]:
    """Ids of the recordings of a day that do not count, each with the id of the one that does.

    `priority` has names of sources and of RECORDERS, best first; others follow in their default
    order. Recordings above MAX_COMPARED count.
    """
    compared = sorted(recordings, key=lambda one: _rank(one, priority))[:MAX_COMPARED]
    ordered = sorted(_joined(compared), key=lambda one: _rank(one, priority))
    workouts: list[Workout] = []
    for one in ordered:
        if one.start is not None:
            _add(one, workouts)
    add_dated([one for one in ordered if one.start is None], workouts)
    found: dict[str, str] = {}
    for workout in workouts:
        best, *others = sorted(workout, key=lambda one: _rank(one, priority))
        found |= {id: best.id for one in others for id in (one.id, *one.parts)}
    return found


def _add(one: Recording, workouts: list[Workout]) -> None:
    """Add a recording with a time to the workout that it overlaps most, else as a new one."""
    shares = [max(_share(one, other) for other in workout) for workout in workouts]
    greatest = max(shares, default=0.0)
    if greatest > 0:
        workouts[shares.index(greatest)].append(one)
    else:
        workouts.append([one])


def _rank(one: Recording, priority: Sequence[str]) -> tuple[int, bool, bool, float, str, str]:
    """Rank of a recording; the lowest is the best. Its last part makes it unique."""
    names = [*priority, *RECORDERS]
    positions = (names.index(it) for it in (one.source, one.recorder) if it in names)
    timed = one.start is not None and one.end is not None
    length = one.length or 0.0
    best = min(positions, default=len(names))
    return best, one.source != "", not timed, -length, one.source, one.id


def _joined(recordings: Iterable[Recording]) -> list[Recording]:
    """Recordings, with the parts of one that was paused as one: of a device, in short order."""
    joined: list[Recording] = []
    last: dict[str, int] = {}
    for one in sorted(recordings, key=lambda it: (it.start or 0.0, it.id)):
        place = last.get(one.source)
        before = None if place is None else joined[place]
        if place is not None and before is not None and _continues(one, before):
            joined[place] = replace(
                before,
                end=one.end,
                distance_m=(before.distance_m or 0.0) + (one.distance_m or 0.0) or None,
                parts=(*before.parts, one.id),
            )
            continue
        last[one.source] = len(joined)
        joined.append(one)
    return joined


def _continues(one: Recording, before: Recording) -> bool:
    if one.recorder not in (WATCH, PHONE) or one.family != before.family:
        return False
    if one.start is None or one.end is None or before.end is None:
        return False
    return 0 <= one.start - before.end <= MAX_PAUSE_S


def _share(one: Recording, other: Recording) -> float:
    """Share of the shorter one during which both took place; 0 if they are not the same.

    Two of one source are not: it records one at a time.
    """
    if one.start is None or other.start is None or one.source == other.source:
        return 0.0
    alike = compatible(one.family, other.family)
    if one.end is None or other.end is None:
        return float(alike and _starts_within(one.start, one.end, other.start, other.end))
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter, longer = sorted((one.end - one.start, other.end - other.start))
    if shared <= 0 or shorter <= 0:
        return float(alike and one.start == other.start)
    needed = MIN_SHARE * shorter if alike else MIN_SHARE_OF_OTHERS * longer
    return shared / shorter if shared >= needed else 0.0


def _starts_within(
    start: float, end: float | None, other_start: float, other_end: float | None
) -> bool:
    """True if both start together, or the one without an end starts within the other."""
    if abs(start - other_start) <= START_TOLERANCE_S:
        return True
    if end is None and other_end is not None:
        return other_start <= start <= other_end
    return other_end is None and end is not None and start <= other_start <= end
