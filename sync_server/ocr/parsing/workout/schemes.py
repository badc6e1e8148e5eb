"""Schemes of sets, repetitions and loads, and bare numbers beside them."""

from collections.abc import Sequence

from sync_server.ocr.parsing.workout.amounts import items, load, repetitions
from sync_server.ocr.parsing.workout.bounds import AmbiguousText, Fields
from sync_server.ocr.parsing.workout.groups import SetGroups
from sync_server.ocr.parsing.workout.quantities import kilograms

MAX_COUNT = 10
MAX_LISTED_REPS = 30
"""Maximum repetitions in a row of numbers; above, they are weights."""


class Schemes:
    """Builder of set groups from schemes; `unit` is the default unit of weights."""

    def __init__(self, unit: str, *, assisted: bool) -> None:
        self.groups = SetGroups()
        self.numbered = False
        self._unit, self._assisted = unit, assisted
        self._numbers: list[str] = []
        self._by_load = False

    def add(self, sets: str, count: str, weight: Fields) -> None:
        """Add sets; `count` is a number, a range, a list of repetitions, or `AMRAP`."""
        if len(self._numbers) == 1 and not weight:
            self.groups.assign_upcoming(self.weight(self._numbers.pop()))
        if "." in sets:
            raise AmbiguousText
        by_set = repetitions(count)
        if len(by_set) == 1:
            self.groups.add_equal(int(sets), by_set[0] | weight)
        elif sets == "1" and not weight and self.groups.lacks_loads(len(by_set)):
            # `12/10/8 40/45/50`: the second list is of the weights.
            self.loads(count)
        elif sets == "1" and not weight and are_load_and_repetitions(items(count)):
            first, last = items(count)
            self.groups.add_equal(1, self.weight(first) | {"reps": int(last)})
        elif sets in ("1", str(len(by_set))):
            self.groups.add([fields | weight for fields in by_set])
        else:
            raise AmbiguousText
        if count.rstrip().endswith("+"):
            self.groups.mark_last_open_ended()

    def loads(self, text: str) -> None:
        """Assign bare weights to the sets before them, `60/65/70`; small numbers may be RPEs."""
        weights = items(text)
        if not self.groups or any(weight[0].isalpha() for weight in weights):
            raise AmbiguousText
        if all(float(weight) <= MAX_COUNT for weight in weights):
            raise AmbiguousText
        self.groups.loads([kilograms(weight, "", self._unit) for weight in weights])

    def add_by_load(self, count: str, text: str) -> None:
        """`10 x 60kg`: in such a text every set must have a weight."""
        if text.replace(".", "", 1).isdigit() and float(text) <= MAX_COUNT:
            raise AmbiguousText  # `100 @ 8`: an RPE, or a small weight
        self._by_load = True
        self.add("1", count, self.load(text))

    def add_two(self, first: str, count: str) -> None:
        """`3x10` or `60x10`: a count of sets where it can be one, else a weight."""
        if is_count(first):
            self.add(first, count, {})
        else:
            self.add("1", count, self.weight(first))

    def add_three(self, first: str, reps: str, last: str, unit: str) -> None:
        """`3x10x60` is sets, repetitions, weight; `60x10x3` the other way round."""
        if not unit and not is_count(first) and is_count(last):
            first, last = last, first
        if not is_count(first):
            raise AmbiguousText
        self.add(first, reps, self.weight(last, unit))

    def measured(self, measure: Fields) -> None:
        """Assign a duration or distance to sets without one, or add a set."""
        if self.groups and not self.groups.last_has(*measure, "reps", "reps_min"):
            self.groups.assign(measure)
        else:
            self.groups.add_equal(1, measure)

    def number(self, text: str, *, added: bool) -> None:
        """Bare number: the weight of the sets before it, else of the next sets."""
        if self.groups and not self.groups.last_has("weight_kg", "duration_s", "distance_m"):
            if self._numbers:
                raise AmbiguousText
            self.groups.load(({"bodyweight": True} if added else {}) | self.weight(text))
        else:
            self._numbers.append(text)

    def weight(self, number: str, unit: str = "") -> Fields:
        """Weight as a field."""
        return {"weight_kg": kilograms(number, unit, self._unit)}

    def load(self, text: str) -> Fields:
        """Load as fields: `60kg`, `BW+10`."""
        return load(text, self._unit, assisted=self._assisted)

    def end(self) -> None:
        """Resolve the remaining bare numbers; raises Unclear for the rest."""
        groups, numbers = self.groups, self._numbers
        self._numbers = []
        if not groups and are_repetitions(numbers) and not groups.upcoming and not self.numbered:
            self.add("1", "/".join(numbers), {})
        elif not groups and len(numbers) == 3 and not groups.upcoming:
            self.add(numbers[0], numbers[1], {})
            groups.load(self.weight(numbers[2]))
        elif not groups and self.numbered and numbers:
            # `Set 1 60 10`: the weight, unless given before, and the repetitions.
            *weight, reps = numbers
            if len(weight) + ("weight_kg" in groups.upcoming) != 1:
                raise AmbiguousText
            self.add("1", reps, self.weight(weight[0]) if weight else {})
        elif numbers:
            raise AmbiguousText
        if self._by_load and any("weight_kg" not in fields for fields in groups.finish()):
            raise AmbiguousText
        if groups and groups.kind == "drop" and groups.last[-1]["kind"] != "drop":
            groups.mark("drop")  # `3x10 drop set`


def is_count(text: str) -> bool:
    """True if a number can be a count of sets."""
    return "." not in text and 1 <= int(text) <= MAX_COUNT


def are_repetitions(numbers: Sequence[str]) -> bool:
    """True if bare numbers, `12 10 8`, are repetitions of sets: they do not grow."""
    if len(numbers) < 3 or any("." in number for number in numbers):
        return False
    counts = [int(number) for number in numbers]
    return counts == sorted(counts, reverse=True) and counts[0] <= min(
        2 * counts[-1], MAX_LISTED_REPS
    )


def are_load_and_repetitions(items: Sequence[str]) -> bool:
    """True if two numbers, `60/10`, are a weight and repetitions."""
    return (
        len(items) == 2
        and all(item.isdigit() for item in items)
        and int(items[1]) <= MAX_LISTED_REPS < int(items[0])
    )
