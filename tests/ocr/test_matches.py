"""Matches of a name: the user's own exercises first, then aliases, then similar names."""

import uuid

import pytest

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.ocr.suggestions import MAX_SUGGESTIONS, suggest_exercises, suggest_foods
from sync_server.store.postgres import Pool, transaction
from tests.ocr.ocr_client import OcrClient

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bench press", "Barbell Bench Press - Medium Grip"),
        ("Back squat", "Barbell Squat"),
        ("Leg press", "Leg Press"),
        ("Chin-up", "Chin-Up"),
        ("Lateralraise", "Side Lateral Raise"),
        ("Barbel Curl", "Barbell Curl"),
    ],
)
async def test_what_an_exercise_on_a_sheet_means(
    pool: Pool, config: Config, name: str, expected: str
) -> None:
    nobody = UserId(str(uuid.uuid4()))
    async with transaction(pool, config, nobody) as connection:
        found = await suggest_exercises(connection, nobody, [name])
    names = [match["name"] for match in found[name]]
    assert expected in names
    assert len(names) <= MAX_SUGGESTIONS
    scores = [match["score"] for match in found[name]]
    assert all(0 < float(str(score)) <= 1 for score in scores)


async def test_ones_own_comes_first(ann: OcrClient, pool: Pool, config: Config) -> None:
    status, food = await ann.call(
        "POST", "/foods",
        {"name": "Grilled salmon", "energy_kcal": 208, "protein_g": 20, "carbs_g": 0, "fat_g": 13},
        **{"Idempotency-Key": "one"},
    )  # fmt: skip
    assert status == 201
    async with transaction(pool, config, ann.user_id) as connection:
        found = await suggest_foods(connection, UserId(ann.user_id), ["Grilled Salmon", "謎", ""])
    assert (found["Grilled Salmon"][0]["id"], found["Grilled Salmon"][0]["source"]) == (
        food["id"], "own",
    )  # fmt: skip
    assert found[""] == []
    assert found["謎"] == []
