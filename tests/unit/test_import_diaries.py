"""Food diaries of other apps: the meaning of each line, and logs that count no food twice."""

import datetime
import uuid
from dataclasses import replace

import pytest

from schema.ids import UserId
from sync_server.imports.food_records import ExistingLog, food_records
from sync_server.imports.formats.registry import parse_file
from sync_server.imports.meals import slot_of
from sync_server.imports.parsed_file import FoodEntry, LineError, Nutrients, ParsedFile
from sync_server.imports.records import DerivedRecord, ImportContext
from tests.imports.files import (
    CRONOMETER,
    CRONOMETER_DAILY,
    DIARIES,
    FATSECRET,
    LOSEIT,
    MACROFACTOR,
    MYFITNESSPAL,
    MYFITNESSPAL_FOODS,
    SAMSUNG_FOODS,
    SAMSUNG_HEALTH,
    YAZIO,
)

DAY = datetime.date
USER = UserId("0b6cbd4e-3f0f-4a3c-9a30-3a4f9d3f7b11")


def read(text: str, format: str) -> ParsedFile:
    return parse_file(text.encode(), format, None, 1000)[2]


def problems(log: ParsedFile) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in log.errors]


def records(
    log: ParsedFile, format: str, logged: tuple[ExistingLog, ...] = ()
) -> tuple[list[DerivedRecord], list[LineError]]:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    results = list(food_records(log.foods, ImportContext(USER, format, zone, 65_536), logged))
    return (
        [one for one in results if isinstance(one, DerivedRecord)],
        [one for one in results if isinstance(one, LineError)],
    )


def logged(found: list[DerivedRecord], *, imported: bool = True) -> tuple[ExistingLog, ...]:
    return tuple(
        ExistingLog(
            one.id, one.date, str(one.data["slot"]) if "slot" in one.data else None, imported
        )
        for one in found
    )


def test_the_summary_of_myfitnesspal_is_a_total_per_meal() -> None:
    log = read(MYFITNESSPAL, "myfitnesspal")
    assert log.errors == ()
    breakfast, lunch, own = log.foods
    assert (breakfast.name, breakfast.scope) == ("Breakfast", "meal")
    assert breakfast.nutrients == Nutrients(400.0, 20.0, 55.0, 10.0)
    assert (lunch.nutrients.energy_kcal, lunch.notes) == (1050.5, "chicken, rice")
    assert (own.meal, slot_of(own.meal)) == ("Pre-Workout", None)
    made, _ = records(log, "myfitnesspal")
    assert [one.data.get("slot") for one in made] == ["breakfast", "lunch", None]
    assert made[2].data["notes"] == "Pre-Workout"


def test_a_diary_of_that_shape_has_a_line_per_food() -> None:
    log = read(MYFITNESSPAL_FOODS, "myfitnesspal")
    assert [(one.name, one.scope) for one in log.foods] == [
        ("Oatmeal", "food"), ("Banana", "food"), ("Chicken Salad", "food"),
    ]  # fmt: skip
    assert log.foods[2].nutrients == Nutrients(450.0, 40.0, 12.0, 20.0)


def test_servings_of_cronometer_have_amounts_and_times() -> None:
    log = read(CRONOMETER, "cronometer")
    assert log.errors == ()
    oats, coffee, _, chili, water = log.foods
    assert (oats.name, oats.grams, oats.amount) == ("Oats, rolled", 58.0, "")
    assert oats.nutrients == Nutrients(220.0, 7.0, 37.5, 4.1)
    assert oats.eaten_at == datetime.datetime(2026, 8, 6, 11, 5)
    assert (coffee.grams, coffee.amount) == (None, "1.00 cup")
    assert (chili.eaten_at, chili.amount) == (None, "1.00 full recipe")
    assert (water.nutrients.energy_kcal, water.amount) == (0.0, "8.00 fl oz")
    made, _ = records(log, "cronometer")
    assert len({one.id for one in made}) == 5
    assert made[0].data == {
        "date": "2026-08-06", "name": "Oats, rolled", "energy_kcal": 220.0, "protein_g": 7.0,
        "carbs_g": 37.5, "fat_g": 4.1, "grams": 58.0, "slot": "breakfast", "planned": False,
        "eaten_at": "2026-08-06T11:05:00+02:00",
    }  # fmt: skip
    assert "notes" not in made[0].data
    assert made[1].data["notes"] == "1.00 cup"
    assert "slot" not in made[3].data


