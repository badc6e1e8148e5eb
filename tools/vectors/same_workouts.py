"""Workouts of one day that several sources recorded: the sessions that do not count."""

import random
from collections.abc import Iterator, Sequence

from bench.overlap_cases import cases as hard_cases
from bench.overlap_days import Labelled, days
from sync_server.formulas.recordings import duplicates
from tools.vectors.values import Case, file_text

ABOUT = (
    "Sessions of one day (each with its id) with their sets, the profile's priority of sources, "
    "and `same_as`: the ids of the sessions that do not count, each with that of the one that does."
)
DAYS = 80


def text() -> str:
    """Text of same_workouts.json."""
    chance = random.Random(9)
    generated = [*days(9, DAYS // 2), *days(10, DAYS // 2, decidable=False)]
    recorded = [*(it for _, it in hard_cases()), *generated]
    return file_text(ABOUT, {"cases": [_case(chance, it) for it in recorded]})


def same_as(case: Case) -> dict[str, str]:
    """Sessions of a case that do not count, as the server sees them."""
    recorded = [
        (session["id"], session, [it for it in case["sets"] if it["session_id"] == session["id"]])
        for session in case["sessions"]
    ]
    return duplicates(recorded, case["priority"])


def _case(chance: random.Random, recorded: Sequence[Labelled]) -> Case:
    sources = [it.session.get("source", "hand") for it in recorded]
    priority = chance.choice([[], [], ["watch"], ["phone", "app"], [chance.choice(sources)]])
    case: Case = {
        "sessions": [{"id": it.id} | it.session for it in recorded],
        "sets": list(_sets(recorded)),
        "priority": priority,
    }
    return case | {"same_as": same_as(case)}


def _sets(recorded: Sequence[Labelled]) -> Iterator[Case]:
    for one in recorded:
        for done in one.sets:
            yield {"session_id": one.id} | done
