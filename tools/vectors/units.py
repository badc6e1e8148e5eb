"""Units: stored values as shown, inputs as stored."""

import random
from collections.abc import Callable

from tools.vectors.values import Case, file_text
from trackforge_client.device.units import Units

ABOUT = (
    "`cases`: the method of a profile's units, its input and its result. A result is rounded half "
    "to even, on the exact binary value."
)
_UNITS = (Units(), Units("lb", "in", "kj"))
_HEIGHTS = ("5'11\"", "5' 11.5\"", "6ft", "5 ft 7 in", "180", "70,5", "5′3″")


def text() -> str:
    """Text of units.json."""
    chance = random.Random(5)
    values = [0, 0.05, 0.15, 0.25, 0.35, 2.5, 22.5, 81.4, 100, 142.5, 180.3, 1.005]
    values += [round(chance.uniform(0, 500), chance.randrange(1, 5)) for _ in range(30)]
    cases = [case for units in _UNITS for value in values for case in _cases(units, value)]
    typed = [
        _case(units, "stored_height", text, units.stored_height(text))
        for units in _UNITS
        for text in _HEIGHTS
    ]
    return file_text(ABOUT, {"cases": cases + typed})


def _cases(units: Units, value: float) -> list[Case]:
    methods: list[Callable[[float], float | str]] = [
        units.shown_weight, units.stored_weight, units.shown_height, units.stored_height,
        units.shown_energy, units.stored_energy, units.weight_text, units.height_text,
        units.energy_text,
    ]  # fmt: skip
    return [_case(units, method.__name__, value, method(value)) for method in methods]


def _case(units: Units, method: str, value: float | str, result: float | str) -> Case:
    shown = {"weight": units.weight, "height": units.height, "energy": units.energy}
    return {"units": shown, "method": method, "input": value, "result": result}