def test_daily_nutrition_of_cronometer_is_a_total_per_day_that_was_logged() -> None:
    log = read(CRONOMETER_DAILY, "cronometer")
    assert [(one.date, one.scope) for one in log.foods] == [
        (DAY(2026, 8, 6), "day"), (DAY(2026, 8, 8), "day"),
    ]  # fmt: skip
    assert log.foods[0].nutrients == Nutrients(516.3, 28.9, 75.5, 10.6)


def test_the_total_of_cronometers_groups_repeats_them() -> None:
    header = "Date,Group,Energy (kcal),Protein (g),Carbs (g),Fat (g)"
    rows = ["Breakfast,100,10,20,5", "Total,100,10,20,5"]
    log = read("\n".join([header, *(f"2026-07-20,{row}" for row in rows)]), "cronometer")
    assert [(one.scope, one.meal) for one in log.foods] == [("meal", "Breakfast")]
    alone = read(f"{header}\n2026-07-20,{rows[1]}", "cronometer")
    assert [(one.scope, one.meal) for one in alone.foods] == [("day", "")]


def test_macrofactor_has_times_and_no_meals() -> None:
    log = read(MACROFACTOR, "macrofactor")
    assert log.errors == ()
    yogurt, pasta, bowl = log.foods
    assert (yogurt.grams, yogurt.meal) == (100.0, "")
    assert (pasta.grams, pasta.amount) == (280.0, "2.0 cup")
    assert pasta.eaten_at == datetime.datetime(2026, 10, 5, 19, 38)
    assert pasta.nutrients == Nutrients(440.0, 16.0, 86.0, 2.6)
    assert (bowl.grams, bowl.amount) == (None, "1.0 bowl")


def test_loseit_has_american_dates_and_deleted_lines() -> None:
    log = read(LOSEIT, "loseit")
    assert problems(log) == [(3, "The line was deleted in Lose It!.")]
    strawberry, oatmeal, chicken = log.foods
    assert (strawberry.date, strawberry.grams) == (DAY(2026, 7, 5), 200.0)
    assert (oatmeal.nutrients.fat_g, oatmeal.amount) == (None, "1.5 Cup")
    assert chicken.grams == 170.1


def test_exercises_among_the_foods_of_loseit_are_reported() -> None:
    older = LOSEIT.replace(",Meal,", ",Type,").replace(",Dinner,", ",Exercise,")
    assert problems(read(older, "loseit"))[1:] == [(5, "The line is an exercise, not a food.")]


def test_yazio() -> None:
    log = read(YAZIO, "yazio")
    assert log.errors == ()
    apple, chicken, _ = log.foods
    assert (apple.name, apple.grams, apple.amount) == ("Apfel", 150.0, "1.0 piece")
    assert apple.eaten_at == datetime.datetime(2025, 5, 1, 8)
    assert apple.nutrients == Nutrients(78.0, 0.45, 21.0, 0.3)
    assert [slot_of(one.meal) for one in log.foods] == ["breakfast", "lunch", "snack"]
    assert chicken.nutrients.protein_g == 62.0


def test_fatsecret_is_an_outline() -> None:
    log = read(FATSECRET, "fatsecret")
    assert log.errors == ()
    assert [(one.date.day, slot_of(one.meal), one.name) for one in log.foods] == [
        (1, "breakfast", "Trader Joe's Wild Salmon Jerky"), (1, "breakfast", "Water"),
        (1, "snack", "Multigrain Bread"), (1, "snack", "Glaceau Smartwater"),
        (2, "lunch", "Trader Joe's Wild Salmon Jerky"),
    ]  # fmt: skip
    jerky, water, bread, drink, _ = log.foods
    assert (jerky.grams, jerky.amount) == (56.0, "2 x 1 oz, 56 g")
    assert jerky.nutrients == Nutrients(160.0, 26.0, 4.0, 4.0)
    assert (water.grams, water.amount) == (None, "2 cups (8 fl oz)")
    assert bread.nutrients == Nutrients(196.0, 7.8, 36.19, 2.96)
    assert (drink.grams, drink.nutrients.protein_g) == (None, 0.0)


