"""Events of authentication: in the audit trail, in the log, and before an export."""

import asyncio

import pytest
from structlog.testing import capture_logs

from sync_server.store.postgres import Pool
from sync_server.web.audit import MAX_FAILURES
from tests.infrastructure.server import Server
from tests.support.client import PASSWORD, Client

ACTIONS = "SELECT action FROM audit WHERE user_id = $1 ORDER BY created_at"


async def actions(pool: Pool, user_id: str, count: int) -> list[str]:
    """The actions on an account, once there are so many: failures are stored after the response."""
    async with asyncio.timeout(5):
        while len(rows := await pool.fetch(ACTIONS, user_id)) < count:
            await asyncio.sleep(0.02)
    return [str(row["action"]) for row in rows]


async def guess(user: Client) -> int:
    body = {"email": user.email, "password": "a wrong guess"}
    return (await user.call("POST", "/auth/login", body))[0]


async def test_what_happens_to_an_account_is_in_its_trail(server: Server, pool: Pool) -> None:
    phone, tablet = Client(server.base_url), Client(server.base_url)
    await phone.register()
    user_id = phone.user_id
    assert await actions(pool, user_id, 1) == ["registered"]
    assert await guess(phone) == 401
    await actions(pool, user_id, 2)
    tablet.email = phone.email
    await tablet.login()
    assert (await tablet.call("DELETE", f"/auth/sessions/{phone.claims['sid']}"))[0] == 204
    for _ in range(2):
        assert (await tablet.call("POST", "/auth/logout", {}))[0] == 204
    assert await actions(pool, user_id, 5) == [
        "registered", "login_failed", "logged_in", "session_ended", "logged_out",
    ]  # fmt: skip


async def test_guesses_do_not_fill_the_trail(server: Server, pool: Pool) -> None:
    user = Client(server.base_url)
    await user.register()
    await pool.execute(
        "INSERT INTO audit (user_id, id, action, details, created_at) "
        "SELECT $1, gen_random_uuid(), 'login_failed', '{}', now() FROM generate_series(1, $2)",
        user.user_id,
        MAX_FAILURES,
    )
    for _ in range(3):
        assert await guess(user) == 401
    await asyncio.sleep(0.3)
    assert (await actions(pool, user.user_id, 1)).count("login_failed") == MAX_FAILURES


async def test_events_are_in_the_log_without_personal_data(server: Server) -> None:
    user = Client(server.base_url)
    with capture_logs() as lines:
        await user.register()
        await guess(user)
        await user.login()
        unknown = Client(server.base_url)
        await guess(unknown)
        await asyncio.sleep(0.2)
    events = [str(line.get("action", line["event"])) for line in lines if "ms" not in line]
    assert [event for event in events if event in ("registered", "logged_in")] == [
        "registered", "logged_in",
    ]  # fmt: skip
    assert events.count("log-in failed") == 2
    assert "login_failed" in events
    for secret in (user.email, unknown.email, PASSWORD, "127.0.0.1"):
        assert secret.lower() not in str(lines).lower()


async def test_an_export_needs_a_recent_log_in_or_the_password(server: Server, pool: Pool) -> None:
    user = Client(server.base_url)
    await user.register()
    assert (await user.send("GET", "/users/me/export")).status == 200
    await pool.execute(
        "UPDATE token_families SET created_at = created_at - interval '20 minutes' "
        "WHERE user_id = $1",
        user.user_id,
    )
    assert (await user.refresh(user.tokens["refresh_token"]))[0] == 200, "a refresh is no log-in"
    rejected = await user.send("GET", "/users/me/export")
    assert (rejected.status, rejected.code) == (403, "recent_login_required")
    wrong = await user.send("POST", "/users/me/export", {"password": "a wrong guess"})
    assert (wrong.status, wrong.code) == (401, "invalid_credentials")
    exported = await user.send("POST", "/users/me/export", {"password": PASSWORD})
    assert exported.status == 200
    assert exported.body.startswith(b'{"kind":"header"')


async def test_a_denied_request_is_in_the_log(server: Server) -> None:
    user = Client(server.base_url)
    await user.register()
    with capture_logs() as lines:
        status, problem = await user.call("GET", f"/support/users?email={user.email}")
    assert (status, problem["code"]) == (403, "forbidden")
    [denied] = [line for line in lines if line["event"] == "request denied"]
    assert (denied["code"], denied["request_id"]) == ("forbidden", problem["request_id"])
    assert user.email.lower() not in str(lines).lower()


async def test_an_unexpected_failure_discloses_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> bool:
        raise RuntimeError("the key is 4711")

    user = Client(server.base_url)
    await user.register()
    monkeypatch.setattr("sync_server.auth.totp_queries.is_enabled", fail)
    response = await user.send("GET", "/auth/totp")
    assert (response.status, response.code) == (500, "internal_error")
    assert b"4711" not in response.body
    assert b"Error" not in response.body
    assert b"Traceback" not in response.body
