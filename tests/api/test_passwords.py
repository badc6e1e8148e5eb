"""Passwords: the policy, the hashes, and imported hashes."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import bcrypt
import pytest
from argon2 import PasswordHasher, extract_parameters

from sync_server.auth.account_import import import_accounts
from sync_server.config.settings import Config
from sync_server.security.password_policy import COMMON, DEMO_ACCOUNT, _common, password_problem
from sync_server.security.passwords import is_outdated, is_wrapped, matches, wrapped
from sync_server.store.postgres import Pool
from tests.api.test_sessions import serving
from tests.infrastructure.server import Server
from tests.support.client import Client

HASH_OF = "SELECT password_hash FROM users WHERE id = $1"


def test_the_shipped_cost_is_at_least_what_owasp_asks_for() -> None:
    shipped = Config()
    cost = (
        shipped.auth.argon2_memory_kib,
        shipped.auth.argon2_time_cost,
        shipped.auth.argon2_parallelism,
    )
    assert cost >= (19 * 1024, 2, 1)


@pytest.mark.parametrize("password", ["password1", "PASSWORD1", "12345678", "qwertyuiop"])
async def test_a_common_password_is_refused(server: Server, password: str) -> None:
    body = {"email": f"{uuid.uuid4()}@example.com", "password": password}
    status, problem = await Client(server.base_url).call("POST", "/auth/register", body)
    assert status == 422
    assert problem["errors"] == {"password": ["Is one of the most common passwords."]}


@pytest.mark.parametrize(
    "password",
    [
        "long enough", "  spaces count  ", "x" * 128, "ü" * 128, "🏋️" * 60, "🏋" * 8,
        "qwerty uiop asdf",
        "trackforge correct horse", "ann and the long password", "Zx!9 kL#2 pQ",
    ],
)  # fmt: skip
def test_no_composition_is_demanded(password: str) -> None:
    assert password_problem(password, "ann.miller@example.com") is None


def test_the_list_has_a_hundred_thousand_passwords() -> None:
    assert _common().count(b"\n") == COMMON + 1


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("password1234", "common"), ("12345678A", "common"), ("iloveyou2", "common"),
        ("AAAAAAAA", "common"), ("demo1234", "common"), ("        ", "repeated"),
        ("abcabcabc", "repeated"), ("xyx1xyx1xyx1", "repeated"), ("asdfghjkl;'", "keyboard"),
        ("87654321zyx", "keyboard"), ("ａｓｄｆｇｈｊｋｌ；", "common"),
        ("tyuiop[]lkjh", "keyboard"),
        ("TrackForge", "similar"), ("trackforge1!", "similar"),
        ("ann.miller@example.com", "similar"), ("AnnMiller99", "similar"),
        ("ann.miller7", "similar"),
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_rejected(password: str, problem: str) -> None:
    assert problem in (password_problem(password, "ann.miller@example.com") or "")


async def test_the_own_address_is_no_password(server: Server) -> None:
    person = Client(server.base_url)
    await person.register()
    local = person.email.partition("@")[0]
    body = {"email": person.email, "password": local}
    status, problem = await Client(server.base_url).call("POST", "/auth/register", body)
    assert (status, list(problem["errors"])) == (422, ["password"])
    change = {"password": person.password, "new_password": f"{local}!"}
    status, problem = await person.call("PUT", "/users/me/password", change)
    assert (status, list(problem["errors"])) == (422, ["new_password"])


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
    inside = wrapped(argon2, stored)
    assert matches(argon2, inside, long)
    assert not matches(argon2, inside, "another")
    assert is_outdated(argon2, inside)


async def test_an_imported_account_logs_in_and_gets_a_hash_of_ours(
    server: Server, config: Config, pool: Pool
) -> None:
    person = Client(server.base_url)
    hashed = bcrypt.hashpw(person.password.encode(), bcrypt.gensalt(4)).decode()
    lines = [json.dumps({"email": person.email, "password_hash": hashed}).encode()]
    for made, taken in ((1, 0), (0, 1)):
        done = await import_accounts(pool, config, lines, datetime.now(UTC))
        assert (done.created, done.taken, done.rejected) == (made, taken, {})
    imported = await pool.fetchval("SELECT password_hash FROM users WHERE email = $1", person.email)
    assert is_wrapped(imported)
    assert hashed not in imported, "a dump does not have the bcrypt hash"
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
    from sync_server.auth import account_queries
    from sync_server.store.postgres import bypass_row_level_security, transaction

    person = Client(server.base_url)
    await person.register()
    async with bypass_row_level_security(pool, config) as connection:
        account = await account_queries.find_account(connection, person.email.lower())
    assert account is not None
    async with transaction(pool, config, account.id) as connection:
        assert await account_queries.hold_hash(connection, account)
        assert not await account_queries.hold_hash(
            connection, replace(account, password_hash="older")
        )


async def test_the_demo_password_is_for_the_demo_account_only(server: Server) -> None:
    email, password = DEMO_ACCOUNT
    somebody = Client(server.base_url)
    account = {"email": f"{uuid.uuid4()}@example.com", "password": password}
    status, problem = await somebody.call("POST", "/auth/register", account)
    assert (status, list(problem["errors"])) == (422, ["password"])
    status, problem = await somebody.call(
        "POST", "/auth/register", {"email": email, "password": "12345678"}
    )
    assert (status, list(problem["errors"])) == (422, ["password"])
