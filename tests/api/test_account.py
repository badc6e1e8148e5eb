"""Own account: credentials, profile, export, deletion."""

import asyncio
import uuid

import aiohttp
import orjson
import pytest
from redis.asyncio import Redis

from schema.ids import derived_id
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.api.progress_client import put
from tests.infrastructure.server import Server
from tests.support.client import Client, Json

NEW = "staple battery horse"
HOSTILE = [None, 1, "", "short", "x" * 129, "nul\0nul here", "password", ["long enough"]]


@pytest.fixture
async def person(server: Server) -> Client:
    """Somebody with a phone."""
    someone = Client(server.base_url)
    await someone.register()
    return someone


@pytest.fixture
async def tablet(server: Server, person: Client) -> Client:
    """The same person's other device."""
    other = Client(server.base_url)
    other.email = person.email
    await other.login()
    return other


async def push(person: Client, *changes: Json, key: str = "") -> Json:
    body = {"device_id": str(uuid.uuid4()), "changes": list(changes)}
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    status, answer = await person.call("POST", "/sync/push", body, **headers)
    assert status == 200, answer
    return answer


async def exported(person: Client, coding: str = "identity") -> list[Json]:
    headers = {
        "Authorization": f"Bearer {person.tokens['access_token']}",
        "Accept-Encoding": coding,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{person.api}/users/me/export", headers=headers) as answer,
    ):
        assert answer.status == 200
        assert answer.content_type == "application/x-ndjson"
        assert answer.headers["Content-Disposition"].endswith('.ndjson"')
        assert answer.headers["Cache-Control"] == "no-store"
        return [orjson.loads(line) for line in (await answer.read()).splitlines()]


async def test_a_changed_password_ends_all_sessions_but_this_one(
    person: Client, tablet: Client
) -> None:
    change = {"password": person.password, "new_password": NEW}
    assert (await person.call("PUT", "/users/me/password", change))[0] == 204
    assert (await person.call("GET", "/users/me"))[0] == 200
    assert (await person.refresh(person.tokens["refresh_token"]))[0] == 200
    assert (await tablet.call("GET", "/users/me"))[0] == 401
    assert (await tablet.refresh(tablet.tokens["refresh_token"]))[0] == 401
    old = {"email": person.email, "password": person.password}
    assert (await tablet.call("POST", "/auth/login", old))[0] == 401
    tablet.password = NEW
    await tablet.login()


async def test_a_log_in_during_a_change_of_password_keeps_no_session(
    server: Server, person: Client
) -> None:
    change = {"password": person.password, "new_password": NEW}
    racers = [Client(server.base_url) for _ in range(6)]
    for racer in racers:
        racer.email = person.email
    old = {"email": person.email, "password": person.password}
    logins = [racer.call("POST", "/auth/login", old) for racer in racers]
    changed, *answers = await asyncio.gather(
        person.call("PUT", "/users/me/password", change), *logins
    )
    assert changed[0] == 204
    for racer, (status, tokens) in zip(racers, answers, strict=True):
        assert status in (200, 401)
        if status == 200:
            racer.tokens = tokens
            assert (await racer.call("GET", "/users/me"))[0] == 401


@pytest.mark.parametrize("value", HOSTILE, ids=lambda it: repr(it)[:20])
async def test_a_new_password_obeys_the_rules_of_registration(
    person: Client, value: object
) -> None:
    change = {"password": person.password, "new_password": value}
    status, problem = await person.call("PUT", "/users/me/password", change)
    assert (status, problem["code"], list(problem["errors"])) == (
        422,
        "invalid_request",
        ["new_password"],
    )


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("PUT", "/users/me/password", {"new_password": NEW}),
        ("PUT", "/users/me/email", {"email": "somebody.else@example.com"}),
        ("DELETE", "/users/me", {}),
    ],
)
async def test_a_wrong_password_changes_nothing(
    person: Client, tablet: Client, method: str, path: str, more: Json
) -> None:
    status, problem = await person.call(method, path, {"password": "wrong one"} | more)
    assert (status, problem["code"]) == (401, "invalid_credentials")
    for device in (person, tablet):
        status, me = await device.call("GET", "/users/me")
        assert (status, me["email"]) == (200, person.email)


