"""Passkeys as a second factor: added, proven at log-in, removed."""

import asyncio
import random
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest

from sync_server.auth.passkeys import MAX_PASSKEYS
from sync_server.config.passkey_origins import PasskeyOrigins
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.security.passkeys import RelyingParty
from sync_server.store.postgres import Pool
from sync_server.support.roles import grant
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.authenticator import SoftAuthenticator, b64, unb64
from tests.support.client import Client, Json
from tests.support.mailbox import open_mailbox

Outcome = tuple[int, str]


@pytest.fixture
def config(config: Config) -> Config:
    """With the passkeys of `make serve`."""
    return with_passkeys(config)


def with_passkeys(config: Config, **changes: Any) -> Config:
    origins = PasskeyOrigins(("http://localhost:*",))
    return config.changed(passkey_rp_id="localhost", passkey_origins=origins, **changes)


@pytest.fixture
async def person(server: Server) -> Client:
    somebody = Client(server.base_url)
    await somebody.register()
    return somebody


async def add(person: Client, key: SoftAuthenticator, **changes: Any) -> tuple[int, Json]:
    """Status and JSON of adding a passkey."""
    status, options = await person.call("POST", "/auth/passkeys/options")
    assert status == 200, options
    body = {"name": "key", "credential": key.create(options, **changes)}
    return await person.call("POST", "/auth/passkeys/confirm", body)


async def added(person: Client, **fields: Any) -> tuple[SoftAuthenticator, Json]:
    key = SoftAuthenticator(**fields)
    status, confirmed = await add(person, key)
    assert status == 201, confirmed
    return key, confirmed


async def challenged(person: Client) -> Json:
    """Problem document of a log-in that needs the second factor."""
    account = {"email": person.email, "password": person.password}
    response = await Client(person.base_url).send("POST", "/auth/login", account)
    assert (response.status, response.code) == (401, "second_factor_required")
    problem: Json = response.json
    return problem


async def prove(person: Client, problem: Json, **response: Any) -> Outcome:
    """Status and code of the second step; tokens of a success become the person's."""
    body = {"challenge": problem["challenge"], **response}
    status, result = await Client(person.base_url).call("POST", "/auth/login/second", body)
    if status == 200:
        person.tokens = result
    return status, result.get("code", "")


async def test_a_log_in_with_a_passkey_takes_two_steps(person: Client) -> None:
    key, confirmed = await added(person)
    assert len(confirmed["recovery_codes"]) == 10
    problem = await challenged(person)
    assert problem["methods"] == ["passkey", "recovery_code"]
    assert await prove(person, problem, credential=key.get(problem["passkey_options"])) == (200, "")
    status, listed = await person.call("GET", "/auth/passkeys")
    assert (status, listed["recovery_codes_left"]) == (200, 10)
    [passkey] = listed["passkeys"]
    assert (passkey["id"], passkey["name"]) == (confirmed["id"], "key")
    assert passkey["last_used_at"] >= passkey["created_at"]


async def test_an_authenticator_without_a_counter_works_again_and_again(person: Client) -> None:
    key, _ = await added(person, counts=False)
    for _ in range(2):
        problem = await challenged(person)
        response = key.get(problem["passkey_options"])
        assert await prove(person, problem, credential=response) == (200, "")


async def test_a_first_passkey_ends_all_other_sessions_a_further_one_none(person: Client) -> None:
    tablet = Client(person.base_url)
    tablet.email = person.email
    await tablet.login()
    key, _ = await added(person)
    assert (await tablet.call("GET", "/users/me"))[0] == 401
    problem = await challenged(person)
    response = key.get(problem["passkey_options"])
    assert await prove(tablet, problem, credential=response) == (200, "")
    _, further = await added(person)
    assert further["recovery_codes"] == []
    assert (await tablet.call("GET", "/users/me"))[0] == 200