def test_fatsecret_in_another_language_with_decimal_commas_and_kilojoules() -> None:
    text = (
        FATSECRET.replace("Tuesday, May 1, 2018", "mardi, mai 1, 2018")
        .replace("Wednesday, May 2, 2018", "вторник, мая 2, 2018")
        .replace("Date,Cals ( kcal)", "Date,Énergie ( kJ)")
        .replace("Multigrain Bread,196,2.96,0.629,36.19", 'Pain,820,"2,96","0,629","36,19"')
        .replace(" Breakfast", " Petit déjeuner")
    )
    log = read(text, "fatsecret")
    assert log.errors == ()
    assert [one.date.day for one in log.foods] == [1, 1, 1, 1, 2]
    assert log.foods[2].nutrients == Nutrients(195.98, 7.8, 36.19, 2.96)
    assert slot_of(log.foods[0].meal) == "breakfast"


def test_a_food_of_fatsecret_below_an_unreadable_day_joins_no_other() -> None:
    log = read(FATSECRET.replace("Wednesday, May 2, 2018", "Wednesday, 2"), "fatsecret")
    assert [line for line, _ in problems(log)] == [28, 30]
    assert len(log.foods) == 4


def test_samsung_health_has_utc_and_the_phones_offset() -> None:
    log = read(SAMSUNG_FOODS, "samsung_health")
    assert log.errors == ()
    dinner, apple = log.foods
    assert (dinner.name, dinner.date, slot_of(dinner.meal)) == (
        "Dinner", DAY(2025, 9, 11), "dinner",
    )  # fmt: skip
    assert (apple.date, slot_of(apple.meal)) == (DAY(2025, 9, 12), "snack")
    made, _ = records(log, "samsung_health")
    assert made[1].data["eaten_at"] == "2025-09-12T01:10:00+05:30"


def test_the_meals_of_samsung_health_have_macronutrients() -> None:
    curry, breakfast = read(SAMSUNG_HEALTH, "samsung_health").foods
    assert (curry.name, curry.scope) == ("Curry", "meal")
    assert curry.nutrients == Nutrients(450.0, 30.0, 52.0, 12.5)
    assert (breakfast.name, breakfast.date) == ("Breakfast", DAY(2025, 9, 12))


def test_headings_of_samsung_health_may_have_the_name_of_the_table() -> None:
    preamble, header, *rows = SAMSUNG_HEALTH.splitlines()
    long = ",".join(f"com.samsung.health.nutrition.{name}" for name in header.split(","))
    text = "\n".join([preamble, long, *rows])
    assert read(text, "samsung_health") == read(SAMSUNG_HEALTH, "samsung_health")


@pytest.mark.parametrize("name", DIARIES)
def test_a_line_without_energy_is_reported(name: str) -> None:
    whole = read(DIARIES[name], name)
    first = whole.foods[0]
    lines = DIARIES[name].splitlines()
    line = lines[first.line - 1]
    energy = f"{first.nutrients.energy_kcal:g}"
    lines[first.line - 1] = line.replace(f",{energy}.0,", ",,", 1).replace(f",{energy},", ",,", 1)
    log = read("\n".join(lines), name)
    assert (first.line, "The line has no energy.") in problems(log)
    assert len(log.foods) == len(whole.foods) - 1


def test_kilojoules_in_a_heading_are_converted() -> None:
    header = "Date;Meal;Calories (kJ);Protein (g);Carbs (g);Fat (g)"
    text = f"{header}\n13/04/2026;Lunch;2092;30,5;40,0;10,2"
    (lunch,) = read(text, "myfitnesspal").foods
    assert (lunch.date, lunch.nutrients) == (DAY(2026, 4, 13), Nutrients(500.0, 30.5, 40.0, 10.2))


