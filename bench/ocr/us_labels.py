"""Labels of the United States, drawn from a seed: 21 CFR 101.9(d), (e) and (j)(13).

The vertical form, with one column or two, in English or in English and Spanish, and the linear one.
"""

import random
from collections.abc import Mapping, Sequence

from bench.ocr.label_foods import Food, Printed, a_food, american, per_100_g
from bench.ocr.pages import Page
from bench.ocr.paper import Paper, a_family

ROWS: tuple[tuple[str, str, str, int], ...] = (
    ("fat_g", "Total Fat", "Grasa Total", 0),
    ("saturated_fat_g", "Saturated Fat", "Grasa Saturada", 1),
    ("trans_fat_g", "Trans Fat", "Grasa Trans", 1),
    ("cholesterol_mg", "Cholesterol", "Colesterol", 0),
    ("sodium_mg", "Sodium", "Sodio", 0),
    ("carbs_g", "Total Carbohydrate", "Carbohidrato Total", 0),
    ("fiber_g", "Dietary Fiber", "Fibra Dietética", 1),
    ("sugar_g", "Total Sugars", "Azúcares Totales", 1),
    ("added_sugar_g", "Added Sugars", "Azúcares Añadidos", 2),
    ("protein_g", "Protein", "Proteínas", 0),
    ("vitamin_d_ug", "Vitamin D", "Vitamina D", 0),
    ("calcium_mg", "Calcium", "Calcio", 0),
    ("iron_mg", "Iron", "Hierro", 0),
    ("potassium_mg", "Potassium", "Potasio", 0),
)
"""Nutrient, its names and its indent."""
SHORT = {
    "saturated_fat_g": "Sat. Fat", "cholesterol_mg": "Cholest.", "carbs_g": "Total Carb.",
    "fiber_g": "Fiber", "potassium_mg": "Potas.",
}  # fmt: skip
"""Abbreviations of 21 CFR 101.9(j)(13)(ii)(B)."""
DAILY = {
    "fat_g": 78.0, "saturated_fat_g": 20.0, "cholesterol_mg": 300.0, "sodium_mg": 2300.0,
    "carbs_g": 275.0, "fiber_g": 28.0, "added_sugar_g": 50.0, "vitamin_d_ug": 20.0,
    "calcium_mg": 1300.0, "iron_mg": 18.0, "potassium_mg": 4700.0,
}  # fmt: skip
FOOTNOTE = (
    "* The % Daily Value (DV) tells you how much a nutrient in a serving of food contributes to"
    " a daily diet. 2,000 calories a day is used for general nutrition advice."
)


def us_label(number: int, size: int) -> Page:
    """Label of a food, with its nutrients per 100 g as the truth."""
    chance = random.Random(f"us label {number}")
    food, servings = a_food(chance), chance.randint(2, 12)
    amounts = _amounts(food, food.serving_g)
    way = chance.random()
    if way < 0.15:
        paper = _linear(chance, food, servings, amounts, size)
    else:
        paper = _vertical(chance, food, servings, amounts, size)
    truth = {name: per_100_g(one.value, food.serving_g) for name, one in amounts.items()}
    texts, boxes = tuple(paper.texts), tuple(paper.boxes)
    return Page(f"us-label-{number}", "label", paper.image, texts, boxes=boxes, nutrients=truth)


def _amounts(food: Food, grams: float) -> dict[str, Printed]:
    """Amounts of a weight; added sugars are half of all, which SR28 does not say."""
    values = {"trans_fat_g": 0.0, "cholesterol_mg": 0.0, **food.values}
    values["added_sugar_g"] = values["sugar_g"] / 2
    names = ("energy_kcal", *(name for name, *_ in ROWS))
    return {name: american(name, values[name] * grams / 100) for name in names if name in values}


def _percent(nutrient: str, printed: Printed) -> str:
    return f"{printed.value / DAILY[nutrient]:.0%}" if nutrient in DAILY else ""


