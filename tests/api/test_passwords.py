"""Passwords: the policy, the hashes, and imported hashes."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import bcrypt
import pytest
from argon2 import PasswordHasher, extract_parameters

from sync_server.auth.accounts import import_accounts
from sync_server.config.settings import Config
from sync_server.security.passwords import is_outdated, matches, password_problem
from sync_server.store.postgres import Pool
from tests.api.test_sessions import serving
from tests.infrastructure.server import Server
from tests.support.client import Client

HASH_OF = "SELECT password_hash FROM users WHERE id = $1"


def test_the_shipped_cost_is_at_least_what_owasp_asks_for() -> None:
    shipped = Config()
    cost = (shipped.argon2_memory_kib, shipped.argon2_time_cost, shipped.argon2_parallelism)
    assert cost >= (19 * 1024, 2, 1)


@pytest.mark.parametrize("password", ["password1", "PASSWORD1", "12345678", "qwertyuiop"])
async def test_a_common_password_is_refused(server: Server, password: str) -> None:
    body = {"email": f"{uuid.uuid4()}@example.com", "password": password}
    status, problem = await Client(server.base_url).call("POST", "/auth/register", body)
    assert status == 422
    assert problem["errors"] == {"password": ["Is one of the most common passwords."]}


@pytest.mark.parametrize("password", ["x" * 8, " " * 8, "x" * 128, "ü" * 128, "🏋️" * 60])
def test_length_is_all_that_is_asked(password: str) -> None:
    assert password_problem(password) is None


async def test_a_hash_of_other_settings_is_renewed_at_log_in(
    server: Server, config: Config, pool: Pool
) -> None:
    person = Client(server.base_url)
    await person.register()
    before = await pool.fetchval(HASH_OF, person.user_id)
    async with serving(config, argon2_memory_kib=128) as stronger:
        again = Client(stronger.base_url)
        again.email = person.email
        await again.login()
        renewed = await pool.fetchval(HASH_OF, person.user_id)
        assert extract_parameters(before).memory_cost == 64
        assert extract_parameters(renewed).memory_cost == 128
        await again.login()
        assert await pool.fetchval(HASH_OF, person.user_id) == renewed


@pytest.mark.parametrize("dialect", ["2a", "2b", "2y"])
def test_bcrypt_is_understood_in_all_dialects(dialect: str) -> None:
    argon2 = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    long = "correct horse " * 10
    hashed = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    stored = hashed.replace("$2b$", f"${dialect}$")
    assert matches(argon2, stored, long)
    assert not matches(argon2, stored, "another")
    assert not matches(argon2, stored, "with\0nul")
    assert is_outdated(argon2, stored)
    assert not matches(argon2, "$2b$04$tooshort", long)


async def test_an_imported_account_logs_in_and_gets_a_hash_of_ours(
    server: Server, config: Config, pool: Pool
) -> None:
    person = Client(server.base_url)
    hashed = bcrypt.hashpw(person.password.encode(), bcrypt.gensalt(4)).decode()
    lines = [json.dumps({"email": person.email, "password_hash": hashed}).encode()]
    for made, taken in ((1, 0), (0, 1)):
        done = await import_accounts(pool, config, lines, datetime.now(UTC))
        assert (done.created, done.taken, done.rejected) == (made, taken, {})
    await person.login()
    assert (await pool.fetchval(HASH_OF, person.user_id)).startswith("$argon2id$")
    await person.login()
    body = {"email": person.email, "password": "not this one"}
    assert (await person.call("POST", "/auth/login", body))[0] == 401


async def test_lines_that_are_no_accounts_are_reported_by_number(
    config: Config, pool: Pool
) -> None:
    right = {"email": f"{uuid.uuid4()}@example.com", "password_hash": "$2b$04$" + "a" * 53}
    lines = [
        b"",
        b"nonsense",
        b'["a"]',
        json.dumps(right | {"email": "nobody"}).encode(),
        json.dumps(right | {"password_hash": "md5:0123"}).encode(),
        json.dumps(right | {"role": "admin"}).encode(),
        json.dumps(right).encode(),
    ]
    done = await import_accounts(pool, config, lines, datetime.now(UTC))
    assert (done.created, list(done.rejected)) == (1, [2, 3, 4, 5, 6])


async def test_a_password_that_changes_during_a_log_in_begins_no_session(
    server: Server, config: Config, pool: Pool
) -> None:
    from sync_server.auth import queries
    from sync_server.store.postgres import bypass_row_level_security, transaction

    person = Client(server.base_url)
    await person.register()
    async with bypass_row_level_security(pool, config) as connection:
        account = await queries.find_account(connection, person.email.lower())
    assert account is not None
    async with transaction(pool, config, account.id) as connection:
        assert await queries.hold_hash(connection, account)
        assert not await queries.hold_hash(connection, replace(account, password_hash="older"))
