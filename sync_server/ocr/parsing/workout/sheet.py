"""Exercises of a sheet in the making, and which of them are done in turns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync_server.ocr.parsing.drafts import ExerciseDraft, Seen, SetDraft
from sync_server.ocr.parsing.layout.rows import Placed
from sync_server.ocr.parsing.workout.bounds import Unclear, made, said_by
from sync_server.ocr.parsing.workout.names import Mark, clean

MOST_NOTES = 1000
FARTHER = 1.6
"""Of the distance between a heading and what follows it: a wider one ends what it heads."""


@dataclass(slots=True)
class Found:
    """An exercise in the making; `pending` is a text whose weight waits for its sets.

    `unsure` are the pieces of a row whose count of sets was not read.
    """

    name: str
    superset: str = ""
    sets: list[SetDraft] = field(default_factory=list)
    seen: dict[str, list[Placed]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pending: str = ""
    unsure: list[Placed] = field(default_factory=list)

    @property
    def pieces(self) -> Iterable[Placed]:
        """All that it was read in."""
        return (piece for pieces in self.seen.values() for piece in pieces)

    def told(self, name: str, pieces: Iterable[Placed]) -> None:
        """A field was read in these pieces."""
        self.seen.setdefault(name, []).extend(pieces)

    def take(self, loose: Mapping[str, Any], remarks: Sequence[str]) -> bool:
        """What was said below the sets, if they do not say otherwise themselves."""
        if not self.sets or not (loose or remarks):
            return False
        if any(said_by(one).keys() & loose.keys() for one in self.sets) or "unfinished" in loose:
            return False
        try:
            self.sets = [made({**said_by(one), **loose}) for one in self.sets]
        except Unclear:
            return False
        self.notes += remarks
        return True


class Supersets:
    """Names for the groups of exercises that are done in turns; the empty name is of none."""

    def __init__(self) -> None:
        self._count = 0
        self._places: dict[str, tuple[int, str]] = {}
        self._open = ""
        self._bottom = self._step = 0.0

    def open(self, heading: Sequence[Placed]) -> None:
        """What follows is under a heading."""
        self._open, self._bottom, self._step = self._new(), heading[0].middle, 0.0

    def close(self) -> None:
        """What follows is not."""
        self._open = ""

    def of(self, mark: Mark, piece: Placed, before: Found | None) -> str:
        """The group of an exercise that begins at `piece`."""
        if mark.joins and before:
            before.superset = before.superset or self._new()
            return before.superset
        if mark.letter:
            place, name = self._places.get(mark.letter, (0, ""))
            # `A1` after `A2` is of another day.
            name = name if mark.place > place and name else self._new()
            self._places[mark.letter] = mark.place, name
            return name
        if self._open:
            step, self._bottom = piece.middle - self._bottom, piece.middle
            self._open = "" if self._step and step > FARTHER * self._step else self._open
            self._step = self._step or step
        return self._open

    def numbers(self, names: Sequence[str]) -> dict[str, int]:
        """A number for each group that more than one exercise is of, from 1."""
        shared = dict.fromkeys(name for name in names if name and names.count(name) > 1)
        return {name: number for number, name in enumerate(shared, 1)}

    def _new(self) -> str:
        self._count += 1
        return str(self._count)


def draft(found: Found, superset: int | None) -> ExerciseDraft:
    """The draft of what was found."""
    seen = {name: _seen(pieces) for name, pieces in found.seen.items()}
    if found.unsure:
        seen["sets"] = Seen(0.0, _seen(found.unsure).box)
    notes = "; ".join(dict.fromkeys(filter(None, map(clean, found.notes))))[:MOST_NOTES]
    return ExerciseDraft(found.name, seen, tuple(found.sets), superset, notes or None)


def _seen(pieces: Sequence[Placed]) -> Seen:
    lefts, tops, rights, bottoms = zip(*(piece.line.box for piece in pieces), strict=True)
    around = min(lefts), min(tops), max(rights), max(bottoms)
    return Seen(min(piece.line.score for piece in pieces), around)
