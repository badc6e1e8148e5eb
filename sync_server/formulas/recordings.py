"""Recordings of workouts, as they are compared, from sessions and their sets; pure."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync_server.formulas.activity_families import family_of
from sync_server.formulas.recording import APP, HAND, Recording
from sync_server.formulas.same_workouts import same_workouts

Fields = Mapping[str, Any]
"""Fields of a session or a set; unknown ones are absent or None."""


def recorded(session: Fields) -> bool:
    """True if a session was not entered by hand in this app."""
    return bool(session.get("source"))


def duplicates(
    sessions: Iterable[tuple[str, Fields, Sequence[Fields]]], priority: Sequence[str]
) -> dict[str, str]:
    """Ids of the sessions of a day that do not count, each with the id of a better one.

    `sessions` are ids, fields and sets. Days without a recording have none.
    """
    of_day = list(sessions)
    if len(of_day) < 2 or not any(recorded(session) for _, session, _ in of_day):
        return {}
    return same_workouts((recording(id, session, sets) for id, session, sets in of_day), priority)


def recording(id: str, session: Fields, sets: Sequence[Fields]) -> Recording:
    """Recording of a session with its sets."""
    names = [str(done.get("exercise_name") or "") for done in sets]
    lifted = any(done.get("reps") for done in sets)
    source = str(session.get("source") or "")
    return Recording(
        id,
        source,
        str(session.get("recorded_by") or (APP if source else HAND)),
        family_of(str(session.get("name") or ""), names, lifted=lifted),
        _seconds(session.get("started_at")),
        _seconds(session.get("ended_at")),
        _sum(sets, "duration_s"),
        _sum(sets, "distance_m"),
    )


def _seconds(text: str | None) -> float | None:
    return datetime.datetime.fromisoformat(text).timestamp() if text else None


def _sum(sets: Iterable[Fields], name: str) -> float | None:
    return sum(done.get(name) or 0.0 for done in sets) or None