async def test_a_changed_address_logs_in_and_the_old_one_is_free(
    server: Server, person: Client, tablet: Client
) -> None:
    old, new = person.email, f"{uuid.uuid4()}@Example.org"
    change = {"password": person.password, "email": new}
    status, me = await person.call("PUT", "/users/me/email", change)
    assert (status, me["email"]) == (200, new)
    assert (await tablet.call("GET", "/users/me"))[0] == 401
    tablet.email = new.upper()
    await tablet.login()
    newcomer = Client(server.base_url)
    newcomer.email = old
    await newcomer.register()


async def test_a_taken_address_is_refused_and_ends_nothing(
    server: Server, person: Client, tablet: Client
) -> None:
    other = Client(server.base_url)
    await other.register()
    change = {"password": person.password, "email": other.email.upper()}
    status, problem = await person.call("PUT", "/users/me/email", change)
    assert (status, problem["code"]) == (409, "email_taken")
    assert (await tablet.call("GET", "/users/me"))[0] == 200
    assert (await tablet.call("GET", "/users/me"))[1]["email"] == person.email


async def test_an_address_may_change_its_case(person: Client) -> None:
    change = {"password": person.password, "email": person.email.upper()}
    status, me = await person.call("PUT", "/users/me/email", change)
    assert (status, me["email"]) == (200, person.email.upper())


@pytest.mark.usefixtures("tablet")
async def test_changes_of_credentials_are_in_the_audit_trail(person: Client, pool: Pool) -> None:
    change = {"password": person.password, "new_password": NEW}
    assert (await person.call("PUT", "/users/me/password", change))[0] == 204
    change = {"password": NEW, "email": f"{uuid.uuid4()}@example.com"}
    assert (await person.call("PUT", "/users/me/email", change))[0] == 200
    rows = await pool.fetch(
        "SELECT action, details FROM audit WHERE user_id = $1 AND action LIKE '%changed' "
        "ORDER BY created_at",
        person.user_id,
    )
    assert [(row["action"], orjson.loads(row["details"])) for row in rows] == [
        ("password_changed", {"ended": 1}),
        ("email_changed", {"ended": 0}),
    ]


async def test_the_account_includes_the_profile(person: Client) -> None:
    status, me = await person.call("GET", "/users/me")
    assert status == 200
    assert {name: me[name] for name in ("weight_unit", "height_unit", "energy_unit")} == {
        "weight_unit": "kg",
        "height_unit": "cm",
        "energy_unit": "kcal",
    }
    assert me["height_cm"] is None


async def test_a_change_of_the_profile_is_a_change_like_any_other(person: Client) -> None:
    fields = {"weight_unit": "lb", "height_cm": 180.5, "time_zone": "Asia/Taipei"}
    status, me = await person.call("PATCH", "/users/me", fields)
    assert status == 200
    assert fields.items() <= me.items()
    _, pulled = await person.call("GET", "/sync/pull")
    (change,) = pulled["changes"]
    assert (change["collection"], change["data"]) == ("profile", fields)
    assert change["id"] == derived_id("profile", person.user_id, ())
    later = put("profile", change["id"], weight_unit="kg") | {"clock": change["clock"] + 1}
    await push(person, later)
    _, me = await person.call("GET", "/users/me")
    assert (me["weight_unit"], me["height_cm"]) == ("kg", None)


