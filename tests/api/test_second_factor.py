"""Second factor: TOTP with recovery codes, at log-in and where it is changed."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import jwt
import pyotp
import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.maintenance.key_rotation import encrypt_again
from sync_server.security.challenges import challenge_token, new_challenge, state_of
from sync_server.security.one_time_codes import STEP_S, matching_step, normal_code
from sync_server.store.postgres import Pool
from sync_server.support.roles import grant
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.mailbox import Mailbox, open_mailbox, token_of


class Authenticator:
    """App with a secret: gives a new code each time, from steps that the server accepts."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._used = 0

    async def code(self) -> str:
        """The code of the next step that was not used, once the window has reached it."""
        if (left_s := STEP_S - time.time() % STEP_S) < 5:
            await asyncio.sleep(left_s)  # The oldest step must not leave the window on the way.
        while (step := max(self._used + 1, self._present() - 1)) > self._present() + 1:
            await asyncio.sleep(0.5)
        self._used = step
        return pyotp.TOTP(self.secret).generate_otp(step)

    @staticmethod
    def _present() -> int:
        return int(time.time()) // STEP_S


async def registered(server: Server) -> Client:
    person = Client(server.base_url)
    await person.register()
    return person


async def enabled(person: Client) -> tuple[Authenticator, list[str]]:
    """An enabled second factor: the app, and the recovery codes."""
    status, begun = await person.call("POST", "/auth/totp")
    assert status == 200, begun
    app = Authenticator(begun["secret"])
    status, confirmed = await person.call("POST", "/auth/totp/confirm", {"code": await app.code()})
    assert status == 200, confirmed
    return app, confirmed["recovery_codes"]


async def challenge_of(person: Client, **fields: str) -> str:
    account = {"email": person.email, "password": person.password} | fields
    response = await Client(person.base_url).send("POST", "/auth/login", account)
    assert (response.status, response.code) == (401, "second_factor_required")
    assert "access_token" not in response.json
    return str(response.json["challenge"])


async def second(person: Client, challenge: str, code: str) -> tuple[int, str]:
    """Status and error code of the second step; tokens of a success become the person's."""
    body = {"challenge": challenge, "code": code}
    status, result = await Client(person.base_url).call("POST", "/auth/login/second", body)
    if status == 200:
        person.tokens = result
    return status, result.get("code", "")


@pytest.fixture
async def person(server: Server) -> Client:
    return await registered(server)


async def test_a_log_in_with_a_second_factor_takes_two_steps(person: Client) -> None:
    app, _ = await enabled(person)
    challenge = await challenge_of(person, device_name="tablet")
    assert await second(person, challenge, await app.code()) == (200, "")
    assert (await person.call("GET", "/sync/pull"))[0] == 200
    sessions = (await person.call("GET", "/auth/sessions"))[1]["sessions"]
    assert [it["device_name"] for it in sessions if it["current"]] == ["tablet"]


async def test_without_a_second_factor_a_log_in_takes_one_step(person: Client) -> None:
    assert (await person.call("GET", "/auth/totp"))[1] == {
        "enabled": False,
        "recovery_codes_left": 0,
    }
    await person.call("POST", "/auth/totp")
    await person.login()


async def test_the_uri_is_what_authenticator_apps_take(person: Client) -> None:
    begun = (await person.call("POST", "/auth/totp"))[1]
    parsed = pyotp.parse_uri(begun["uri"])
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.issuer, parsed.name.lower()) == (
        begun["secret"],
        "TrackForge",
        person.email.lower(),
    )


async def test_a_code_works_once_also_at_once(person: Client) -> None:
    app, _ = await enabled(person)
    challenge, code = await challenge_of(person), await app.code()
    outcomes = await asyncio.gather(*(second(person, challenge, code) for _ in range(5)))
    assert sorted(outcomes) == [(200, ""), *[(401, "invalid_code")] * 4]
    assert await second(person, await challenge_of(person), code) == (401, "invalid_code")


async def test_the_code_that_confirms_logs_nobody_in(person: Client) -> None:
    secret = (await person.call("POST", "/auth/totp"))[1]["secret"]
    code = pyotp.TOTP(secret).now()
    assert (await person.call("POST", "/auth/totp/confirm", {"code": code}))[0] == 200
    assert await second(person, await challenge_of(person), code) == (401, "invalid_code")


async def test_a_recovery_code_works_once_in_any_spelling(person: Client) -> None:
    _, codes = await enabled(person)
    assert len(set(codes)) == 10
    spelt = codes[0].upper().replace("-", " ")
    assert await second(person, await challenge_of(person), spelt) == (200, "")
    assert await second(person, await challenge_of(person), codes[0]) == (401, "invalid_code")
    assert (await person.call("GET", "/auth/totp"))[1] == {
        "enabled": True,
        "recovery_codes_left": 9,
    }


