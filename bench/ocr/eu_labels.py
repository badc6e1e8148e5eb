"""Labels of the European Union, drawn from a seed: Regulation (EU) No 1169/2011, Annex XV.

Tables in seven languages, some in two at once, per 100 g or 100 ml with or without a portion and
reference intakes; and the linear form that small packages may have (Article 34(2)).
"""

import random
from collections.abc import Mapping, Sequence

from bench.ocr.label_foods import SALT_PER_SODIUM, Food, Printed, a_food, european
from bench.ocr.label_words import LANGUAGES, MICRONUTRIENT_NAMES, ROWS, Language
from bench.ocr.pages import Page
from bench.ocr.paper import Paper, a_family

KJ_PER_KCAL = 4.184
INTAKES = {
    "energy_kcal": 2000.0, "fat_g": 70.0, "saturated_fat_g": 20.0, "carbs_g": 260.0,
    "sugar_g": 90.0, "protein_g": 50.0, "salt_g": 6.0,
}  # fmt: skip
"""Reference intakes of an adult: Annex XIII, part B."""
MICRONUTRIENTS = {
    "vitamin_c_mg": 80.0, "vitamin_d_ug": 5.0, "vitamin_b12_ug": 2.5, "calcium_mg": 800.0,
    "iron_mg": 14.0, "magnesium_mg": 375.0, "zinc_mg": 10.0, "potassium_mg": 2000.0,
}  # fmt: skip
"""Reference values of Annex XIII, part A; 15 % of one in 100 g may be declared."""
SIGNIFICANT = 0.15


def eu_label(number: int, size: int) -> Page:
    """Label of a food, with its nutrients per 100 g as the truth."""
    chance = random.Random(f"eu label {number}")
    food, at = a_food(chance), chance.randrange(len(LANGUAGES))
    amounts = _amounts(food, 1.0)
    drawer = _Table(chance, food, at, amounts, size) if chance.random() < 0.85 else None
    paper = drawer.draw() if drawer else _linear(chance, LANGUAGES[at], amounts, size)
    truth = {name: printed.value for name, printed in amounts.items()}
    truth["sodium_mg"] = truth.pop("salt_g") * 1000 / SALT_PER_SODIUM
    texts, boxes = tuple(paper.texts), tuple(paper.boxes)
    return Page(f"eu-label-{number}", "label", paper.image, texts, boxes=boxes, nutrients=truth)


def _amounts(food: Food, share: float) -> dict[str, Printed]:
    values = dict(food.values) | {"salt_g": food.values["sodium_mg"] * SALT_PER_SODIUM / 1000}
    found = {name: european(name, values[name] * share) for name in ROWS}
    for name, reference in MICRONUTRIENTS.items():
        if values.get(name, 0.0) >= SIGNIFICANT * reference:
            found[name] = european(name, values[name] * share)
    return found


def _text(language: Language, printed: Printed, gap: str = " ") -> str:
    number = printed.number.replace(".", ",") if language.comma else printed.number
    return f"{number}{gap}{printed.unit}"


def _kj(language: Language, printed: Printed, grouped: bool) -> str:
    number = f"{printed.value * KJ_PER_KCAL:.0f}"
    if grouped and len(number) > 3:
        number = f"{number[:-3]}{'.' if language.comma else ','}{number[-3:]}"
    return f"{number} kJ"