async def test_a_repeated_change_of_the_profile_is_made_once(person: Client) -> None:
    key = {"Idempotency-Key": "profile-1"}
    first = await person.call("PATCH", "/users/me", {"height_cm": 170}, **key)
    await person.call("PATCH", "/users/me", {"height_cm": 171})
    assert await person.call("PATCH", "/users/me", {"height_cm": 170}, **key) == first
    assert (await person.call("GET", "/users/me"))[1]["height_cm"] == 171
    status, problem = await person.call("PATCH", "/users/me", {"height_cm": 172}, **key)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "fields",
    [{"email": "other@example.com"}, {"role": "admin"}, {"id": str(uuid.UUID(int=1))},
     {"created_at": "2020-01-01T00:00:00Z"}, {"weight_unit": "stone"}, {"height_cm": 1e9},
     {"display_name": "nul\0"}],
    ids=str,
)  # fmt: skip
async def test_what_is_no_field_of_the_profile_is_refused(person: Client, fields: Json) -> None:
    before = await person.call("GET", "/users/me")
    status, problem = await person.call("PATCH", "/users/me", fields)
    assert (status, problem["code"]) == (422, "invalid_record")
    assert list(problem["errors"]) == list(fields)
    assert await person.call("GET", "/users/me") == before


@pytest.mark.usefixtures("tablet")
@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_an_export_holds_all_that_is_kept(person: Client, coding: str) -> None:
    remaining, gone = put("foods", **OATS), put("body_metrics", date="2026-11-23", weight_kg=80)
    await push(person, remaining, gone)
    bad = put("meals", name="no plan")
    await push(
        person,
        bad,
        {
            "collection": "foods",
            "id": remaining["id"],
            "op": "delete",
            "clock": 1_790_000_000_000_099,
        },
    )
    header, *lines = await exported(person, coding)
    assert header["kind"] == "header"
    assert header["account"]["email"] == person.email
    assert "password_hash" not in header["account"]
    records = [line for line in lines if line["kind"] == "record"]
    assert header["records"] == len(records) == 2
    assert {(it["collection"], it["deleted"]) for it in records} == {
        ("foods", True),
        ("body_metrics", False),
    }
    (rejected,) = [line for line in lines if line["kind"] == "rejected_change"]
    assert rejected["change"] == bad
    assert rejected["error"]["code"] == "invalid_record"
    assert len([line for line in lines if line["kind"] == "session"]) == 2
    again = await exported(person, coding)
    assert [(it["action"], it["actor"]) for it in again if it["kind"] == "act"] == [
        ("registered", "user"), ("logged_in", "user"), ("exported", "user"),
    ]  # fmt: skip


async def test_an_export_is_of_nobody_else(server: Server, person: Client) -> None:
    other = Client(server.base_url)
    await other.register()
    await push(other, put("foods", **OATS))
    assert [line["kind"] for line in await exported(person)] == ["header", "session", "act"]


async def test_exports_are_limited(person: Client) -> None:
    for _ in range(10):
        await exported(person)
    status, problem = await person.call("GET", "/users/me/export")
    assert (status, problem["code"]) == (429, "rate_limited")


async def test_nothing_of_a_deleted_account_stays(
    person: Client, tablet: Client, pool: Pool, config: Config
) -> None:
    user_id = person.user_id
    await push(person, put("foods", **OATS), key="kept-answer")
    async with Redis.from_url(config.stores.redis_url) as redis:
        cached = f"answer:{{{user_id}}}:kept-answer"
        async with asyncio.timeout(5):
            while not await redis.exists(cached):
                await asyncio.sleep(0.01)
        body = {"password": person.password}
        assert (await person.call("DELETE", "/users/me", body))[0] == 204
        left = [
            key
            async for key in redis.scan_iter(match=f"*{user_id}*")
            if not key.startswith((b"family:", b"token:", b"rl:"))
        ]
    assert left == []
    tables = await pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'user_id'"
    )
    for table, column in tables:
        count = await pool.fetchval(
            f'SELECT count(*) FROM "{table}" WHERE "{column}" = $1', user_id
        )
        assert bool(count) == (table == "audit"), table
    status, problem = await tablet.call("GET", "/sync/pull")
    assert (status, problem["code"]) == (401, "account_deleted")
    assert (await tablet.refresh(tablet.tokens["refresh_token"]))[0] == 401


OATS = {"name": "Oats", "energy_kcal": 389, "protein_g": 16.9, "carbs_g": 66, "fat_g": 6.9}
