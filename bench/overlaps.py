"""Accuracy of the matching of workouts that several sources recorded, over labelled pairs."""

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.overlap_cases import cases
from bench.overlap_days import Labelled, days
from sync_server.formulas.recording import HAND, RECORDERS
from sync_server.formulas.recordings import recording
from sync_server.formulas.same_workouts import same_workouts

TUNED, UNTUNED, DAYS = 1, 2, 1500


@dataclass(slots=True)
class Score:
    """Counts of recordings that do not count: found rightly, found wrongly, missed.

    `pairs` are pairs of recordings of different sources, `recordings` all of them.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0
    pairs: int = 0
    recordings: int = 0
    days: int = 0
    right_days: int = 0

    def to_json(self) -> dict[str, float]:
        """Counts with precision, recall and F1, and the share of days that are all right."""
        found, real = self.right + self.wrong, self.right + self.missed
        return {
            "days": self.days,
            "recordings": self.recordings,
            "pairs": self.pairs,
            "repeated": real,
            "precision": round(self.right / found, 4),
            "recall": round(self.right / real, 4),
            "f1": round(2 * self.right / (found + real), 4),
            "right_days": round(self.right_days / self.days, 4),
        }


def score(of_days: Iterable[Sequence[Labelled]]) -> Score:
    """Score of days of labelled recordings."""
    result = Score()
    for day in of_days:
        found = same_workouts(recording(it.id, it.session, it.sets) for it in day)
        workouts, repeated = {it.id: it.workout for it in day}, _repeated(day, found)
        right = sum(
            it in repeated and workouts[it] == workouts[better] for it, better in found.items()
        )
        result.right += right
        result.wrong += len(found) - right
        result.missed += len(repeated - found.keys())
        result.pairs += sum(
            one.session.get("source") != other.session.get("source")
            for one, other in itertools.combinations(day, 2)
        )
        result.recordings += len(day)
        result.days += 1
        result.right_days += right == len(found) == len(repeated)
    return result


def _repeated(day: Sequence[Labelled], found: Mapping[str, str]) -> set[str]:
    """Ids of the recordings that should not count: a better source recorded the workout.

    All recordings of the best source count: the parts of one that was paused. Of two watches
    either one may count.
    """
    best: dict[int, tuple[int, bool, str]] = {}

    def place(it: Labelled) -> tuple[int, bool, str]:
        session = it.session
        recorder = RECORDERS.index(session.get("recorded_by", HAND))
        return recorder, it.id in found, str(session.get("source", ""))

    for it in day:
        best[it.workout] = min(best.get(it.workout, place(it)), place(it))
    return {it.id for it in day if place(it)[2] != best[it.workout][2]}


def print_results() -> None:
    """Print the scores of the tuned and of the held-back days, and of the hard cases, as JSON."""
    results = {
        "tuned": score(days(TUNED, DAYS)),
        "held back": score(days(UNTUNED, DAYS)),
        "held back, with undecidable days": score(days(UNTUNED, DAYS, decidable=False)),
        "hard cases": score(day for _, day in cases()),
    }
    print(json.dumps({name: result.to_json() for name, result in results.items()}, indent=1))
