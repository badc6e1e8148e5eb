"""Files of the conformance vectors."""

from collections.abc import Callable
from pathlib import Path

from tools.vectors import (
    clocks,
    completion,
    day_views,
    digests,
    ids,
    merges,
    offers,
    plates,
    progressions,
    same_workouts,
    units,
    validation,
)

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "vectors"

FILES: dict[str, Callable[[], str]] = {
    "clocks.json": clocks.text,
    "completion.json": completion.text,
    "day_views.json": day_views.text,
    "digests.json": digests.text,
    "ids.json": ids.text,
    "merge.json": merges.text,
    "offers.json": offers.text,
    "plates.json": plates.text,
    "progressions.json": progressions.text,
    "same_workouts.json": same_workouts.text,
    "units.json": units.text,
    "validation.json": validation.text,
}


def texts() -> dict[str, str]:
    """Text of each file by its name."""
    return {name: text() for name, text in FILES.items()}