async def test_new_recovery_codes_make_the_earlier_ones_void(person: Client) -> None:
    app, old = await enabled(person)
    body = {"code": await app.code()}
    status, renewed = await person.call("POST", "/auth/totp/recovery-codes", body)
    assert status == 200
    new = renewed["recovery_codes"]
    assert len({*old, *new}) == 20
    assert await second(person, await challenge_of(person), old[0]) == (401, "invalid_code")
    assert await second(person, await challenge_of(person), new[0]) == (200, "")


@pytest.mark.parametrize("code", ["", "0", "abcdef", "१२३४५६", "1234567", "-" * 64, "\0" * 6])
async def test_a_code_that_is_none_is_rejected(person: Client, code: str) -> None:
    await enabled(person)
    assert await second(person, await challenge_of(person), code) == (401, "invalid_code")
    response = await person.send("DELETE", "/auth/totp", {"code": code})
    assert (response.status, response.code) == (401, "invalid_code")


async def test_a_removed_factor_is_asked_for_no_more(person: Client) -> None:
    app, codes = await enabled(person)
    challenge = await challenge_of(person)
    assert (await person.call("DELETE", "/auth/totp", {"code": await app.code()}))[0] == 204
    await person.login()
    assert await second(person, challenge, codes[0]) == (401, "invalid_challenge")
    body = {"code": codes[0]}
    status, problem = await person.call("DELETE", "/auth/totp", body)
    assert (status, problem["code"]) == (409, "second_factor_missing")
    await enabled(person)


async def test_an_enabled_factor_is_not_replaced(person: Client) -> None:
    app, _ = await enabled(person)
    status, problem = await person.call("POST", "/auth/totp")
    assert (status, problem["code"]) == (409, "second_factor_exists")
    body = {"code": await app.code()}
    status, problem = await person.call("POST", "/auth/totp/confirm", body)
    assert (status, problem["code"]) == (409, "second_factor_exists")


async def test_nothing_is_confirmed_before_it_was_begun(person: Client) -> None:
    status, problem = await person.call("POST", "/auth/totp/confirm", {"code": "123456"})
    assert (status, problem["code"]) == (409, "second_factor_missing")


async def test_a_wrong_code_enables_nothing(person: Client) -> None:
    secret = (await person.call("POST", "/auth/totp"))[1]["secret"]
    far = pyotp.TOTP(secret).at(int(time.time()) + 20 * STEP_S)
    status, problem = await person.call("POST", "/auth/totp/confirm", {"code": far})
    assert (status, problem["code"]) == (401, "invalid_code")
    await person.login()


async def test_enabling_ends_all_other_sessions(person: Client) -> None:
    tablet = Client(person.base_url)
    tablet.email = person.email
    await tablet.login()
    await enabled(person)
    assert (await tablet.call("GET", "/users/me"))[0] == 401
    assert (await tablet.refresh(tablet.tokens["refresh_token"]))[0] == 401
    assert (await person.call("GET", "/users/me"))[0] == 200


async def test_a_stolen_session_enables_no_factor_of_the_thief(person: Client, pool: Pool) -> None:
    secret = (await person.call("POST", "/auth/totp"))[1]["secret"]
    await pool.execute(
        "UPDATE token_families SET created_at = created_at - interval '16 minutes' "
        "WHERE user_id = $1",
        person.user_id,
    )
    person.tokens = (await person.refresh(person.tokens["refresh_token"]))[1]
    code = {"code": pyotp.TOTP(secret).now()}
    for path, body in (("/auth/totp", None), ("/auth/totp/confirm", code)):
        status, problem = await person.call("POST", path, body)
        assert (status, problem["code"]) == (403, "recent_login_required")


async def test_wrong_codes_are_limited_and_counted_together(config: Config) -> None:
    async with running(config.changed(rate_limit_second_factor=Limit(3, 60))) as server:
        person = await registered(server)
        app, _ = await enabled(person)
        challenge = await challenge_of(person)
        guesses = [await second(person, challenge, f"00000{n}") for n in range(2)]
        assert guesses == [(401, "invalid_code")] * 2
        assert await second(person, challenge, await app.code()) == (200, "")
        assert (await person.call("DELETE", "/auth/totp", {"code": "000003"}))[0] == 401
        # A new challenge and another session bring no further guesses.
        challenge = await challenge_of(person)
        assert await second(person, challenge, await app.code()) == (429, "rate_limited")
        assert (await person.call("DELETE", "/auth/totp", {"code": "000004"}))[0] == 429


