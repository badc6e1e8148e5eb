"""The app in a real Chromium, and what a Python device receives of it."""

import asyncio
import datetime
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.sync.stories import PASSWORD
from tools.build_web import NODE, node_environment
from trackforge_client import Device

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

OIL = "Oil, olive, salad or cooking"
FOODS = ["Bananas, raw", "Bread", "Cake", OIL, "Pizza", "Rice", "Soup", "Tea"]
PADDING = ("Oats, rolled", "Push day")  # food and workouts of the test with many records
IMPORTED = [(1, 8, 80, None)]
SET = ("position", "reps", "weight_kg", "notes")


@asynccontextmanager
async def _purging(config: Config, pool: Pool, email: str) -> AsyncIterator[str]:
    """Address at which tombstones of half a year are purged, with all of the user's being older."""

    async def purge(_: web.Request) -> web.Response:
        await pool.execute(
            "UPDATE records SET changed_at = changed_at - interval '200 days'"
            " WHERE user_id = (SELECT id FROM users WHERE email = $1)",
            email,
        )
        done = await cleanup(pool, config, datetime.datetime.now(datetime.UTC))
        return web.json_response({"records": done["records"]})

    app = web.Application()
    app.router.add_get("/", purge)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.usefixtures("catalogue")
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_the_app_in_a_browser(
    web_package: Path, app_server: Server, config: Config, pool: Pool, tmp_path: Path
) -> None:
    email = f"app.{tmp_path.name}@example.com"
    async with _purging(config, pool, email) as purge:
        settings = {
            "TRACKFORGE_URL": app_server.base_url,
            "TRACKFORGE_EMAIL": email,
            "TRACKFORGE_PASSWORD": PASSWORD,
            "TRACKFORGE_PURGE": purge,
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
        logs: list[Any] = device.all("food_logs")
        sessions: list[Any] = device.all("workout_sessions")
        assert sorted(it["name"] for it in logs if it["name"] != PADDING[0]) == FOODS
        assert [it["weight_kg"] for it in device.all("body_metrics")] == [81.4]
        own = {it["id"]: it for it in sessions if it["name"] != PADDING[1]}
        workouts = {it["name"]: it.get("bodyweight_kg") for it in own.values()}
        assert workouts == {"Workout": 81.4, "Imported push": None}
        sets: list[Any] = [it for it in device.all("workout_sets") if it["session_id"] in own]
        found = sorted(tuple(it.get(name) for name in SET) for it in sets)
        assert found == [*IMPORTED, (1, 9, 80, "felt light"), (2, 7, 80, None), (3, 6, 77.5, None)]
