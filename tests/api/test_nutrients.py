"""All nutrients of a day, water and targets, over REST."""

import pytest

from schema.ids import catalogue_id
from tests.support.client import Client, Json
from tests.support.sample_records import new_id

pytestmark = pytest.mark.usefixtures("catalogue")
DAY, NEXT_DAY = "2026-11-23", "2026-11-24"
BUTTER = catalogue_id("foods", "usda-sr28", "01001")
LENTILS = {"name": "Lentils", "fiber_g": 8, "nutrients": {"iron_mg": 3.3}}


async def nutrients(user: Client, day: str = DAY) -> Json:
    """All nutrients of a day; the range of days has the same."""
    view: Json = (await user.send("GET", f"/days/{day}?nutrients=true")).json
    listed = await user.send("GET", f"/days?from={day}&to={day}&nutrients=true")
    assert listed.json["days"] == [view]
    found: Json = view["nutrients"]
    return found


async def test_a_day_sums_the_nutrients_of_own_and_built_in_foods(ann: Client) -> None:
    food = await ann.create("foods", **LENTILS)
    for food_id, grams in ((food["id"], 200), (BUTTER, 10)):
        await ann.create("food_logs", date=DAY, food_id=food_id, grams=grams)
    await ann.create("food_logs", date=DAY, name="Pizza", energy_kcal=800)
    sums = await nutrients(ann)
    assert (sums["fiber_g"]["actual"], sums["fiber_g"]["unknown"]) == (16, 1)
    assert sums["iron_mg"]["actual"] == pytest.approx(6.6)
    assert (sums["vitamin_a_ug"]["actual"], sums["vitamin_a_ug"]["unknown"]) == (68.4, 2)
    assert "iodine_ug" not in sums
    assert "nutrients" not in (await ann.send("GET", f"/days/{DAY}")).json


async def test_an_edited_food_changes_no_logged_day(ann: Client) -> None:
    food = await ann.create("foods", **LENTILS)
    log = await ann.create("food_logs", date=DAY, food_id=food["id"], grams=100)
    assert log["nutrients"] == {"fiber_g": 8, "iron_mg": 3.3}
    changed = {"fiber_g": 99, "nutrients": {"iron_mg": 99, "zinc_mg": 1}}
    await ann.send("PATCH", f"/foods/{food['id']}", changed)
    sums = await nutrients(ann)
    assert (sums["fiber_g"]["actual"], sums["iron_mg"]["actual"]) == (8, 3.3)
    assert "zinc_mg" not in sums


async def test_water_is_counted_by_day(ann: Client) -> None:
    for day, ml in ((DAY, 250), (DAY, 330.5), (NEXT_DAY, 500)):
        await ann.create("water_logs", date=day, ml=ml)
    view = (await ann.send("GET", f"/days/{DAY}")).json
    assert view["water"] == {"ml": 580.5, "logs": 2}
    assert (await nutrients(ann, NEXT_DAY))["water_ml"]["actual"] == 500
    assert "water" not in (await ann.send("GET", "/days/2026-11-25")).json
    pulled = (await ann.send("GET", "/sync/pull")).json["day_views"]
    assert {it["date"]: it["water"]["ml"] for it in pulled} == {DAY: 580.5, NEXT_DAY: 500}


async def test_a_new_target_changes_no_day_before_it(ann: Client) -> None:
    await ann.create("nutrient_targets", nutrient="water_ml", starts_on=DAY, min=2000)
    await ann.create("nutrient_targets", nutrient="water_ml", starts_on=NEXT_DAY, min=1000)
    await ann.create("nutrient_targets", nutrient="fiber_g", starts_on=DAY, min=10, max=10)
    await ann.create("nutrient_targets", nutrient="fiber_g", starts_on=NEXT_DAY)
    for day in (DAY, NEXT_DAY):
        await ann.create("water_logs", date=day, ml=1500)
    await ann.create("food_logs", date=DAY, name="X", energy_kcal=1, nutrients={"fiber_g": 14})
    first, second = await nutrients(ann), await nutrients(ann, NEXT_DAY)
    assert (first["water_ml"]["min"], first["water_ml"]["adherence"]) == (2000, 75)
    assert (second["water_ml"]["min"], second["water_ml"]["adherence"]) == (1000, 100)
    assert first["fiber_g"]["adherence"] == 60
    assert "fiber_g" not in second
    assert "water_ml" not in await nutrients(ann, "2026-11-22")


async def test_two_targets_of_a_day_are_one_record(ann: Client) -> None:
    made = [
        await ann.create("nutrient_targets", id=new_id(), nutrient="iron_mg", starts_on=DAY, min=it)
        for it in (10, 12)
    ]
    assert made[0]["id"] == made[1]["id"]
    assert (await nutrients(ann))["iron_mg"]["min"] == 12


@pytest.mark.parametrize(
    "data",
    [
        {"nutrients": {"unobtainium_mg": 1}},
        {"nutrients": {"iron_mg": -1}},
        {"nutrients": {"iron_mg": 100_001}},
        {"nutrients": [1]},
    ],
)
async def test_only_declared_nutrients_are_taken(ann: Client, data: Json) -> None:
    food = {"name": "X", "energy_kcal": 1, "protein_g": 1, "carbs_g": 1, "fat_g": 1}
    answer = await ann.send("POST", "/foods", food | data)
    assert (answer.status, answer.json["code"]) == (422, "invalid_record")


@pytest.mark.parametrize("query", ["nutrients=1", "nutrients=", "nutrients=true&nutrients=true"])
async def test_the_parameter_is_true_or_false(ann: Client, query: str) -> None:
    for path in (f"/days/{DAY}?{query}", f"/days?from={DAY}&to={DAY}&{query}"):
        answer = await ann.send("GET", path)
        assert (answer.status, answer.json["code"]) == (400, "invalid_parameter")
