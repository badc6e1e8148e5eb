"""Sets as they come together: schemes one after another, and what is said before and behind."""

from collections.abc import Sequence

from sync_server.ocr.parsing.workout.bounds import MOST_SETS, Fields, Unclear

ABOUT = 0.02
"""How near two weights are that mean one, written in kilograms and in pounds."""


class Groups:
    """Groups of sets; each is what one scheme stands for.

    `ahead` is what was said without a group: of the one to come.
    """

    def __init__(self) -> None:
        self.all: list[list[Fields]] = []
        self.ahead: Fields = {}
        self.sets_ahead = 0
        self.loads_ahead: list[float] = []
        self.kind = "normal"

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def last(self) -> list[Fields]:
        """The group that was added last, or an empty one."""
        return self.all[-1] if self.all else []

    def last_has(self, *names: str) -> bool:
        """Whether a set of the last group says one of these."""
        return any(name in fields for fields in self.last for name in names)

    def lacks_loads(self, count: int) -> bool:
        """Whether the last group is of so many sets of repetitions, without a weight."""
        return (
            len(self.last) == count
            and self.last_has("reps")
            and not self.last_has("weight_kg", "bodyweight")
        )

    def last_may_go_on(self) -> None:
        """`5+`: the last set is of five repetitions, and of as many more as go."""
        last = self.last[-1]
        if "reps" in last:
            last |= {"reps_min": last.pop("reps"), "kind": "failure"}

    def add_equal(self, count: int, fields: Fields) -> None:
        """So many sets alike."""
        if not 1 <= count <= MOST_SETS:
            raise Unclear
        self.add([dict(fields) for _ in range(count)])

    def add(self, group: list[Fields]) -> None:
        """A group, with what was said ahead of it."""
        if self.sets_ahead:
            if len(group) not in (1, self.sets_ahead):
                raise Unclear
            group = group if len(group) > 1 else [dict(group[0]) for _ in range(self.sets_ahead)]
        if self.loads_ahead:
            each(group, self.loads_ahead)
        for fields in group:
            if fields.keys() & self.ahead.keys() - {"bodyweight"}:
                raise Unclear
            fields |= self.ahead | {"kind": fields.get("kind", self.kind)}
        self.ahead, self.sets_ahead, self.loads_ahead = {}, 0, []
        self.kind = "drop" if self.kind == "drop" else "normal"
        self.all.append(group)

    def repeat(self, count: int) -> None:
        """`60kg x 10, 3 sets`: the last group so often, or the one to come."""
        if not 1 <= count <= MOST_SETS or self.sets_ahead:
            raise Unclear
        if len(self.last) == 1:
            self.all[-1] = [dict(self.last[0]) for _ in range(count)]
        elif len(self.last) == count:
            return
        else:
            self.sets_ahead = count

    def load(self, fields: Fields) -> None:
        """A load of the last group, or of the one to come; one that says it again is none."""
        before = self.last[-1].get("weight_kg") if self.last else self.ahead.get("weight_kg")
        again = fields.get("weight_kg")
        if before and again and before != again and abs(before - again) <= ABOUT * abs(before):
            return
        if self.last_has("weight_kg", "bodyweight"):
            self.say_ahead(fields)
        else:
            self.say(fields)

    def loads(self, weights: Sequence[float]) -> None:
        """A load for each set of the last group, or of the one to come."""
        if self.all and not self.last_has("weight_kg"):
            each(self.all[-1], weights)
        elif self.loads_ahead:
            raise Unclear
        else:
            self.loads_ahead = list(weights)

    def say(self, said: Fields) -> None:
        """Something of the last group, or of the one to come; never what it says already."""
        if not self.all:
            self.say_ahead(said)
        for fields in self.last:
            if fields.keys() & said.keys():
                raise Unclear
            fields |= said

    def say_ahead(self, said: Fields) -> None:
        """Something of the group to come."""
        if self.ahead.keys() & said.keys():
            raise Unclear
        self.ahead |= said

    def say_of_all(self, said: Fields) -> None:
        """Something of each set that does not say otherwise."""
        if not self.all:
            self.say_ahead(said)
        for fields in (fields for group in self.all for fields in group):
            for name, value in said.items():
                fields.setdefault(name, value)

    def mark(self, kind: str, *, only_last: bool = False) -> None:
        """The last group is of this kind, or its last set."""
        for fields in self.last[-1:] if only_last else self.last:
            fields["kind"] = kind

    def ended(self) -> list[Fields]:
        """All sets in the order in which they were written."""
        if self.all and (self.ahead or self.sets_ahead or self.loads_ahead):
            raise Unclear
        return [fields for group in self.all for fields in group]


def each(group: list[Fields], weights: Sequence[float]) -> None:
    """Give each set of a group its weight; one set becomes as many as there are weights."""
    if len(group) == 1:
        group += [dict(group[0]) for _ in weights[1:]]
    if len(group) != len(weights):
        raise Unclear
    for fields, weight in zip(group, weights, strict=True):
        fields["weight_kg"] = weight