def _foreign(config: Config, person: Client, stored: str) -> list[str]:
    """Challenges that must not be accepted, of somebody who knows how they are made."""
    right = new_challenge(person.user_id, None, stored)
    now = int(time.time())
    keys = config.auth.secret_keys
    payload = {"sub": person.user_id, "state": right.state, "device": None, "exp": now + 300}
    payload |= {"jti": right.id}
    key_id, key = next(iter(keys.items()))
    return [
        "",
        "x.y.z",
        person.tokens["access_token"],
        person.tokens["refresh_token"],
        challenge_token(right, {key_id: os.urandom(32)}, now),
        challenge_token(right, {"other": key}, now),
        challenge_token(right, keys, now - 301),
        challenge_token(replace(right, state=state_of("older")), keys, now),
        challenge_token(replace(right, user_id="0" * 8 + person.user_id[8:]), keys, now),
        challenge_token(replace(right, user_id="nobody"), keys, now),
        jwt.encode(payload, key, "HS256", headers={"kid": key_id}),
        jwt.encode(payload, "", "none", headers={"kid": key_id, "typ": "challenge+jwt"}),
        jwt.encode(
            {n: payload[n] for n in ("jti", "sub", "state", "device")},
            key, "HS256", headers={"kid": key_id, "typ": "challenge+jwt"},
        ),
    ]  # fmt: skip


async def test_a_forged_or_expired_challenge_is_rejected(
    person: Client, config: Config, pool: Pool
) -> None:
    _, codes = await enabled(person)
    stored = await pool.fetchval("SELECT password_hash FROM users WHERE id = $1", person.user_id)
    for challenge in _foreign(config, person, stored):
        assert await second(person, challenge, codes[0]) == (401, "invalid_challenge"), challenge
    genuine = new_challenge(person.user_id, None, stored)
    right = challenge_token(genuine, config.auth.secret_keys, int(time.time()))
    bearer = {"Authorization": f"Bearer {right}"}
    assert (await Client(person.base_url).call("GET", "/users/me", **bearer))[0] == 401
    assert await second(person, right, codes[0]) == (200, "")


async def test_a_changed_password_makes_a_challenge_void(person: Client) -> None:
    app, _ = await enabled(person)
    challenge = await challenge_of(person)
    change = {"password": person.password, "new_password": "staple battery horse"}
    assert (await person.call("PUT", "/users/me/password", change))[0] == 204
    assert await second(person, challenge, await app.code()) == (401, "invalid_challenge")


async def test_an_account_that_is_disabled_between_the_steps_stays_out(
    person: Client, pool: Pool
) -> None:
    app, _ = await enabled(person)
    challenge = await challenge_of(person)
    await pool.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.user_id)
    assert await second(person, challenge, await app.code()) == (403, "account_disabled")


async def test_nothing_that_is_stored_gives_a_code(person: Client, pool: Pool) -> None:
    app, codes = await enabled(person)
    stored = await pool.fetchrow("SELECT * FROM totp WHERE user_id = $1", person.user_id)
    hashes = await pool.fetch("SELECT hash FROM recovery_codes WHERE user_id = $1", person.user_id)
    assert stored is not None
    dump = str(dict(stored)) + str([dict(row) for row in hashes])
    assert app.secret not in dump
    assert app.secret.encode() not in stored["secret"]
    assert not any(code in dump or normal_code(code) in dump for code in codes)


async def test_a_secret_moved_to_another_user_is_worthless(server: Server, pool: Pool) -> None:
    ann, bob = await registered(server), await registered(server)
    app, _ = await enabled(ann)
    await enabled(bob)
    await pool.execute(
        "UPDATE totp SET secret = (SELECT secret FROM totp WHERE user_id = $1), used_step = 0 "
        "WHERE user_id = $2",
        ann.user_id, bob.user_id,
    )  # fmt: skip
    assert await second(bob, await challenge_of(bob), await app.code()) == (401, "invalid_code")


