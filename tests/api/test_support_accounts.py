"""Support's pages of an account: devices, rejected changes, sessions, usage; never contents."""

import asyncio
import uuid

import orjson
import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.api.test_support import DEVICE, SECRET, someone
from tests.infrastructure.server import Server
from tests.support.client import Client

CLOCK = 1_790_000_000_000_001
REPORT = orjson.dumps({"name": "Phone", "waiting": 2, "app_version": "9.1"}).decode()


async def push_rejected(person: Client, names: list[str]) -> list[str]:
    """Push one change for each name, all of which the server rejects; their ids."""
    ids = [str(uuid.uuid4()) for _ in names]
    changes = [
        {"collection": "foods", "id": id, "op": "put", "clock": CLOCK, "data": {"name": name}}
        for id, name in zip(ids, names, strict=True)
    ]
    body = {"device_id": DEVICE, "changes": changes}
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Device-Report": REPORT}
    status, answer = await person.call("POST", "/sync/push", body, **headers)
    assert status == 200
    assert {result["status"] for result in answer["results"]} == {"rejected"}
    return ids


@pytest.fixture
async def user(server: Server) -> Client:
    person = Client(server.base_url)
    await person.register()
    return person


@pytest.fixture
async def helper(server: Server, pool: Pool, config: Config) -> Client:
    return await someone(server, "support", pool, config)


async def test_support_reads_devices_rejected_changes_sessions_and_usage(
    user: Client, helper: Client, pool: Pool
) -> None:
    ids = await push_rejected(user, [SECRET])
    path = f"/support/users/{user.user_id}"
    pages = {}
    for name in ("devices", "rejected", "sessions", "usage"):
        status, pages[name] = await helper.call("GET", f"{path}/{name}")
        assert status == 200
    (device,) = pages["devices"]["devices"]
    assert (device["device_id"], device["name"], device["waiting"]) == (DEVICE, "Phone", 1)
    (rejected,) = pages["rejected"]["items"]
    assert (rejected["collection"], rejected["id"], rejected["code"]) == (
        "foods", ids[0], "invalid_record",
    )  # fmt: skip
    assert "energy_kcal" in rejected["fields"]
    (session,) = pages["sessions"]["sessions"]
    assert (session["device_name"], session["second_factor"]) == ("phone", False)
    assert pages["usage"]["rejected_changes"]["used"] == 1
    assert SECRET not in str(pages)
    acts = await pool.fetch(
        "SELECT action FROM audit WHERE user_id = $1 AND actor_id = $2 ORDER BY created_at",
        user.user_id, helper.user_id,
    )  # fmt: skip
    assert [act["action"] for act in acts] == [f"support_read_{name}" for name in pages]


async def test_rejected_changes_come_in_pages(user: Client, helper: Client) -> None:
    ids = await push_rejected(user, ["a", "b", "c"])
    path, seen = f"/support/users/{user.user_id}/rejected", []
    query: str | None = "?limit=2"
    while query:
        status, page = await helper.call("GET", path + query)
        assert status == 200
        seen += [item["id"] for item in page["items"]]
        token = page["next_page_token"]
        query = f"?limit=2&page_token={token}" if token else None
    assert sorted(seen) == sorted(ids)
    assert (await helper.call("GET", f"{path}?limit=201"))[0] == 400
    _, page = await helper.call("GET", f"{path}?limit=1")
    elsewhere = f"/support/users/{helper.user_id}/rejected?page_token={page['next_page_token']}"
    assert (await helper.call("GET", elsewhere))[1]["code"] == "invalid_cursor"


async def test_the_audit_trail_comes_in_pages_while_looks_are_added_to_it(
    server: Server, user: Client, pool: Pool, config: Config
) -> None:
    admin = await someone(server, "admin", pool, config)
    path, seen = f"/support/users/{user.user_id}/audit", []
    for _ in range(3):
        await admin.call("GET", f"{path}?limit=1")
    query: str | None = "?limit=2"
    while query:
        status, page = await admin.call("GET", path + query)
        assert status == 200
        assert len(page["acts"]) <= 2
        seen += [act["action"] for act in page["acts"]]
        token = page["next_page_token"]
        query = f"?limit=2&page_token={token}" if token else None
    assert seen == ["support_read_audit"] * 3 + ["registered"]
    _, whole = await admin.call("GET", path)
    assert (len(whole["acts"]), whole["next_page_token"]) == (6, None)
    assert (await admin.call("GET", f"{path}?limit=501"))[0] == 400
    _, page = await admin.call("GET", f"{path}?limit=1")
    elsewhere = f"/support/users/{admin.user_id}/audit?page_token={page['next_page_token']}"
    assert (await admin.call("GET", elsewhere))[1]["code"] == "invalid_cursor"


async def test_an_admin_ends_one_session(
    server: Server, user: Client, pool: Pool, config: Config
) -> None:
    tablet = Client(server.base_url)
    tablet.email = user.email
    await tablet.login()
    admin, stranger = await asyncio.gather(
        someone(server, "admin", pool, config), someone(server, "user", pool, config)
    )
    path = f"/support/users/{user.user_id}/sessions"
    _, page = await admin.call("GET", path)
    phone = next(it["id"] for it in page["sessions"] if it["device_name"] == "phone")
    other = f"/support/users/{stranger.user_id}/sessions/{phone}"
    assert (await admin.call("DELETE", other))[0] == 404
    assert (await admin.call("DELETE", f"{path}/{phone}"))[0] == 204
    assert (await user.call("GET", "/users/me"))[0] == 401
    assert (await tablet.call("GET", "/users/me"))[0] == 200
    assert (await admin.call("DELETE", f"{path}/{phone}"))[0] == 404


@pytest.mark.parametrize("page", ["devices", "rejected", "sessions", "usage"])
async def test_pages_of_no_account_are_404(page: str, helper: Client) -> None:
    for id in ("00000000-0000-4000-8000-000000000404", "nonsense", "%00"):
        assert (await helper.call("GET", f"/support/users/{id}/{page}"))[0] == 404
