"""Plates on a barbell for a weight, in any unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PLATES_KG = (25, 20, 15, 10, 5, 2.5, 1.25)
PLATES_LB = (45, 35, 25, 10, 5, 2.5)


@dataclass(frozen=True)
class PlateLoad:
    """Plates of one side, the heaviest first, and the weight of the bar with both sides."""

    per_side: tuple[float, ...]
    weight: float


def plate_load(
    target: float, bar: float, plates: Sequence[float], pairs: Mapping[float, int] | None = None
) -> PlateLoad:
    """Load nearest to a weight without exceeding it, of the fewest plates, heavy ones first.

    `pairs` limits the pairs of a plate; without it there are enough of all. Weights count to 0.01.
    """
    room = max(round((target - bar) * 100 / 2 - 0.25), 0)
    best: dict[int, tuple[float, ...]] = {0: ()}
    for plate in sorted(plates, reverse=True):
        size = round(plate * 100)
        limit = room // size if pairs is None else min(pairs.get(plate, 0), room // size)
        for load, chosen in list(best.items()):
            for count in range(1, limit + 1):
                heavier = load + count * size
                if heavier > room:
                    break
                candidate = chosen + (plate,) * count
                if heavier not in best or _rank(candidate) > _rank(best[heavier]):
                    best[heavier] = candidate
    heaviest = max(best)
    return PlateLoad(best[heaviest], round(bar + heaviest * 2 / 100, 2))


def _rank(plates: tuple[float, ...]) -> tuple[int, tuple[float, ...]]:
    return -len(plates), plates
