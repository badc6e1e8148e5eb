"""Operator commands on an account: set-password, disable, enable, delete."""

import pyotp
import pytest

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.infrastructure.test_command_line import run_command
from tests.support.client import Client

NEW = "staple battery horse"


@pytest.fixture
async def person(server: Server) -> Client:
    """A user with a session."""
    someone = Client(server.base_url)
    await someone.register()
    return someone


async def actions(pool: Pool, user_id: str) -> list[tuple[str, str | None]]:
    rows = await pool.fetch(
        "SELECT action, actor_id FROM audit WHERE user_id = $1 "
        "AND action NOT IN ('registered', 'logged_in', 'login_failed') ORDER BY created_at",
        user_id,
    )
    return [(row["action"], row["actor_id"]) for row in rows]


async def test_a_password_that_is_set_ends_the_sessions(
    person: Client, config: Config, pool: Pool
) -> None:
    printed = await run_command(config, "set-password", person.email, input=f"{NEW}\n{NEW}\n")
    assert printed.endswith(f"{person.email}: new password; sessions ended: 1")
    assert NEW not in printed
    assert (await person.call("GET", "/users/me"))[0] == 401
    person.password = NEW
    await person.login()
    assert await actions(pool, person.user_id) == [("password_changed", None)]


async def test_a_weak_password_is_rejected(person: Client, config: Config) -> None:
    printed = await run_command(
        config, "set-password", person.email, "--password", "password", status=1
    )
    assert "most common passwords" in printed
    assert (await person.call("GET", "/users/me"))[0] == 200


async def test_a_disabled_account_is_out_until_it_is_enabled(
    person: Client, config: Config, pool: Pool
) -> None:
    await run_command(config, "disable", person.email.upper())
    assert (await person.call("GET", "/users/me"))[0] == 401
    assert (await person.refresh(person.tokens["refresh_token"]))[0] == 401
    account = {"email": person.email, "password": person.password}
    status, problem = await person.call("POST", "/auth/login", account)
    assert (status, problem["code"]) == (403, "account_disabled")
    # Only the right password shows that the account exists.
    status, problem = await person.call("POST", "/auth/login", account | {"password": "wrong"})
    assert (status, problem["code"]) == (401, "invalid_credentials")
    forgotten = {"email": person.email}
    assert (await person.call("POST", "/auth/password/forgot", forgotten))[0] == 202
    printed = await run_command(config, "disable", person.email, status=1)
    assert "disabled already" in printed
    links = "SELECT count(*) FROM email_links WHERE user_id = $1"
    assert await pool.fetchval(links, person.user_id) == 0
    await run_command(config, "enable", person.email)
    await person.login()
    acts = [("account_disabled", None), ("account_enabled", None)]
    assert await actions(pool, person.user_id) == acts


async def test_a_deleted_account_is_gone(person: Client, config: Config, pool: Pool) -> None:
    user_id = person.user_id
    await person.create("foods")
    printed = await run_command(config, "delete", person.email, input="n\n", status=1)
    assert "Aborted" in printed
    await run_command(config, "delete", person.email, "--yes")
    assert (await person.call("GET", "/users/me"))[1]["code"] == "account_deleted"
    assert await pool.fetchval("SELECT count(*) FROM users WHERE id = $1", user_id) == 0
    assert await pool.fetchval("SELECT count(*) FROM records WHERE user_id = $1", user_id) == 0
    assert await actions(pool, user_id) == [("account_deleted", None)]
    printed = await run_command(config, "delete", person.email, "--yes", status=1)
    assert printed == f"Error: There is no account with the e-mail {person.email}."


async def test_a_lost_second_factor_is_removed(person: Client, config: Config, pool: Pool) -> None:
    begun = (await person.call("POST", "/auth/totp"))[1]
    code = {"code": pyotp.TOTP(begun["secret"]).now()}
    assert (await person.call("POST", "/auth/totp/confirm", code))[0] == 200
    printed = await run_command(config, "reset-second-factor", person.email)
    assert printed.endswith(f"{person.email}: second factor removed; sessions ended: 1")
    assert (await person.call("GET", "/users/me"))[0] == 401
    await person.login()
    disabled = ("second_factor_disabled", None)
    assert (await actions(pool, person.user_id))[-1] == disabled
    printed = await run_command(config, "reset-second-factor", person.email, status=1)
    assert "The account has no second factor." in printed
