"""Score of OCR results: characters, dishes and prices, exercises and sets."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field

from bench.ocr.pages import Page
from sync_server.ocr.parsing.drafts import ExerciseDraft, LabelDraft, MenuDraft, WorkoutDraft
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import deskew, group_rows


@dataclass(slots=True)
class Tally:
    """Correct items among the true ones, and among the reported ones."""

    right: int = 0
    true: int = 0
    reported: int = 0

    def add(self, true: Iterable[Hashable], reported: Iterable[Hashable]) -> None:
        """Count what both have, each as often as both."""
        wanted, given = Counter(true), Counter(reported)
        self.right += (wanted & given).total()
        self.true += wanted.total()
        self.reported += given.total()

    @property
    def recall(self) -> float:
        """Share of the true items that was reported."""
        return self.right / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Share of the reported items that is true."""
        return self.right / self.reported if self.reported else 1.0


@dataclass(slots=True)
class Score:
    """The tallies of a class of images."""

    images: int = 0
    wrong_characters: int = 0
    characters: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    dishes: Tally = field(default_factory=Tally)
    names: Tally = field(default_factory=Tally)
    sections: Tally = field(default_factory=Tally)
    exercises: Tally = field(default_factory=Tally)
    sets: Tally = field(default_factory=Tally)
    lines: Tally = field(default_factory=Tally)
    nutrients: Tally = field(default_factory=Tally)
    rejected: Tally = field(default_factory=Tally)

    def add(
        self,
        page: Page,
        lines: Sequence[Line],
        draft: MenuDraft | WorkoutDraft | LabelDraft | None,
        took: float = 0.0,
        cpu: float = 0.0,
    ) -> None:
        """Count one image, and the seconds and processor seconds that it took.

        The draft of a refused image is None.
        """
        self.images += 1
        self.seconds.append(took)
        self.cpu_seconds.append(cpu)
        self.wrong_characters += wrong_characters(page.texts, lines)
        self.characters += sum(len(squeezed(text)) for text in page.texts)
        self.rejected.add([1] * page.receipt, [1] * (draft is None))
        if page.receipt:
            return
        if page.kind == "menu":
            self._add_menu(page, draft if isinstance(draft, MenuDraft) else MenuDraft(()))
        elif page.kind == "label":
            self._add_label(page, draft if isinstance(draft, LabelDraft) else LabelDraft(()))
        else:
            self._add_workout(page, draft if isinstance(draft, WorkoutDraft) else WorkoutDraft(()))

    def _add_label(self, page: Page, read: LabelDraft) -> None:
        found = dict(read.items[0].nutrients) if read.items else {}
        right = [name for name, true in page.nutrients.items() if is_close(found.get(name), true)]
        wrong = [f"{name}, wrong" for name in found if name not in right]
        self.nutrients.add(list(page.nutrients), right + wrong)

    def _add_menu(self, page: Page, read: MenuDraft) -> None:
        for tally, key in (
            (self.dishes, lambda it: (squeezed(it.name), it.price)),
            (self.names, lambda it: squeezed(it.name)),
        ):
            tally.add(map(key, page.dishes), map(key, read.items))
        if any(dish.section for dish in page.dishes):
            self.sections.add(
                ((squeezed(it.name), squeezed(it.section or "")) for it in page.dishes),
                ((squeezed(it.name), squeezed(it.section or "")) for it in read.items),
            )

    def _add_workout(self, page: Page, read: WorkoutDraft) -> None:
        def sets(items: Iterable[ExerciseDraft]) -> list[Hashable]:
            return [(squeezed(it.exercise), astuple(one)) for it in items for one in it.sets]

        def whole(items: Iterable[ExerciseDraft]) -> list[Hashable]:
            return [(squeezed(it.exercise), tuple(map(astuple, it.sets))) for it in items]

        names = [[squeezed(it.exercise) for it in items] for items in (page.exercises, read.items)]
        self.exercises.add(*names)
        self.sets.add(sets(page.exercises), sets(read.items))
        self.lines.add(whole(page.exercises), whole(read.items))


def is_close(found: float | None, true: float) -> bool:
    """True for a nutrient that differs by rounding only: drafts have two digits, energies one."""
    return found is not None and abs(found - true) <= 0.002 * true + 0.051


def wrong_nutrients(true: Mapping[str, float], found: Mapping[str, float]) -> list[str]:
    """Names of the nutrients that are missing, wrong or invented."""
    return [
        name
        for name in sorted({*true, *found})
        if name not in true or not is_close(found.get(name), true[name])
    ]


def squeezed(text: str) -> str:
    """Without blanks and case: engines drop blanks that nobody misses."""
    return "".join(text.split()).casefold()


def wrong_characters(texts: Iterable[str], lines: Sequence[Line]) -> int:
    """Letters to change until each drawn text stands somewhere in what was read."""
    row_texts = [squeezed("".join(it.text for it in row)) for row in group_rows(deskew(lines))]
    everything = "\n".join(row_texts)
    wrong = 0
    for text in map(squeezed, texts):
        if text not in everything:
            wrong += min((distance_within(text, row) for row in row_texts), default=len(text))
    return wrong


def distance_within(text: str, longer: str) -> int:
    """The least edit distance of a text to any part of a longer one (Sellers, 1980)."""
    before = [0] * (len(longer) + 1)
    for at, letter in enumerate(text, 1):
        row = [at]
        for there, other in enumerate(longer, 1):
            row.append(min(before[there] + 1, row[-1] + 1, before[there - 1] + (letter != other)))
        before = row
    return min(before)
