"""A year of food: a phone logs every meal, a tablet plans, corrects and looks at the weeks."""

import datetime
import random
from collections.abc import Mapping

from tools.recordings import diary
from tools.recordings.sources import Food
from tools.recordings.stage import Stage
from trackforge_client import Device
from trackforge_client.device.json_types import Json

FIRST, DAYS = datetime.date(2025, 9, 1), 365
BEGINS = datetime.datetime(2025, 9, 1, 6, tzinfo=datetime.UTC)
ENDS = BEGINS + datetime.timedelta(days=DAYS + 1)


async def live(stage: Stage, foods: Mapping[str, Food]) -> None:
    """Live through the year; raises AssertionError when the devices do not agree at the end."""
    chance = random.Random("a year of food")
    async with stage.device("phone") as phone, stage.device("tablet") as tablet:
        meals = plan(tablet, foods)
        await tablet.sync()
        await phone.sync()
        for number in range(DAYS):
            date = FIRST + datetime.timedelta(days=number)
            written = log_day(stage, phone, date, meals, foods, chance)
            if chance.random() < 0.1:
                continue  # No network that evening.
            await phone.sync()
            stage.wait(900)
            await tablet.sync()
            if date.isoweekday() == 7:
                stage.wait(900)
                look_back(tablet, written, chance)
                await tablet.sync()
        stage.wait(3600)
        for device in (phone, tablet, phone):
            await device.sync()
        assert phone.digest() == tablet.digest()


def plan(device: Device, foods: Mapping[str, Food]) -> dict[str, list[str]]:
    """Write profile and plans; answers the ids of each plan's meals."""
    meals: dict[str, list[str]] = {}
    with device.writing():
        device.put("profile", {"weight_unit": "kg", "energy_unit": "kcal", "time_zone": "UTC"})
        for name, (weekdays, planned) in diary.PLANS.items():
            days: list[Json] = list(weekdays)
            record: dict[str, Json] = {"name": name, "days_of_week": days}
            plan_id = device.put("diet_plans", record | {"starts_on": FIRST.isoformat()})
            meals[name] = []
            for position, meal in enumerate(planned, 1):
                meal_id = device.put("meals", {
                    "plan_id": plan_id, "name": meal.name, "position": position, "time": meal.time,
                })  # fmt: skip
                meals[name].append(meal_id)
                for place, item in enumerate(meal.items, 1):
                    device.put("meal_items", {
                        "meal_id": meal_id, "food_id": diary.food_id(item.food),
                        "grams": diary.grams(item, foods), "position": place,
                    })  # fmt: skip
    return meals


def log_day(
    stage: Stage,
    device: Device,
    date: datetime.date,
    meals: Mapping[str, list[str]],
    foods: Mapping[str, Food],
    chance: random.Random,
) -> list[str]:
    """Log a day as it goes; answers the logs' ids."""
    own = meals[diary.plan_of(date)]
    ids: list[str] = []
    for eaten in diary.day(date, foods, chance):
        time = datetime.time.fromisoformat(eaten.time)
        stage.at(datetime.datetime.combine(date, time, datetime.UTC))
        meal_id = None if eaten.meal is None else own[eaten.meal]
        ids.append(device.put("food_logs", diary.log(eaten, date, meal_id, foods[eaten.food])))
    return ids


def look_back(device: Device, ids: list[str], chance: random.Random) -> None:
    """On the tablet, the last day is put right: an amount, a note, something not eaten."""
    known = [id for id in ids if device.get("food_logs", id) is not None]
    if len(known) < 3:
        return
    amount, note, gone = chance.sample(known, 3)
    record = device.get("food_logs", amount) or {}
    grams = record.get("grams")
    if isinstance(grams, int | float):
        device.update("food_logs", amount, grams=float(round(grams * 1.1)))
    device.patch("food_logs", note, {"notes": "with salt"})
    device.delete("food_logs", gone)