async def test_a_challenge_and_its_response_work_once_also_at_once(person: Client) -> None:
    key, confirmed = await added(person, counts=False)
    problem = await challenged(person)
    response = key.get(problem["passkey_options"])
    outcomes = await asyncio.gather(
        *(prove(person, problem, credential=response) for _ in range(5))
    )
    assert sorted(outcomes) == [(200, ""), *[(401, "invalid_challenge")] * 4]
    code = confirmed["recovery_codes"][0]
    assert await prove(person, problem, code=code) == (401, "invalid_challenge")
    # The rejected attempt used up nothing.
    assert await prove(person, await challenged(person), code=code) == (200, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"challenge": b64(b"-" * 32)},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example:80"},
        {"origin": "https://localhost"},
        {"rp_id": "evil.example"},
        {"kind": "webauthn.create"},
        {"present": False},
        {"sign": b"something else"},
    ],
    ids=str,
)
async def test_a_false_response_logs_nobody_in(person: Client, changes: Json) -> None:
    key, _ = await added(person)
    problem = await challenged(person)
    false = key.get(problem["passkey_options"], **changes)
    assert await prove(person, problem, credential=false) == (401, "invalid_passkey")
    # The challenge is still good for a true one.
    true = key.get(problem["passkey_options"])
    assert await prove(person, problem, credential=true) == (200, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"challenge": b64(b"-" * 56)},
        {"challenge": ""},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"kind": "webauthn.get"},
        {"present": False},
    ],
    ids=str,
)
async def test_a_false_registration_adds_nothing(person: Client, changes: Json) -> None:
    status, problem = await add(person, SoftAuthenticator(), **changes)
    assert (status, problem["code"]) == (401, "invalid_passkey")
    assert (await person.call("GET", "/auth/passkeys"))[1]["passkeys"] == []
    await person.login()


async def test_a_copied_authenticator_is_noticed_by_its_counter(person: Client) -> None:
    key, _ = await added(person)
    problem = await challenged(person)
    key.signatures = 7
    response = key.get(problem["passkey_options"])
    assert await prove(person, problem, credential=response) == (200, "")
    key.signatures = 3
    problem = await challenged(person)
    response = key.get(problem["passkey_options"])
    assert await prove(person, problem, credential=response) == (401, "invalid_passkey")


