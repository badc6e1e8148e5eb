"""Limits of log-ins: guesses are limited, and the owner gets in all the same."""

import asyncio
import threading
import time
from datetime import UTC, datetime
from typing import Any

import bcrypt
import orjson
from aiohttp import web

from sync_server.auth.account_import import import_accounts
from sync_server.auth.account_queries import bcrypt_cost, find_account
from sync_server.config.parsing import parse_networks
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import CONFIG, Config
from sync_server.store.observers import WORK
from sync_server.store.postgres import Pool, bypass_row_level_security
from sync_server.web.passwords import Passwords
from tests.infrastructure.edge_settings import Caller, calling
from tests.support.client import PASSWORD, Response
from tests.support.sample_records import new_id

HOME, ELSEWHERE = "198.51.100.1", "198.51.100.2"


def proxied(config: Config, **limits: Any) -> Config:
    return config.changed(trusted_proxies=parse_networks("127.0.0.1"), **limits)


async def sign_in(
    caller: Caller, email: str, address: str, password: str = PASSWORD, **more: object
) -> Response:
    body = {"email": email, "password": password, **more}
    return await caller.send("POST", "/auth/login", body, X_Forwarded_For=address)


async def registered(caller: Caller) -> tuple[str, str]:
    """The e-mail and the refresh token of a new account."""
    email = f"{new_id()}@example.com"
    body = {"email": email, "password": PASSWORD}
    made = await caller.send("POST", "/auth/register", body, X_Forwarded_For=HOME)
    return email, str(made.json["refresh_token"])


async def test_guesses_from_one_address_shut_out_that_address_only(config: Config) -> None:
    async with calling(proxied(config, rate_limit_login_account=Limit(3, 900))) as caller:
        email, _ = await registered(caller)
        guesses = [await sign_in(caller, email, "203.0.113.9", "wrong guess") for _ in range(4)]
        assert [it.status for it in guesses] == [401, 401, 401, 429]
        assert (await sign_in(caller, email, "203.0.113.9")).status == 429
        assert (await sign_in(caller, email, ELSEWHERE)).status == 200


async def test_guesses_from_many_addresses_shut_out_strangers_only(config: Config) -> None:
    limits = proxied(config, rate_limit_login_account_all=Limit(5, 900))
    async with calling(limits) as caller:
        email, token = await registered(caller)
        assert (await sign_in(caller, email, HOME)).status == 200
        guesses = [
            await sign_in(caller, email, f"203.0.113.{number}", "wrong guess")
            for number in range(6)
        ]
        assert [it.status for it in guesses] == [401] * 5 + [429]
        assert (await sign_in(caller, email, ELSEWHERE)).status == 429
        assert (await sign_in(caller, email, HOME)).status == 200
        with_token = await sign_in(caller, email, ELSEWHERE, refresh_token=token)
        assert with_token.status == 200


async def test_a_token_helps_its_own_account_only_and_allows_few_guesses(config: Config) -> None:
    limits = proxied(
        config,
        rate_limit_login_account=Limit(2, 900),
        rate_limit_login_account_all=Limit(3, 900),
    )
    async with calling(limits) as caller:
        victim, token = await registered(caller)
        _, of_another = await registered(caller)
        for number in range(3):
            await sign_in(caller, victim, f"203.0.113.{number}", "wrong guess")
        for useless in (of_another, "nonsense", token[:-1] + "A", None):
            answer = await sign_in(caller, victim, ELSEWHERE, "wrong guess", refresh_token=useless)
            assert answer.status == 429, useless
        guesses = [
            await sign_in(caller, victim, f"203.0.113.{number}", "wrong", refresh_token=token)
            for number in range(10, 13)
        ]
        assert [it.status for it in guesses] == [401, 401, 429], "a stolen token is one caller"


async def test_others_guesses_are_in_no_header(config: Config) -> None:
    async with calling(proxied(config)) as caller:
        email, _ = await registered(caller)
        answer = await sign_in(caller, email, ELSEWHERE, "wrong guess")
        assert "login-account-all" not in str(answer.headers)


async def test_an_imported_account_takes_the_time_of_any_other(config: Config, pool: Pool) -> None:
    """Time of the processor, because of what else the machine does; bcrypt takes some 60 ms."""
    cost = 10
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()
    email = f"{new_id()}@example.com"
    line = orjson.dumps({"email": email, "password_hash": hashed})
    assert (await import_accounts(pool, config, [line], datetime.now(UTC))).created == 1
    async with bypass_row_level_security(pool, config) as connection:
        account = await find_account(connection, email)
        assert await bcrypt_cost(connection) == cost
    assert account is not None
    app = web.Application()
    app[CONFIG] = config
    passwords = Passwords(app)
    kinds = {
        "imported": account.password_hash,
        "imported by an earlier release": hashed,
        "ours": await passwords.hashed(PASSWORD),
        "unknown": None,
    }
    fastest = dict.fromkeys(kinds, 1e9)
    for _ in range(5):
        for kind, stored in kinds.items():
            started = time.thread_time()
            assert not passwords._match(stored, "wrong guess", cost)
            fastest[kind] = min(fastest[kind], time.thread_time() - started)
    passwords.close()
    await pool.execute("DELETE FROM users WHERE id = $1", account.id)
    assert max(fastest.values()) < 1.25 * min(fastest.values()), fastest


async def test_hashing_is_time_that_its_user_has_used(config: Config) -> None:
    """Also if nobody waits for the hash any more."""
    app = web.Application()
    app[CONFIG] = config
    passwords, used = Passwords(app), list[float]()
    token = WORK.set(used.append)
    await passwords.hashed(PASSWORD)
    assert len(used) == 1
    began, go_on = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(10)

    left = asyncio.create_task(passwords._run(work))
    assert await asyncio.to_thread(began.wait, 10)
    left.cancel()
    go_on.set()
    async with asyncio.timeout(10):
        while len(used) < 2:
            await asyncio.sleep(0.001)
    WORK.reset(token)
    passwords.close()
    assert min(used) > 0
