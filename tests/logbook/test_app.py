"""The app in a real Chromium, and what a Python device receives of it."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.server import Server
from tests.sync.stories import PASSWORD
from tools.build_web import NODE, node_environment
from trackforge_client import Device

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

FOODS = ["Bananas, raw", "Cake", "Oil, olive, salad or cooking", "Pizza", "Soup", "Tea"]
SESSION = ("name", "bodyweight_kg")
IMPORTED = [(1, 8, 80, None)]
SET = ("position", "reps", "weight_kg", "notes")


@pytest.mark.usefixtures("catalogue")
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_the_app_in_a_browser(web_package: Path, app_server: Server, tmp_path: Path) -> None:
    email = f"app.{tmp_path.name}@example.com"
    settings = {
        "TRACKFORGE_URL": app_server.base_url,
        "TRACKFORGE_EMAIL": email,
        "TRACKFORGE_PASSWORD": PASSWORD,
        "CHROMIUM": str(CHROMIUM),
    }
    process = await asyncio.create_subprocess_exec(
        NODE, "--test", "--test-timeout=90000", web_package / "test" / "app.test.ts",
        cwd=web_package, stdout=subprocess.PIPE, env=node_environment() | settings,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 300)
    text = output.decode()
    assert process.returncode == 0, text[:9000]
    print(*[line for line in text.splitlines() if " ms" in line], sep="\n")
    async with Device(tmp_path / "phone.sqlite3", app_server.base_url, name="phone") as device:
        await device.login(email, PASSWORD)
        await device.sync()
        assert sorted(_column(device, "food_logs", "name")) == FOODS
        assert _column(device, "body_metrics", "weight_kg") == [81.4]
        workouts = dict(
            zip(*(_column(device, "workout_sessions", it) for it in SESSION), strict=True)
        )
        assert workouts == {"Workout": 81.4, "Imported push": None}
        sets = sorted(zip(*(_column(device, "workout_sets", name) for name in SET), strict=True))
        assert sets == [*IMPORTED, (1, 9, 80, "felt light"), (2, 7, 80, None), (3, 6, 77.5, None)]


def _column(device: Device, collection: str, name: str) -> list[Any]:
    return [record.get(name) for record in device.all(collection)]
