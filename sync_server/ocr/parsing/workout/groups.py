"""Groups of sets, one per scheme, with the values written before and after them."""

from collections.abc import Sequence

from sync_server.ocr.parsing.workout.bounds import MAX_SETS, AmbiguousText, Fields

ABOUT = 0.02
"""Relative tolerance between one weight in kilograms and in pounds."""


class SetGroups:
    """Groups of sets, one per scheme.

    `upcoming` holds values of the next group.
    """

    def __init__(self) -> None:
        self.all: list[list[Fields]] = []
        self.upcoming: Fields = {}
        self.upcoming_count = 0
        self.upcoming_loads: list[float] = []
        self.kind = "normal"

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def last(self) -> list[Fields]:
        """Last group, or an empty one."""
        return self.all[-1] if self.all else []

    def last_has(self, *names: str) -> bool:
        """True if a set of the last group has one of these fields."""
        return any(name in fields for fields in self.last for name in names)

    def lacks_loads(self, count: int) -> bool:
        """True if the last group has `count` sets of repetitions without a weight."""
        return (
            len(self.last) == count
            and self.last_has("reps")
            and not self.last_has("weight_kg", "bodyweight")
        )

    def mark_last_open_ended(self) -> None:
        """`5+`: the last set has five repetitions or more, to failure."""
        last = self.last[-1]
        if "reps" in last:
            last |= {"reps_min": last.pop("reps"), "kind": "failure"}

    def add_equal(self, count: int, fields: Fields) -> None:
        """Add `count` equal sets."""
        if not 1 <= count <= MAX_SETS:
            raise AmbiguousText
        self.add([dict(fields) for _ in range(count)])

    def add(self, group: list[Fields]) -> None:
        """Add a group, with the values written before it."""
        if self.upcoming_count:
            if len(group) not in (1, self.upcoming_count):
                raise AmbiguousText
            group = (
                group if len(group) > 1 else [dict(group[0]) for _ in range(self.upcoming_count)]
            )
        if self.upcoming_loads:
            each(group, self.upcoming_loads)
        for fields in group:
            if fields.keys() & self.upcoming.keys() - {"bodyweight"}:
                raise AmbiguousText
            fields |= self.upcoming | {"kind": fields.get("kind", self.kind)}
        self.upcoming, self.upcoming_count, self.upcoming_loads = {}, 0, []
        self.kind = "drop" if self.kind == "drop" else "normal"
        self.all.append(group)

    def repeat(self, count: int) -> None:
        """`60kg x 10, 3 sets`: repeat the last group, or the next one."""
        if not 1 <= count <= MAX_SETS or self.upcoming_count:
            raise AmbiguousText
        if len(self.last) == 1:
            self.all[-1] = [dict(self.last[0]) for _ in range(count)]
        elif len(self.last) == count:
            return
        else:
            self.upcoming_count = count

    def load(self, fields: Fields) -> None:
        """Assign a load to the last group or the next, unless it repeats one in another unit."""
        before = self.last[-1].get("weight_kg") if self.last else self.upcoming.get("weight_kg")
        again = fields.get("weight_kg")
        if before and again and before != again and abs(before - again) <= ABOUT * abs(before):
            return
        if self.last_has("weight_kg", "bodyweight"):
            self.assign_upcoming(fields)
        else:
            self.assign(fields)

    def loads(self, weights: Sequence[float]) -> None:
        """Assign a load to each set of the last group, or of the next."""
        if self.all and not self.last_has("weight_kg"):
            each(self.all[-1], weights)
        elif self.upcoming_loads:
            raise AmbiguousText
        else:
            self.upcoming_loads = list(weights)

    def assign(self, values: Fields) -> None:
        """Assign fields to the last group, or the next; raises AmbiguousText for repeats."""
        if not self.all:
            self.assign_upcoming(values)
        for fields in self.last:
            if fields.keys() & values.keys():
                raise AmbiguousText
            fields |= values

    def assign_upcoming(self, values: Fields) -> None:
        """Assign fields to the next group."""
        if self.upcoming.keys() & values.keys():
            raise AmbiguousText
        self.upcoming |= values

    def assign_default(self, values: Fields) -> None:
        """Assign fields to all sets without them."""
        if not self.all:
            self.assign_upcoming(values)
        for fields in (fields for group in self.all for fields in group):
            for name, value in values.items():
                fields.setdefault(name, value)

    def mark(self, kind: str, *, only_last: bool = False) -> None:
        """Set the kind of the last group, or of its last set only."""
        for fields in self.last[-1:] if only_last else self.last:
            fields["kind"] = kind

    def finish(self) -> list[Fields]:
        """All sets in written order; raises AmbiguousText for unassigned values."""
        if self.all and (self.upcoming or self.upcoming_count or self.upcoming_loads):
            raise AmbiguousText
        return [fields for group in self.all for fields in group]


def each(group: list[Fields], weights: Sequence[float]) -> None:
    """Give each set of a group its weight; one set becomes as many as there are weights."""
    if len(group) == 1:
        group += [dict(group[0]) for _ in weights[1:]]
    if len(group) != len(weights):
        raise AmbiguousText
    for fields, weight in zip(group, weights, strict=True):
        fields["weight_kg"] = weight
