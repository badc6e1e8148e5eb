"""Plates on a barbell."""

import random

from tools.vectors.values import Case, file_text
from trackforge_client.device.plates import PLATES_KG, PLATES_LB, plate_load

ABOUT = (
    "`cases`: a `target`, the `bar` and the `plates`, in one unit; `pairs` is null or the number "
    "of pairs of each plate. The result are the plates of one side and the whole weight."
)


def text() -> str:
    """Text of plates.json."""
    chance = random.Random(25)
    return file_text(ABOUT, {"cases": [_case(chance) for _ in range(80)]})


def _case(chance: random.Random) -> Case:
    bar, plates = chance.choice([(20.0, PLATES_KG), (45.0, PLATES_LB), (15.0, (15, 10, 1.25))])
    target = chance.choice([bar, 100.0, 102.5, 60.3, round(chance.uniform(0, 400), 2)])
    pairs = {it: chance.randrange(4) for it in plates} if chance.random() < 0.4 else None
    load = plate_load(target, bar, plates, pairs)
    shown_pairs = None if pairs is None else [[it, pairs[it]] for it in plates]
    return {
        "target": target, "bar": bar, "plates": list(plates), "pairs": shown_pairs,
        "per_side": list(load.per_side), "weight": load.weight,
    }  # fmt: skip
