"""Contents of the drawn menus and sheets: dishes, sections, exercises, notations."""

import random
from dataclasses import dataclass

from sync_server.ocr.parsing.drafts import DishDraft, ExerciseDraft, SetDraft

SECTIONS = {
    "STARTERS": (
        "Tomato soup", "Green salad", "Garlic bread", "Beef carpaccio", "Hummus and pita",
        "Onion soup", "Shrimp cocktail", "Caesar salad", "Spring rolls", "Bruschetta",
    ),
    "MAINS": (
        "Grilled salmon", "Chicken curry", "Lentil stew", "Beef burger", "Spinach lasagne",
        "Pork schnitzel", "Fish and chips", "Mushroom risotto", "Lamb shank", "Veggie chili",
        "Steak frites", "Duck breast", "Pasta carbonara", "Tofu stir fry", "Roast chicken",
    ),
    "SIDES": ("French fries", "Brown rice", "Steamed broccoli", "Mashed potatoes", "Coleslaw"),
    "DESSERTS": ("Apple pie", "Chocolate mousse", "Cheesecake", "Fruit salad", "Crème brûlée"),
    "DRINKS": ("Lemonade", "Iced tea", "Espresso", "Sparkling water", "Orange juice", "Lager"),
}  # fmt: skip
TITLES = ("The Golden Fork", "Café Central", "Harbour Kitchen", "La Piazza", "Green Garden")
MORE = (
    "with lemon butter and dill", "with rice, coriander and lime", "served with fries",
    "with parmesan and basil", "with seasonal vegetables", "with cream and chives",
)  # fmt: skip
NOTES = ("Open daily 11:00 - 22:00", "All prices include VAT", "Tel. 0555 010 9999")
EXERCISES = (
    "Bench press", "Back squat", "Deadlift", "Overhead press", "Barbell row", "Lat pulldown",
    "Leg press", "Romanian deadlift", "Biceps curl", "Triceps pushdown", "Lateral raise",
    "Hip thrust", "Face pull", "Calf raise", "Leg curl", "Cable fly", "Front squat", "Goblet squat",
)  # fmt: skip
BODYWEIGHT = ("Pull-up", "Dips", "Push-up", "Chin-up")
TIMED = ("Plank", "Side plank", "Wall sit", "Dead hang")
SHEETS = ("PUSH DAY", "Leg day", "Workout A", "Upper body", "Monday")


@dataclass(frozen=True, slots=True)
class Money:
    """Price format of a menu."""

    form: str
    currency: str | None
    comma: bool = False

    def printed(self, amount: float) -> str:
        """The amount as the menu has it."""
        text = f"{amount:.2f}"
        return self.form.format(text.replace(".", ",") if self.comma else text)


MONEY = (
    Money("{}", None), Money("${}", "USD"), Money("{} €", "EUR", comma=True), Money("£{}", "GBP"),
    Money("€ {}", "EUR"), Money("CHF {}", "CHF"), Money("{}", None, comma=True),
)  # fmt: skip


def dishes(chance: random.Random, money: Money, sections: int) -> list[tuple[DishDraft, str]]:
    """Dishes by section, each with what is printed of its nutrients."""
    printed = chance.random() < 0.4
    found = []
    for section in chance.sample(list(SECTIONS), sections):
        for name in chance.sample(SECTIONS[section], chance.randint(3, 5)):
            price = chance.randrange(200, 3500, 10) / 100
            kcal = chance.randrange(120, 1200, 10)
            dish = DishDraft(
                name, {}, section=section, price=price, currency=money.currency,
                energy_kcal=kcal if printed else None,
            )  # fmt: skip
            found.append((dish, f"{kcal} kcal" * printed))
    return found


def exercises(chance: random.Random) -> list[tuple[ExerciseDraft, str]]:
    """Exercises, each with its notation."""
    names = [*chance.sample(EXERCISES, 5), chance.choice(BODYWEIGHT), chance.choice(TIMED)]
    style = chance.randrange(len(STYLES))
    parts = []
    for name in names:
        if name in TIMED:
            sets, text = _timed(chance)
        elif name in BODYWEIGHT:
            sets, text = _bodyweight(chance)
        else:
            sets, text = STYLES[(style + (chance.random() < 0.3)) % len(STYLES)](chance)
        parts.append((ExerciseDraft(name, {}, tuple(sets)), text))
    return parts


Written = tuple[list[SetDraft], str]


def _load(chance: random.Random) -> float:
    return chance.choice((20, 25, 32.5, 40, 47.5, 60, 62.5, 80, 100, 112.5, 140))


def _at(chance: random.Random) -> Written:
    sets, reps, load = chance.randint(2, 5), chance.randint(4, 15), _load(chance)
    x = chance.choice(("x", " x ", "×"))
    return [SetDraft(reps=reps, weight_kg=load)] * sets, f"{sets}{x}{reps} @ {load:g}kg"


def _behind(chance: random.Random) -> Written:
    sets, reps, load = chance.randint(2, 5), chance.randint(4, 15), _load(chance)
    rpe = chance.choice((7.0, 8.0, 8.5, 9.0))
    one = SetDraft(reps=reps, weight_kg=load, rpe=rpe)
    return [one] * sets, f"{sets}x{reps} {load:g} kg RPE {rpe:g}"


def _each(chance: random.Random) -> Written:
    load, pairs = _load(chance), []
    for number in range(chance.randint(2, 4)):
        pairs.append((load + 5 * number + 10, chance.randint(3, 12)))
    sets = [SetDraft(weight_kg=weight, reps=reps) for weight, reps in pairs]
    return sets, "  ".join(f"{weight:g}x{reps}" for weight, reps in pairs)


def _listed(chance: random.Random) -> Written:
    load, counts = _load(chance), [12, 10, chance.choice((8, 6))]
    sets = [SetDraft(weight_kg=load, reps=count) for count in counts]
    return sets, f"{'/'.join(map(str, counts))} @ {load:g}kg"


def _pounds(chance: random.Random) -> Written:
    sets, reps, load = chance.randint(2, 5), chance.randint(4, 12), chance.randrange(45, 315, 10)
    one = SetDraft(reps=reps, weight_kg=round(load * 0.45359237, 2))
    return [one] * sets, f"{sets}x{reps} {load} lb"


def _rested(chance: random.Random) -> Written:
    sets, reps, load = chance.randint(3, 5), chance.randint(4, 12), _load(chance)
    rest = chance.choice((60, 90, 120))
    one = SetDraft(reps=reps, weight_kg=load, rest_s=rest)
    return [one] * sets, f"{sets} sets of {reps} {load:g} kg, rest {rest}s"


def _bodyweight(chance: random.Random) -> Written:
    sets, reps = chance.randint(2, 4), chance.randint(5, 15)
    added = chance.choice((None, 5, 10, 20))
    one = SetDraft(reps=reps, bodyweight=True, weight_kg=added)
    return [one] * sets, f"{sets}x{reps} BW" + (f"+{added}" if added else "")


def _timed(chance: random.Random) -> Written:
    sets, length = chance.randint(2, 4), chance.choice((30, 45, 60, 90))
    return [SetDraft(duration_s=length)] * sets, f"{sets} x {length}s"


STYLES = (_at, _behind, _each, _listed, _pounds, _rested)
