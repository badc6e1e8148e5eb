"""Roles: support sees sync health without contents, admins end sessions, all is audited."""

import uuid
from datetime import UTC, datetime

import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from sync_server.support.roles import NoSuchAccount, grant
from tests.infrastructure.server import Server
from tests.support.client import Client

DEVICE = "00000000-0000-4000-8000-00000000d001"
SECRET = "my knee hurts since the divorce"


async def someone(server: Server, role: str, pool: Pool, config: Config) -> Client:
    person = Client(server.base_url)
    await person.register()
    if role != "user":
        await grant(pool, config, person.email, role, datetime.now(UTC))
        person.tokens = {}
        await person.login()
    return person


@pytest.fixture
async def user(server: Server, pool: Pool, config: Config) -> Client:
    """Somebody with a record, a tombstone, a rejected change and a device."""
    person = await someone(server, "user", pool, config)
    change = {
        "collection": "workout_sessions",
        "id": str(uuid.uuid4()),
        "op": "put",
        "clock": 1_790_000_000_000_001,
    }
    data = {"date": "2026-11-23", "name": "Legs", "notes": SECRET}
    gone = change | {"id": str(uuid.uuid4()), "op": "delete"}
    bad = change | {"id": str(uuid.uuid4()), "data": data | {"rating": SECRET}}
    body = {"device_id": DEVICE, "changes": [change | {"data": data}, gone, bad]}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert (await person.call("POST", "/sync/push", body, **key))[0] == 200
    status, page = await person.call("GET", f"/sync/pull?device_id={DEVICE}")
    assert status == 200
    await person.call("GET", f"/sync/pull?device_id={DEVICE}&cursor={page['cursor']}")
    return person


async def test_support_finds_an_account_and_reads_the_health_of_its_sync(
    server: Server, user: Client, pool: Pool, config: Config
) -> None:
    helper = await someone(server, "support", pool, config)
    status, found = await helper.call("GET", f"/support/users?email={user.email}")
    assert (status, found["id"], found["role"]) == (200, user.user_id, "user")
    assert await helper.call("GET", f"/support/users?id={user.user_id}") == (200, found)
    status, health = await helper.call("GET", f"/support/users/{user.user_id}/sync")
    assert status == 200
    assert health["version"] == 2
    assert [(it["device_id"], it["behind"]) for it in health["devices"]] == [(DEVICE, 0)]
    sessions = health["collections"]["workout_sessions"]
    assert (sessions["live"], sessions["deleted"]) == (1, 1)
    assert health["rejected"]["invalid_record"]["count"] == 1
    assert health["sessions"]["live"] == 1
    assert SECRET not in str(health)
    assert user.email.lower() not in str(health).lower()


async def test_every_look_is_in_the_audit_trail(
    server: Server, user: Client, pool: Pool, config: Config
) -> None:
    helper = await someone(server, "support", pool, config)
    await helper.call("GET", f"/support/users?email={user.email}")
    await helper.call("GET", f"/support/users/{user.user_id}/sync")
    await helper.call("GET", f"/support/users/{user.user_id}/explain?device={DEVICE}")
    admin = await someone(server, "admin", pool, config)
    assert (await admin.call("DELETE", f"/support/users/{user.user_id}/sessions"))[0] == 204
    status, trail = await admin.call("GET", f"/support/users/{user.user_id}/audit")
    assert status == 200
    acts = [(act["action"], act["actor_id"]) for act in reversed(trail["acts"])]
    assert [act for act in acts if act[1] != user.user_id] == [
        ("support_looked_up", helper.user_id),
        ("support_read_sync", helper.user_id),
        ("support_explained", helper.user_id),
        ("sessions_ended", admin.user_id),
    ]
    assert all(act["request_id"] for act in trail["acts"])
    assert (await user.call("GET", "/users/me"))[0] == 401
    assert (await user.refresh(user.tokens["refresh_token"]))[0] == 401


ROUTES = [
    ("support", "GET", "/support/users?email=a@example.com"),
    ("support", "GET", "/support/users/{id}/sync"),
    ("support", "GET", "/support/users/{id}/explain?device=" + DEVICE),
    ("admin", "GET", "/support/users/{id}/audit"),
    ("support", "GET", "/support/users?id={id}"),
    ("support", "GET", "/support/users/{id}/devices"),
    ("support", "GET", "/support/users/{id}/rejected"),
    ("support", "GET", "/support/users/{id}/sessions"),
    ("support", "GET", "/support/users/{id}/usage"),
    ("support", "GET", "/support/fleet"),
    ("support", "GET", "/support/fleet/stopped"),
    ("support", "GET", "/support/fleet/rejections"),
    ("admin", "DELETE", "/support/users/{id}/sessions"),
    ("admin", "DELETE", "/support/users/{id}/sessions/" + DEVICE),
]


@pytest.mark.parametrize(("role", "method", "path"), ROUTES, ids=[path for _, _, path in ROUTES])
async def test_a_role_below_is_refused(
    role: str, method: str, path: str, server: Server, user: Client, pool: Pool, config: Config
) -> None:
    path = path.format(id=user.user_id)
    for below in ("user", "support") if role == "admin" else ("user",):
        person = await someone(server, below, pool, config)
        status, problem = await person.call(method, path)
        assert (status, problem["code"]) == (403, "forbidden")
    assert (await user.call("GET", "/users/me"))[0] == 200


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000404", "nonsense", "%00"])
async def test_an_account_that_is_not_there_is_404(
    id: str, server: Server, pool: Pool, config: Config
) -> None:
    admin = await someone(server, "admin", pool, config)
    assert (await admin.call("GET", f"/support/users/{id}/sync"))[0] == 404
    assert (await admin.call("DELETE", f"/support/users/{id}/sessions"))[0] == 404
    assert (await admin.call("GET", "/support/users?email=nobody@example.com"))[0] == 404
    assert (await admin.call("GET", "/support/users?email=a&email=b"))[0] == 400
    assert (await admin.call("GET", "/support/users"))[0] == 400


async def test_a_role_that_is_taken_away_ends_at_once(
    server: Server, pool: Pool, config: Config
) -> None:
    admin = await someone(server, "admin", pool, config)
    await grant(pool, config, admin.email, "user", datetime.now(UTC))
    path = f"/support/users/{admin.user_id}/sync"
    assert (await admin.refresh(admin.tokens["refresh_token"]))[0] == 401
    admin.tokens = {}
    await admin.login()
    assert (await admin.call("GET", path))[0] == 403
    acts = await pool.fetch(
        "SELECT action, details::text AS details FROM audit WHERE user_id = $1 "
        "AND action = 'role_granted' ORDER BY created_at",
        admin.user_id,
    )
    assert [tuple(act) for act in acts] == [
        ("role_granted", '{"role":"admin","was":"user"}'),
        ("role_granted", '{"role":"user","was":"admin"}'),
    ]


async def test_granting_what_is_there_ends_no_session(
    server: Server, pool: Pool, config: Config
) -> None:
    admin = await someone(server, "admin", pool, config)
    assert await grant(pool, config, admin.email, "admin", datetime.now(UTC)) == (
        admin.user_id,
        [],
    )
    assert (await admin.call("GET", "/users/me"))[0] == 200
    with pytest.raises(NoSuchAccount):
        await grant(pool, config, "nobody@example.com", "admin", datetime.now(UTC))