def _vertical(
    chance: random.Random, food: Food, servings: int, amounts: Mapping[str, Printed], size: int
) -> Paper:
    spanish, dual = chance.random() < 0.15, chance.random() < 0.2
    whole = _amounts(food, food.serving_g * servings) if dual else {}
    columns = [amounts, *([whole] if dual else [])]
    name_width = size * (22 if spanish else 15)
    width = name_width + size * 7 * len(columns)
    line = round(size * 1.55)
    paper = Paper(a_family(chance), size, width, line * (len(ROWS) + 16))
    y = _head(paper, food, servings, spanish)
    if dual:
        for at, head in enumerate(("Per serving", "Per container")):
            paper.write(name_width + at * 7 * size, y, head, 0.85, bold=True)
        y += line
    y = _calories(paper, y, [one["energy_kcal"].number for one in columns], name_width, spanish)
    paper.write_right(width - size, y, "% Valor Diario*" if spanish else "% Daily Value*")
    y += line
    for nutrient, english, other, indent in ROWS:
        if nutrient in amounts:
            name = f"{english} / {other}" if spanish else english
            cells = [one[nutrient] for one in columns]
            y = _row(paper, y, nutrient, (name, indent), cells, name_width)
    y = paper.paragraph(size, y + size / 2, width - 2 * size, FOOTNOTE, 0.7)
    paper.image = paper.image.crop((0, 0, paper.width, round(y + size)))
    return paper


def _head(paper: Paper, food: Food, servings: int, spanish: bool) -> float:
    size, y = paper.size, float(paper.size)
    title = "Nutrition Facts / Datos de Nutrición" if spanish else "Nutrition Facts"
    paper.write(size, y, title, 1.2 if spanish else 2.0, bold=True)
    y += 2.8 * size
    paper.write(size, y, f"{servings} servings per container")
    y += 1.5 * size
    paper.write(size, y, "Serving size", bold=True)
    paper.write_right(paper.width - size, y, f"{food.measure} ({food.serving_g:.0f}g)")
    y += 1.7 * size
    paper.rule(size, paper.width - size, y, round(size * 0.4))
    y += 0.8 * size
    paper.write(size, y, "Amount per serving", 0.85, bold=True)
    return y + 1.4 * size


def _calories(
    paper: Paper, y: float, numbers: Sequence[str], name_width: int, spanish: bool
) -> float:
    size = paper.size
    paper.write(size, y, "Calories / Calorías" if spanish else "Calories", 1.5, bold=True)
    for at, number in enumerate(numbers):
        paper.write(name_width + at * 7 * size, y - 0.2 * size, number, 1.7, bold=True)
    y += 2.6 * size
    paper.rule(size, paper.width - size, y - 0.3 * size, round(size * 0.2))
    return y


def _row(
    paper: Paper, y: float, nutrient: str, name: tuple[str, int], cells: Sequence[Printed], x: int
) -> float:
    """Row of a nutrient; in one column its amount follows the name, as in 101.9(d)(7)."""
    size, (text, indent) = paper.size, name
    left = size * (1 + indent)
    if nutrient == "added_sugar_g" and len(cells) == 1:
        paper.write(left, y, f"Includes {cells[0].text} {text}")
    elif len(cells) == 1:
        end = paper.write(left, y, text, bold=indent == 0)
        paper.write(end + 0.4 * size, y, cells[0].text)
    else:
        paper.write(left, y, text)
        for at, cell in enumerate(cells):
            paper.write(x + at * 7 * size, y, cell.text)
    for at, cell in enumerate(cells):
        if share := _percent(nutrient, cell):
            right = x + (at + 1) * 7 * size - size
            paper.write_right(right, y, share)
    paper.rule(size, paper.width - size, y + 1.4 * size)
    return y + 1.55 * size


def _linear(
    chance: random.Random, food: Food, servings: int, amounts: Mapping[str, Printed], size: int
) -> Paper:
    """The linear form of small packages."""
    serving = f"{food.measure} ({food.serving_g:.0f}g)"
    parts = []
    for nutrient, english, _, _ in ROWS:
        if nutrient in amounts:
            share = _percent(nutrient, amounts[nutrient])
            name = SHORT.get(nutrient, english)
            text = f"{name} {amounts[nutrient].text}"
            if nutrient == "added_sugar_g":
                text = f"Includes {amounts[nutrient].text} {english}"
            parts.append(text + (f" ({share} DV)" if share else ""))
    text = (
        f"Nutrition Facts Servings: {servings}, Serv. size: {serving}, Amount per serving:"
        f" Calories {amounts['energy_kcal'].number}, {', '.join(parts)}."
    )
    paper = Paper(a_family(chance), size, size * 28, size * 40)
    y = paper.paragraph(size, float(size), size * 26, text)
    paper.image = paper.image.crop((0, 0, paper.width, round(y + size)))
    return paper