async def test_options_are_of_their_user_and_for_five_minutes(
    server: Server, person: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, key = Client(server.base_url), SoftAuthenticator()
    await other.register()
    options = (await other.call("POST", "/auth/passkeys/options"))[1]
    body = {"credential": key.create(options)}
    status, problem = await person.call("POST", "/auth/passkeys/confirm", body)
    assert (status, problem["code"]) == (401, "invalid_passkey")
    monkeypatch.setattr("sync_server.security.passkey_challenges.LIFETIME_S", 0)
    status, problem = await add(person, key)
    assert (status, problem["code"]) == (401, "invalid_passkey")


async def test_an_account_has_a_passkey_once(server: Server, person: Client) -> None:
    other, (key, _) = Client(server.base_url), await added(person)
    await other.register()
    status, problem = await add(person, key)
    assert (status, problem["code"]) == (409, "passkey_exists")
    # A second factor proves nothing of other accounts: theirs are not looked at.
    status, _ = await add(other, key)
    assert status == 201
    options = (await person.call("POST", "/auth/passkeys/options"))[1]
    assert [it["id"] for it in options["excludeCredentials"]] == [b64(key.credential_id)]


async def test_a_passkey_of_another_user_proves_nothing(server: Server, person: Client) -> None:
    thief = Client(server.base_url)
    await thief.register()
    own, _ = await added(thief)
    await added(person)
    problem = await challenged(person)
    options = problem["passkey_options"]
    options["allowCredentials"].append({"id": b64(own.credential_id)})
    response = own.get(options)
    assert await prove(person, problem, credential=response) == (401, "invalid_passkey")


async def test_a_removed_passkey_is_asked_for_no_more(person: Client) -> None:
    key, first = await added(person)
    _, second = await added(person)
    problem = await challenged(person)
    assert (await person.call("DELETE", f"/auth/passkeys/{first['id']}"))[0] == 204
    response = key.get(problem["passkey_options"])
    assert await prove(person, problem, credential=response) == (401, "invalid_passkey")
    assert (await person.call("DELETE", f"/auth/passkeys/{second['id']}"))[0] == 204
    code = first["recovery_codes"][0]
    assert await prove(person, problem, code=code) == (401, "invalid_challenge")
    await person.login()
    for id in (first["id"], "nonsense", "00000000-0000-4000-8000-000000000000"):
        assert (await person.call("DELETE", f"/auth/passkeys/{id}"))[0] == 404


async def test_passkeys_and_an_app_stand_beside_each_other(person: Client) -> None:
    key, confirmed = await added(person)
    secret = (await person.call("POST", "/auth/totp"))[1]["secret"]
    body = {"code": pyotp.TOTP(secret).now()}
    status, renewed = await person.call("POST", "/auth/totp/confirm", body)
    assert status == 200
    problem = await challenged(person)
    assert problem["methods"] == ["totp", "passkey", "recovery_code"]
    old, new = confirmed["recovery_codes"][0], renewed["recovery_codes"]
    assert await prove(person, problem, code=old) == (401, "invalid_code")
    assert (await person.call("DELETE", "/auth/totp", {"code": new[0]}))[0] == 204
    # The passkey is left, and so are the recovery codes.
    assert await prove(person, problem, code=new[1]) == (200, "")
    status, rejected = await person.call("DELETE", "/auth/totp", {"code": new[2]})
    assert (status, rejected["code"]) == (409, "second_factor_missing")
    problem = await challenged(person)
    assert problem["methods"] == ["passkey", "recovery_code"]
    response = key.get(problem["passkey_options"])
    assert await prove(person, problem, credential=response) == (200, "")
    status, codes = await person.call("POST", "/auth/totp/recovery-codes", {"code": new[2]})
    assert (status, len(codes["recovery_codes"])) == (200, 10)


async def test_a_stolen_session_changes_no_passkeys(person: Client, pool: Pool) -> None:
    _, confirmed = await added(person)
    await pool.execute(
        "UPDATE token_families SET created_at = created_at - interval '16 minutes' "
        "WHERE user_id = $1",
        person.user_id,
    )
    body = {"credential": {"id": "AQ"}}
    for method, path, sent in (
        ("POST", "/auth/passkeys/options", None),
        ("POST", "/auth/passkeys/confirm", body),
        ("DELETE", f"/auth/passkeys/{confirmed['id']}", None),
    ):
        status, problem = await person.call(method, path, sent)
        assert (status, problem["code"]) == (403, "recent_login_required")


async def test_staff_may_prove_a_passkey(config: Config, pool: Pool) -> None:
    async with running(config.changed(second_factor="staff")) as server:
        user, staff = Client(server.base_url), Client(server.base_url)
        await user.register()
        await staff.register()
        await grant(pool, config, staff.email, "support", datetime.now(UTC))
        await staff.login()
        find = f"/support/users?email={user.email}"
        status, problem = await staff.call("GET", find)
        assert (status, problem["code"]) == (403, "second_factor_not_proven")
        key, confirmed = await added(staff)
        staff.tokens = (await staff.refresh(staff.tokens["refresh_token"]))[1]
        assert (await staff.call("GET", find))[0] == 200
        problem = await challenged(staff)
        response = key.get(problem["passkey_options"])
        assert await prove(staff, problem, credential=response) == (200, "")
        assert (await staff.call("GET", find))[0] == 200
        assert (await staff.call("DELETE", f"/auth/passkeys/{confirmed['id']}"))[0] == 204
        staff.tokens = (await staff.refresh(staff.tokens["refresh_token"]))[1]
        assert (await staff.call("GET", find))[0] == 403


async def test_false_responses_are_limited_with_wrong_codes(config: Config) -> None:
    async with running(config.changed(rate_limit_second_factor=Limit(3, 60))) as server:
        person = Client(server.base_url)
        await person.register()
        key, _ = await added(person)
        problem = await challenged(person)
        options = problem["passkey_options"]
        for _ in range(2):
            false = key.get(options, sign=b"something else")
            assert await prove(person, problem, credential=false) == (401, "invalid_passkey")
        assert await prove(person, problem, code="000000") == (401, "invalid_code")
        true = key.get(options)
        assert await prove(person, problem, credential=true) == (429, "rate_limited")


async def test_an_account_has_a_bounded_number_of_passkeys(person: Client) -> None:
    for _ in range(MAX_PASSKEYS):
        await added(person)
    status, problem = await person.call("POST", "/auth/passkeys/options")
    assert (status, problem["code"]) == (413, "quota_exceeded")


async def test_without_a_domain_there_are_no_passkeys(config: Config) -> None:
    async with running(config) as server:
        person = Client(server.base_url)
        await person.register()
        _, confirmed = await added(person)
    async with running(config.changed(passkey_rp_id="")) as server:
        person.base_url = server.base_url
        for path, body in (("options", None), ("confirm", {"credential": {}})):
            status, problem = await person.call("POST", f"/auth/passkeys/{path}", body)
            assert (status, problem["code"]) == (409, "passkeys_unavailable")
        problem = await challenged(person)
        assert problem["methods"] == ["recovery_code"]
        assert "passkey_options" not in problem
        assert await prove(person, problem, code=confirmed["recovery_codes"][0]) == (200, "")


async def test_either_a_code_or_a_credential_is_sent(person: Client) -> None:
    key, _ = await added(person)
    problem = await challenged(person)
    assert (await prove(person, problem))[0] == 422
    both = {"code": "1", "credential": key.get(problem["passkey_options"])}
    assert (await prove(person, problem, **both))[0] == 422


def damaged(credential: Json, chance: random.Random) -> Json:
    """The credential with one text changed: shortened, with a flipped bit, or of another type."""
    credential = credential | {"response": dict(credential["response"])}
    where = chance.choice([credential, credential["response"]])
    name = chance.choice([it for it in where if it != "response"])
    raw = bytearray(unb64(str(where[name]))) if isinstance(where[name], str) else bytearray(b"x")
    match chance.randrange(5):
        case 0:
            where[name] = b64(bytes(raw[: chance.randrange(len(raw) + 1)]))
        case 1 | 2:
            at = chance.randrange(len(raw)) if raw else 0
            raw[at : at + 1] = bytes([chance.randrange(256)])
            where[name] = urlsafe_b64encode(bytes(raw)).decode()
        case 3:
            where[name] = chance.choice([None, 1, [], {}, "\ud7ff", "=", "\0"])
        case 4:
            del where[name]
    return credential


async def test_damaged_responses_are_rejected_and_never_an_error(person: Client) -> None:
    chance, key = random.Random(1), SoftAuthenticator()
    options = (await person.call("POST", "/auth/passkeys/options"))[1]
    statuses = set()
    for _ in range(150):
        body = {"credential": damaged(key.create(options), chance)}
        response = await person.send("POST", "/auth/passkeys/confirm", body)
        statuses.add(response.status)
    assert statuses <= {201, 401, 409, 422}
    assert 401 in statuses


async def test_damaged_proofs_are_rejected_and_never_an_error(config: Config) -> None:
    async with running(config.changed(rate_limit_second_factor=Limit(0, 1))) as server:
        person, chance = Client(server.base_url), random.Random(2)
        await person.register()
        key, _ = await added(person, counts=False)
        problem = await challenged(person)
        statuses = set()
        for _ in range(150):
            response = damaged(key.get(problem["passkey_options"]), chance)
            status, _ = await prove(person, problem, credential=response)
            statuses.add(status)
            if status == 200:  # What was damaged is not looked at.
                problem = await challenged(person)
        assert statuses <= {200, 401, 422}
        assert 401 in statuses


async def test_changes_send_notices_and_are_audited_and_exported(
    config: Config, pool: Pool
) -> None:
    async with open_mailbox() as mailbox, running(config.changed(smtp_url=mailbox.url)) as server:
        person = Client(server.base_url)
        await person.register()
        key, confirmed = await added(person)
        await mailbox.wait_for("passkey was added", person.email)
        lines = (await person.send("GET", "/users/me/export")).body.decode()
        assert '"kind":"passkey"' in lines
        assert b64(key.credential_id) not in lines
        assert (await person.call("DELETE", f"/auth/passkeys/{confirmed['id']}"))[0] == 204
        await mailbox.wait_for("passkey was removed", person.email)
    acts = await pool.fetch("SELECT action FROM audit WHERE user_id = $1", person.user_id)
    expected = {"passkey_added", "passkey_removed", "second_factor_disabled"}
    assert {row["action"] for row in acts} >= expected


@pytest.mark.parametrize(
    ("origins", "origin", "accepted"),
    [
        ((), "https://example.com", True),
        ((), "http://example.com", False),
        ((), "https://app.example.com", False),
        (("https://app.example.com",), "https://app.example.com", True),
        (("https://app.example.com",), "https://example.com", False),
        (("http://localhost:*",), "http://localhost:5173", True),
        (("http://localhost:*",), "http://localhost", False),
        (("http://localhost:*",), "http://localhost:5173.evil.example", False),
        (("android:apk-key-hash:abc",), "android:apk-key-hash:abc", True),
    ],
)
def test_the_origins_that_count(origins: tuple[str, ...], origin: str, accepted: bool) -> None:
    assert RelyingParty("example.com", origins).accepts(origin) is accepted