class _Table:
    """Table of rows and columns, in one language or two."""

    def __init__(
        self, chance: random.Random, food: Food, at: int, amounts: dict[str, Printed], size: int
    ) -> None:
        self._language, self._at, self._amounts = LANGUAGES[at], at, amounts
        self._portion = _amounts(food, food.serving_g / 100) if chance.random() < 0.5 else {}
        self._intakes = bool(self._portion) and chance.random() < 0.5
        self._other = (at + chance.randint(1, 6)) % 7 if chance.random() < 0.25 else None
        self._stacked, self._grouped = chance.random() < 0.4, chance.random() < 0.2
        self._gap, self._ruled = chance.choice((" ", "")), chance.random() < 0.6
        self._unit = "ml" if chance.random() < 0.15 else "g"
        self._serving = f"({food.serving_g:.0f} {self._unit})"
        self._size, self._line = size, round(size * 1.6)
        self._names = [row for row in amounts if row != "energy_kcal"]
        family, height = a_family(chance), self._line * (len(amounts) + 7)
        widest = max(Paper(family, size, 1, 1).length(self._name(row)) for row in amounts)
        first = round(max(size * 14, widest + 2.5 * size))
        columns = 1 + bool(self._portion) + self._intakes
        self._columns = [first + 7 * size * at for at in range(columns)]
        self._paper = Paper(family, size, self._columns[-1] + 9 * size, height)

    def draw(self) -> Paper:
        paper, language, size = self._paper, self._language, self._size
        y = float(size)
        paper.write(size, y, language.title, 1.1, bold=True)
        heads = [f"{language.per} 100 {self._unit}"]
        if self._portion:
            heads.append(language.portion)
        for x, head in zip(self._columns, [*heads, "%*"][: len(self._columns)], strict=False):
            paper.write(x, y, head, 0.9, bold=True)
        if self._portion:
            y += self._line
            paper.write(self._columns[1], y, self._serving, 0.9)
        y += self._line
        y = self._energy(y)
        for nutrient in self._names:
            y = self._row(y, self._name(nutrient), self._cells(nutrient))
        self._paper.image = paper.image.crop((0, 0, paper.width, round(y + size)))
        return paper

    def _energy(self, y: float) -> float:
        columns = [one["energy_kcal"] for one in (self._amounts, self._portion) if one]
        kj = [_kj(self._language, one, self._grouped) for one in columns]
        kcal = [f"{one.number} kcal" for one in columns]
        share = [self._share("energy_kcal")] if self._intakes else []
        if self._stacked or self._portion:
            y = self._row(y, self._name("energy_kcal"), [*kj, *share])
            return self._row(y, "", kcal)
        both = [f"{one} / {other}" for one, other in zip(kj, kcal, strict=True)]
        return self._row(y, self._name("energy_kcal"), both)

    def _row(self, y: float, name: str, cells: Sequence[str]) -> float:
        if self._ruled and name:
            self._paper.rule(self._size, self._paper.width - self._size, y - self._size * 0.2)
        if name:
            self._paper.write(self._size, y, name)
        for x, cell in zip(self._columns, cells, strict=False):
            self._paper.write(x, y, cell)
        return y + self._line

    def _cells(self, nutrient: str) -> list[str]:
        cells = [
            _text(self._language, one[nutrient], self._gap)
            for one in (self._amounts, self._portion)
            if one
        ]
        if self._intakes and nutrient in INTAKES:
            cells.append(self._share(nutrient))
        return cells

    def _share(self, nutrient: str) -> str:
        return f"{self._portion[nutrient].value / INTAKES[nutrient]:.0%}"

    def _name(self, nutrient: str) -> str:
        ats = [self._at] if self._other is None else [self._at, self._other]
        found = [
            LANGUAGES[at].name(nutrient) if nutrient in ROWS else MICRONUTRIENT_NAMES[nutrient][at]
            for at in ats
        ]
        return " / ".join(dict.fromkeys(found))


def _linear(
    chance: random.Random, language: Language, amounts: Mapping[str, Printed], size: int
) -> Paper:
    """The linear form: one paragraph."""
    energy = amounts["energy_kcal"]
    parts = [f"{language.names[0]} {_kj(language, energy, False)} / {energy.number} kcal"]
    at = LANGUAGES.index(language)
    for nutrient, printed in amounts.items():
        if nutrient != "energy_kcal":
            names = language.names if nutrient in ROWS else MICRONUTRIENT_NAMES[nutrient]
            name = names[ROWS.index(nutrient) if nutrient in ROWS else at]
            parts.append(f"{name} {_text(language, printed)}")
    text = f"{language.title} {language.per} 100 g: " + chance.choice((", ", "; ")).join(parts)
    paper = Paper(a_family(chance), size, size * 26, size * 40)
    y = paper.paragraph(size, float(size), size * 24, text)
    paper.image = paper.image.crop((0, 0, paper.width, round(y + size)))
    return paper
