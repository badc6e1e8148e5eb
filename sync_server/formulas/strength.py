"""Estimates of strength from a set, pure."""

from typing import Literal

Formula = Literal["epley", "brzycki"]
MAX_REPS = 12


def one_rep_maximum(weight_kg: float | None, reps: int | None, formula: Formula) -> float | None:
    """Estimated one-repetition maximum in kilograms, not rounded.

    Epley (1985, Poundage Chart): `w (1 + r / 30)`, and `w` for one repetition. Brzycki (1993,
    Strength Testing, JOPERD 64): `36 w / (37 − r)`. None without a load or repetitions, and for
    more than MAX_REPS, where neither formula is valid.
    """
    if not weight_kg or weight_kg < 0 or not reps or reps > MAX_REPS:
        return None
    if formula == "brzycki":
        return 36 * weight_kg / (37 - reps)
    return weight_kg if reps == 1 else weight_kg * (1 + reps / 30)