async def test_keys_are_rotated_without_losing_a_factor(config: Config, pool: Pool) -> None:
    async with running(config) as server:
        person = await registered(server)
        app, codes = await enabled(person)
    rotated = config.changed(secret_keys={"new": os.urandom(32), **config.auth.secret_keys})
    async with running(rotated) as server:
        person.base_url = server.base_url
        assert await second(person, await challenge_of(person), await app.code()) == (200, "")
    await encrypt_again(pool, rotated)
    await pool.execute("UPDATE totp SET used_step = 0 WHERE user_id = $1", person.user_id)
    latest = config.changed(secret_keys={"new": rotated.auth.secret_keys["new"]})
    async with running(latest) as server:
        person.base_url = server.base_url
        code = pyotp.TOTP(app.secret).now()
        assert await second(person, await challenge_of(person), code) == (200, "")
    # With the key lost, the recovery codes remain.
    async with running(config.changed(secret_keys={"lost": os.urandom(32)})) as server:
        person.base_url = server.base_url
        code = pyotp.TOTP(app.secret).at(int(time.time()) + STEP_S)
        assert await second(person, await challenge_of(person), code) == (401, "invalid_code")
        assert await second(person, await challenge_of(person), codes[0]) == (200, "")


async def test_staff_has_the_scopes_of_a_user_without_a_second_factor(
    config: Config, pool: Pool
) -> None:
    demanding = config.changed(second_factor="staff")
    async with running(demanding) as server:
        user, staff = await registered(server), await registered(server)
        await grant(pool, config, staff.email, "support", datetime.now(UTC))
        await staff.login()
        find = f"/support/users?email={user.email}"
        status, problem = await staff.call("GET", find)
        assert (status, problem["code"]) == (403, "second_factor_not_proven")
        assert (await staff.call("GET", "/sync/pull"))[0] == 200
        app, _ = await enabled(staff)
        staff.tokens = (await staff.refresh(staff.tokens["refresh_token"]))[1]
        assert (await staff.call("GET", find))[0] == 200
        assert await second(staff, await challenge_of(staff), await app.code()) == (200, "")
        assert (await staff.call("GET", find))[0] == 200
        # A session stops being trusted with the factor that it proved.
        assert (await staff.call("DELETE", "/auth/totp", {"code": await app.code()}))[0] == 204
        staff.tokens = (await staff.refresh(staff.tokens["refresh_token"]))[1]
        assert (await staff.call("GET", find))[0] == 403
        status, problem = await user.call("GET", find)
        assert (status, problem["code"]) == (403, "forbidden")


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with open_mailbox() as opened:
        yield opened


async def test_changes_of_the_factor_send_notices_and_are_audited(
    config: Config, mailbox: Mailbox, pool: Pool
) -> None:
    async with running(config.changed(smtp_url=mailbox.url)) as server:
        person = await registered(server)
        _, codes = await enabled(person)
        await mailbox.wait_for("second factor was added", person.email)
        assert await second(person, await challenge_of(person), codes[0]) == (200, "")
        await mailbox.wait_for("recovery code was used", person.email)
        assert (await person.call("DELETE", "/auth/totp", {"code": codes[1]}))[0] == 204
        await mailbox.wait_for("second factor was removed", person.email)
        sent = str([str(message) for message in mailbox.messages])
        assert not any(code in sent for code in codes)
    acts = await pool.fetch(
        "SELECT action FROM audit WHERE user_id = $1 ORDER BY created_at", person.user_id
    )
    expected = {"second_factor_enabled", "recovery_code_used", "second_factor_disabled"}
    assert {row["action"] for row in acts} >= expected


async def test_a_reset_password_does_not_bypass_the_second_factor(
    config: Config, mailbox: Mailbox
) -> None:
    async with running(config.changed(smtp_url=mailbox.url)) as server:
        person = await registered(server)
        await enabled(person)
        forgotten = {"email": person.email}
        assert (await person.call("POST", "/auth/password/forgot", forgotten))[0] == 202
        token = token_of(await mailbox.wait_for("password", person.email))
        person.password = "staple battery horse"
        reset = {"token": token, "password": person.password}
        assert (await person.call("POST", "/auth/password/reset", reset))[0] == 204
        assert await challenge_of(person)


async def test_the_factor_is_part_of_the_export_without_its_secret(person: Client) -> None:
    app, codes = await enabled(person)
    lines = (await person.send("GET", "/users/me/export")).body.decode()
    assert '"kind":"second_factor"' in lines
    assert '"recovery_codes_left":10' in lines
    assert app.secret not in lines
    assert codes[0] not in lines


def test_a_step_is_accepted_within_its_window_and_never_again() -> None:
    secret, now = pyotp.random_base32(), 1_795_399_906
    totp, present = pyotp.TOTP(secret), now // STEP_S
    for offset in (-2, -1, 0, 1, 2):
        step = present + offset
        found = matching_step(secret, totp.generate_otp(step), now, 0)
        assert found == (step if abs(offset) <= 1 else None)
        assert matching_step(secret, totp.generate_otp(step), now, step) is None