@pytest.mark.parametrize(
    ("meal", "slot"),
    [
        ("Breakfast", "breakfast"), ("Frühstück", "breakfast"), ("PETIT-DÉJEUNER", "breakfast"),
        ("Déjeuner", "lunch"), ("almuerzo", "lunch"), ("Abendessen", "dinner"), ("Ужин", "dinner"),
        ("晚餐", "dinner"), ("Snacks/Other", "snack"), ("Meal 4", None), ("", None),
    ],
)  # fmt: skip
def test_meals_are_slots_in_many_languages(meal: str, slot: str | None) -> None:
    assert slot_of(meal) == slot


def test_a_corrected_amount_keeps_the_id() -> None:
    before, _ = records(read(CRONOMETER, "cronometer"), "cronometer")
    changed = CRONOMETER.replace("58.00 g,220.0", "60.00 g,227.6")
    after, _ = records(read(changed, "cronometer"), "cronometer")
    assert [one.id for one in after] == [one.id for one in before]
    assert after[0].data["grams"] == 60.0


def test_a_total_of_foods_that_were_imported_is_reported() -> None:
    servings, _ = records(read(CRONOMETER, "cronometer"), "cronometer")
    daily = read(CRONOMETER_DAILY, "cronometer")
    made, rejected = records(daily, "cronometer", logged(servings))
    assert [one.date for one in made] == [DAY(2026, 8, 8)]
    assert [(one.line, one.reason) for one in rejected] == [
        (2, "Its foods were imported; the total would count them twice.")
    ]
    made, rejected = records(daily, "cronometer", logged(servings, imported=False))
    assert (len(made), rejected) == (2, [])


def test_foods_of_a_total_that_was_imported_are_reported() -> None:
    daily, _ = records(read(CRONOMETER_DAILY, "cronometer"), "cronometer")
    made, rejected = records(read(CRONOMETER, "cronometer"), "cronometer", logged(daily))
    assert [one.line for one in rejected] == [2, 3, 4, 5]
    assert [one.line for one in made] == [6]


def test_the_total_of_a_meal_meets_only_the_foods_of_that_meal() -> None:
    foods, _ = records(read(MYFITNESSPAL_FOODS, "myfitnesspal"), "myfitnesspal")
    summary = read(MYFITNESSPAL, "myfitnesspal")
    made, rejected = records(summary, "myfitnesspal", logged([foods[2]]))
    assert [one.line for one in rejected] == [3, 4]
    assert [one.data["name"] for one in made] == ["Breakfast"]
    meals, _ = records(summary, "myfitnesspal")
    made, rejected = records(
        read(MYFITNESSPAL_FOODS, "myfitnesspal"), "myfitnesspal", logged(meals)
    )
    assert (made, len(rejected)) == ([], 3)


def test_totals_that_are_imported_again_are_no_overlap() -> None:
    summary = read(MYFITNESSPAL, "myfitnesspal")
    first, _ = records(summary, "myfitnesspal")
    again, rejected = records(summary, "myfitnesspal", logged(first))
    assert (again, rejected) == (first, [])


def test_an_invalid_log_is_reported_with_its_line() -> None:
    entry = FoodEntry(7, DAY(2026, 1, 1), "Water", Nutrients(-5.0))
    made, rejected = records(ParsedFile(foods=(entry,)), "cronometer")
    assert (made, rejected[0].line) == ([], 7)
    long = replace(entry, name="x" * 501, nutrients=Nutrients(5.0))
    assert records(ParsedFile(foods=(long,)), "cronometer")[1][0].line == 7


def test_ids_are_those_of_the_user_and_the_format() -> None:
    log = read(MYFITNESSPAL_FOODS, "myfitnesspal")
    one, _ = records(log, "myfitnesspal")
    other, _ = records(log, "loseit")
    assert not {record.id for record in one} & {record.id for record in other}
    assert all(uuid.UUID(record.id).version == 5 for record in one)
