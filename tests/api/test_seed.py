"""The demo account: weeks of data through the push path, made once."""

import datetime

import aiohttp

from sync_server.demo.account import EMAIL, PASSWORD, create_demo_account
from sync_server.demo.records import WEEKS
from tests.infrastructure.server import Server

TODAY = datetime.date(2026, 11, 23)


async def test_the_demo_account_is_filled_once_and_its_days_add_up(
    untouched_server: Server,
) -> None:
    server = untouched_server
    pushed = await create_demo_account(server.base_url, TODAY)
    assert pushed > 600
    assert await create_demo_account(server.base_url, TODAY) == 0
    api = f"{server.base_url}/api/v1"
    login = {"email": EMAIL, "password": PASSWORD}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{api}/auth/login", json=login) as answer:
            token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{api}/sync/check", headers=headers) as answer:
            check = await answer.json()
        async with http.get(f"{api}/days/2026-11-23", headers=headers) as answer:
            day = await answer.json()
    counts = {name: part["count"] for name, part in check["collections"].items()}
    assert check["version"] == sum(counts.values()) == pushed
    assert counts["body_metrics"] == 7 * WEEKS
    assert counts["workout_sessions"] == 3 * WEEKS
    assert day["training"]["sessions"] == 1
    assert day["diet"]["adherence"] > 50
    assert day["diet"]["planned"]["energy_kcal"] == 2300
