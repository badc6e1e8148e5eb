"""Schemes of sets, repetitions and loads, and the numbers that stand alone beside them."""

from collections.abc import Sequence

from sync_server.ocr.parsing.workout.amounts import items, load, repetitions
from sync_server.ocr.parsing.workout.bounds import Fields, Unclear
from sync_server.ocr.parsing.workout.groups import Groups
from sync_server.ocr.parsing.workout.quantities import kilograms

MOST_COUNTED = 10
MOST_REPS = 30
"""Of a set in a row of numbers that may as well be weights."""


class Schemes:
    """Groups of sets from what is written of them; `unit` is that of weights without one."""

    def __init__(self, unit: str, *, assisted: bool) -> None:
        self.groups = Groups()
        self.numbered = False
        self._unit, self._assisted = unit, assisted
        self._numbers: list[str] = []
        self._by_load = False

    def add(self, sets: str, count: str, weight: Fields) -> None:
        """Sets of so many repetitions: a number, a range, a list of them, or as many as go."""
        if len(self._numbers) == 1 and not weight:
            self.groups.say_ahead(self.weight(self._numbers.pop()))
        if "." in sets:
            raise Unclear
        each = repetitions(count)
        if len(each) == 1:
            self.groups.add_equal(int(sets), each[0] | weight)
        elif sets == "1" and not weight and self.groups.lacks_loads(len(each)):
            # `12/10/8 40/45/50`: the second list is of the weights.
            self.loads(count)
        elif sets == "1" and not weight and are_load_and_repetitions(items(count)):
            first, last = items(count)
            self.groups.add_equal(1, self.weight(first) | {"reps": int(last)})
        elif sets in ("1", str(len(each))):
            self.groups.add([one | weight for one in each])
        else:
            raise Unclear
        if count.rstrip().endswith("+"):
            self.groups.last_may_go_on()

    def loads(self, text: str) -> None:
        """Weights without a unit for the sets before them, `60/65/70`; small ones may be RPEs."""
        weights = items(text)
        if not self.groups or any(weight[0].isalpha() for weight in weights):
            raise Unclear
        if all(float(weight) <= MOST_COUNTED for weight in weights):
            raise Unclear
        self.groups.loads([kilograms(weight, "", self._unit) for weight in weights])

    def add_by_load(self, count: str, text: str) -> None:
        """`10 x 60kg`: in a text that is written so, every set has its weight."""
        if text.replace(".", "", 1).isdigit() and float(text) <= MOST_COUNTED:
            raise Unclear  # `100 @ 8`: an RPE, or a small weight
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
            raise Unclear
        self.add(first, reps, self.weight(last, unit))

    def measured(self, measure: Fields) -> None:
        """A time or a length: of a set of its own, or of those that have none yet."""
        if self.groups and not self.groups.last_has(*measure, "reps", "reps_min"):
            self.groups.say(measure)
        else:
            self.groups.add_equal(1, measure)

    def number(self, text: str, *, added: bool) -> None:
        """A number alone: the weight of the sets before it, else of those that follow."""
        if self.groups and not self.groups.last_has("weight_kg", "duration_s", "distance_m"):
            if self._numbers:
                raise Unclear
            self.groups.load(({"bodyweight": True} if added else {}) | self.weight(text))
        else:
            self._numbers.append(text)

    def weight(self, number: str, unit: str = "") -> Fields:
        """A weight as a field."""
        return {"weight_kg": kilograms(number, unit, self._unit)}

    def load(self, text: str) -> Fields:
        """A load as fields: `60kg`, `BW+10`."""
        return load(text, self._unit, assisted=self._assisted)

    def end(self) -> None:
        """Settle the numbers that stand alone; raises Unclear for one without a meaning."""
        groups, numbers = self.groups, self._numbers
        self._numbers = []
        if not groups and are_repetitions(numbers) and not groups.ahead and not self.numbered:
            self.add("1", "/".join(numbers), {})
        elif not groups and len(numbers) == 3 and not groups.ahead:
            self.add(numbers[0], numbers[1], {})
            groups.load(self.weight(numbers[2]))
        elif not groups and self.numbered and numbers:
            # `Set 1 60 10`: the weight, if it was not told yet, and the repetitions.
            *weight, reps = numbers
            if len(weight) + ("weight_kg" in groups.ahead) != 1:
                raise Unclear
            self.add("1", reps, self.weight(weight[0]) if weight else {})
        elif numbers:
            raise Unclear
        if self._by_load and any("weight_kg" not in one for one in groups.ended()):
            raise Unclear
        if groups and groups.kind == "drop" and groups.last[-1]["kind"] != "drop":
            groups.mark("drop")  # `3x10 drop set`: nothing came after it


def is_count(text: str) -> bool:
    """Whether a number can be one of sets."""
    return "." not in text and 1 <= int(text) <= MOST_COUNTED


def are_repetitions(numbers: Sequence[str]) -> bool:
    """Whether numbers without a mark between them, `12 10 8`, are sets that grow no longer."""
    if len(numbers) < 3 or any("." in number for number in numbers):
        return False
    counts = [int(number) for number in numbers]
    return counts == sorted(counts, reverse=True) and counts[0] <= min(2 * counts[-1], MOST_REPS)


def are_load_and_repetitions(items: Sequence[str]) -> bool:
    """Whether two numbers, `60/10`, are a weight and how often it was lifted."""
    return (
        len(items) == 2
        and all(item.isdigit() for item in items)
        and int(items[1]) <= MOST_REPS < int(items[0])
    )
