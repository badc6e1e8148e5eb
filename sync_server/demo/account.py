"""Creation of the demo account on a running server."""

import datetime
import time

import aiohttp

from sync_server.demo.records import Change, changes_of, named
from sync_server.security.password_policy import DEMO_ACCOUNT

EMAIL, PASSWORD = DEMO_ACCOUNT
BATCH = 500


async def create_demo_account(base_url: str, today: datetime.date) -> int:
    """Register the demo account and push its records; the number of changes, 0 if it exists."""
    async with aiohttp.ClientSession(f"{base_url.rstrip('/')}/api/v1/") as http:
        account = {"email": EMAIL, "password": PASSWORD, "device_name": "seed"}
        async with http.post("auth/register", json=account) as response:
            if response.status == 409:
                return 0
            response.raise_for_status()
            token = (await response.json())["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        async with http.get("users/me") as response:
            user_id = (await response.json())["id"]
        now = time.time_ns() // 1000
        changes = list(changes_of(user_id, today))
        for place, change in enumerate(changes):
            change["clock"] = now - len(changes) + place
        for start in range(0, len(changes), BATCH):
            await _push(http, now, start, changes[start : start + BATCH])
        return len(changes)


async def _push(http: aiohttp.ClientSession, now: int, start: int, changes: list[Change]) -> None:
    body = {"device_id": named("device"), "schema_version": 1, "sent_at": now, "changes": changes}
    headers = {"Idempotency-Key": f"seed-{start}"}
    async with http.post("sync/push", json=body, headers=headers) as response:
        response.raise_for_status()
        results = (await response.json())["results"]
    rejected = [result for result in results if result["status"] != "applied"]
    if rejected:
        raise RuntimeError(f"The server rejected {rejected[0]}")
