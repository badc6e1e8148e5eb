"""Exercise builder: collects sets, notes and text boxes; and the supersets of a sheet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync_server.ocr.parsing.drafts import ExerciseDraft, FieldSource, SetDraft
from sync_server.ocr.parsing.layout.rows import TextBox
from sync_server.ocr.parsing.workout.bounds import AmbiguousText, build_set, set_fields
from sync_server.ocr.parsing.workout.names import Mark, clean

MAX_NOTES = 1000
WIDER_STEP = 1.6
"""Ratio to the first step below a heading; a wider step ends the superset."""


@dataclass(slots=True)
class ExerciseBuilder:
    """Fields of an exercise; `pending` is a text with a weight whose sets follow below.

    `unsure` are the boxes of a row without a recognized count of sets.
    """

    name: str
    superset: str = ""
    sets: list[SetDraft] = field(default_factory=list)
    sources: dict[str, list[TextBox]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    pending: str = ""
    unsure: list[TextBox] = field(default_factory=list)

    @property
    def pieces(self) -> Iterable[TextBox]:
        """All text boxes of the exercise."""
        return (piece for pieces in self.sources.values() for piece in pieces)

    def add_source(self, name: str, pieces: Iterable[TextBox]) -> None:
        """Add the boxes of a field."""
        self.sources.setdefault(name, []).extend(pieces)

    def apply_loose(self, loose: Mapping[str, Any], remarks: Sequence[str]) -> bool:
        """Apply fields written below the sets; False if the sets have them already."""
        if not self.sets or not (loose or remarks):
            return False
        if (
            any(set_fields(draft_set).keys() & loose.keys() for draft_set in self.sets)
            or "unfinished" in loose
        ):
            return False
        try:
            self.sets = [build_set({**set_fields(draft_set), **loose}) for draft_set in self.sets]
        except AmbiguousText:
            return False
        self.notes += remarks
        return True


class Supersets:
    """Superset names; the empty name is no superset."""

    def __init__(self) -> None:
        self._count = 0
        self._positions: dict[str, tuple[int, str]] = {}
        self._open = ""
        self._bottom = self._step = 0.0

    def open(self, heading: Sequence[TextBox]) -> None:
        """Start a superset under a heading."""
        self._open, self._bottom, self._step = self._new(), heading[0].middle, 0.0

    def close(self) -> None:
        """End the superset under a heading."""
        self._open = ""

    def of(self, mark: Mark, piece: TextBox, before: ExerciseBuilder | None) -> str:
        """Superset of an exercise whose name starts at `piece`."""
        if mark.joins and before:
            before.superset = before.superset or self._new()
            return before.superset
        if mark.letter:
            position, name = self._positions.get(mark.letter, (0, ""))
            # `A1` after `A2` starts another superset.
            name = name if mark.position > position and name else self._new()
            self._positions[mark.letter] = mark.position, name
            return name
        if self._open:
            step, self._bottom = piece.middle - self._bottom, piece.middle
            self._open = "" if self._step and step > WIDER_STEP * self._step else self._open
            self._step = self._step or step
        return self._open

    def numbers(self, names: Sequence[str]) -> dict[str, int]:
        """Number, from 1, of each superset with more than one exercise."""
        shared = dict.fromkeys(name for name in names if name and names.count(name) > 1)
        return {name: number for number, name in enumerate(shared, 1)}

    def _new(self) -> str:
        self._count += 1
        return str(self._count)


def build_draft(builder: ExerciseBuilder, superset: int | None) -> ExerciseDraft:
    """Draft of the exercise."""
    sources = {name: _source(pieces) for name, pieces in builder.sources.items()}
    if builder.unsure:
        sources["sets"] = FieldSource(0.0, _source(builder.unsure).box)
    notes = "; ".join(dict.fromkeys(filter(None, map(clean, builder.notes))))[:MAX_NOTES]
    return ExerciseDraft(builder.name, sources, tuple(builder.sets), superset, notes or None)


def _source(pieces: Sequence[TextBox]) -> FieldSource:
    lefts, tops, rights, bottoms = zip(*(piece.line.box for piece in pieces), strict=True)
    around = min(lefts), min(tops), max(rights), max(bottoms)
    return FieldSource(min(piece.line.score for piece in pieces), around)
