"""Sign-in with an OpenID Connect provider: true tokens, false ones, new accounts and links."""

import asyncio
import datetime
import hashlib
import hmac
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync_server.auth import identity_queries
from sync_server.config.oidc_providers import (
    ClientSecrets,
    OidcProvider,
    parse_client_secrets,
    parse_oidc_providers,
)
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.security.id_tokens import IdTokenClaims
from sync_server.store.postgres import POOL, Pool, transaction
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.support.client import Client, Json, Response
from tests.support.oidc_provider import CLIENT_ID, Provider, SigningKey, new_key, open_provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with open_provider() as opened:
        yield opened


@pytest.fixture
def signing_in(config: Config, provider: Provider) -> Config:
    """Settings with the provider, and a second client id for the web."""
    return config.changed(
        oidc_providers=(OidcProvider("test", provider.issuer, (CLIENT_ID, "web-client")),)
    )


@pytest.fixture
async def server(signing_in: Config) -> AsyncIterator[Server]:
    async with running(signing_in) as started:
        yield started


@dataclass
class Person:
    """Subject at the provider with an own address."""

    server: Server
    provider: Provider
    subject: str
    email: str

    def token(self, **changes: Any) -> str:
        claims = {"sub": self.subject, "email": self.email} | changes
        return self.provider.token(**claims)

    async def send(self, token: str | None = None, **fields: Any) -> Response:
        body = {"provider": "test", "id_token": token or self.token(), "nonce": "nonce-1"}
        body = {name: value for name, value in (body | fields).items() if value is not None}
        return await Client(self.server.base_url).send("POST", "/auth/oidc", body)

    async def client(self) -> Client:
        response = await self.send()
        assert response.status == 200, response
        client = Client(self.server.base_url)
        client.email, client.tokens = self.email, response.json
        return client


@pytest.fixture
def person(server: Server, provider: Provider) -> Person:
    return Person(server, provider, uuid.uuid4().hex, f"{uuid.uuid4()}@example.com")


async def test_an_unknown_identity_gets_an_account_and_later_the_same_one(person: Person) -> None:
    first = await person.client()
    me = (await first.call("GET", "/users/me"))[1]
    assert (me["email"], me["email_verified"]) == (person.email, True)
    second = await person.client()
    assert second.user_id == first.user_id
    # The address at the provider may change, the subject does not.
    response = await person.send(person.token(email="another@example.com"))
    assert response.status == 200


async def test_a_device_gets_its_name(person: Person) -> None:
    response = await person.send(device_name="Ann's phone")
    client = await person.client()
    assert response.status == 200
    sessions = (await client.call("GET", "/auth/sessions"))[1]["sessions"]
    assert {it["device_name"] for it in sessions} == {"Ann's phone", None}


async def test_the_same_token_sent_at_once_makes_one_account(person: Person) -> None:
    token = person.token()
    responses = await asyncio.gather(*(person.send(token) for _ in range(5)))
    assert {it.status for it in responses} == {200}
    claims = [Client(person.server.base_url) for _ in responses]
    for client, response in zip(claims, responses, strict=True):
        client.tokens = response.json
    assert len({client.user_id for client in claims}) == 1


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256"])
async def test_public_key_algorithms_are_accepted(person: Person, algorithm: str) -> None:
    person.provider.rotate(algorithm)
    assert (await person.send()).status == 200


def false_tokens() -> dict[str, Callable[[Person], str]]:
    now = int(time.time())
    stranger, short = new_key(), new_key(bits=1024)

    def with_public_key_as_secret(person: Person) -> str:
        public = person.provider.keys[0].private.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        header = {"alg": "HS256", "kid": person.provider.keys[0].id}
        signed = person.provider.unsigned(header, sub=person.subject, email=person.email)[:-1]
        digest = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{urlsafe_b64encode(digest).decode().rstrip('=')}"

    def of_a_short_key(person: Person) -> str:
        person.provider.keys.append(short)
        return _signed(person, {}, short)

    def with_an_embedded_key(person: Person) -> str:
        return person.token(key=stranger, header={"jwk": stranger.jwk})

    def with_a_changed_payload(person: Person) -> str:
        head, _, signature = person.token().split(".")
        return f"{head}.{person.token(sub='somebody else').split('.')[1]}.{signature}"

    def with_none(person: Person) -> str:
        return person.provider.unsigned({"alg": "none"}, sub=person.subject, email=person.email)

    def signed_for_another_algorithm(person: Person) -> str:
        return person.token(header={"alg": "RS512"})

    claims: dict[str, Json] = {
        "aud of another app": {"aud": "com.example.other"},
        "aud with another app": {"aud": [CLIENT_ID, "com.example.other"], "azp": CLIENT_ID},
        "two aud without azp": {"aud": [CLIENT_ID, "web-client"]},
        "no aud at all": {"aud": []},
        "aud missing": {"aud": None},
        "azp of another app": {"azp": "com.example.other"},
        "iss of another provider": {"iss": "https://accounts.example.com"},
        "iss with a slash more": {"iss": "http://127.0.0.1/"},
        "iss missing": {"iss": None},
        "expired": {"exp": now - 61, "iat": now - 600},
        "exp missing": {"exp": None},
        "exp as text": {"exp": str(now + 600)},
        "of the future": {"iat": now + 3600, "exp": now + 7200},
        "not yet valid": {"nbf": now + 3600},
        "issued long ago": {"iat": now - 3700},
        "iat missing": {"iat": None},
        "another nonce": {"nonce": "nonce-2"},
        "nonce missing": {"nonce": None},
        "nonce as a number": {"nonce": 1},
        "sub missing": {"sub": None},
        "sub empty": {"sub": ""},
        "sub as a number": {"sub": 7},
        "sub too long": {"sub": "x" * 256},
    }

    def liar(changes: Json) -> Callable[[Person], str]:
        return lambda person: _signed(person, changes)

    return {
        "HS256 with the public key": with_public_key_as_secret,
        "alg none": with_none,
        "a key of somebody else": lambda person: person.token(key=stranger),
        "a key of somebody else under a known id": lambda person: person.token(
            key=replace(stranger, id=person.provider.keys[0].id)
        ),
        "a key in the header": with_an_embedded_key,
        "a key that is too short": of_a_short_key,
        "a changed payload": with_a_changed_payload,
        "an algorithm that the key is not for": signed_for_another_algorithm,
        "a critical extension": lambda person: person.token(header={"crit": ["x"], "x": 1}),
        "no token": lambda _: "x",
        "three dots": lambda _: "...",
        "long": lambda _: "a" * 16_000,
    } | {name: liar(changes) for name, changes in claims.items()}


def _signed(person: Person, changes: Json, key: SigningKey | None = None) -> str:
    """Token with RS256, whatever its claims and its key: a library would not sign all of them."""
    key = key or person.provider.keys[0]
    claims = {"sub": person.subject, "email": person.email} | changes
    signed = person.provider.unsigned({"alg": "RS256", "kid": key.id}, **claims)[:-1]
    assert isinstance(key.private, RSAPrivateKey)
    signature = key.private.sign(signed.encode(), PKCS1v15(), SHA256())
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


FALSE_TOKENS = false_tokens()


@pytest.mark.parametrize("lie", FALSE_TOKENS)
async def test_a_false_token_signs_nobody_in(person: Person, lie: str, pool: Pool) -> None:
    response = await person.send(FALSE_TOKENS[lie](person))
    assert (response.status, response.code) == (401, "invalid_id_token")
    made = "SELECT count(*) FROM users WHERE email = $1"
    assert await pool.fetchval(made, person.email) == 0


async def test_the_way_that_false_tokens_are_signed_is_right(person: Person) -> None:
    assert (await person.send(_signed(person, {}))).status == 200
    assert (await person.send(person.token(azp="web-client"))).status == 200
    both = person.token(aud=[CLIENT_ID, "web-client"], azp=CLIENT_ID)
    assert (await person.send(both)).status == 200


async def test_the_nonce_may_be_hashed_as_apple_does(person: Person) -> None:
    hashed = hashlib.sha256(b"nonce-1").hexdigest()
    assert (await person.send(person.token(nonce=hashed))).status == 200
    assert (await person.send(person.token(nonce=hashed), nonce=hashed)).status == 200
    assert (await person.send(person.token(), nonce="nonce-2")).code == "invalid_id_token"
    assert (await person.send(person.token(nonce=""), nonce="")).code == "invalid_request"


async def test_rotated_keys_are_fetched_and_the_old_ones_forgotten(person: Person) -> None:
    old = person.provider.keys[0]
    assert (await person.send()).status == 200
    assert person.provider.requests.count("/keys") == 1
    assert (await person.send()).status == 200
    assert person.provider.requests.count("/keys") == 1
    person.provider.rotate()
    assert (await person.send()).status == 200
    assert person.provider.requests.count("/keys") == 2
    assert (await person.send(person.token(key=old))).code == "invalid_id_token"


async def test_a_key_that_changes_under_its_id_is_fetched(person: Person) -> None:
    assert (await person.send()).status == 200
    person.provider.keys = [replace(new_key(), id=person.provider.keys[0].id)]
    assert (await person.send()).status == 200


async def test_tokens_with_invented_keys_do_not_make_the_server_fetch_for_ever(
    person: Person,
) -> None:
    stranger = new_key()
    for _ in range(12):
        response = await person.send(person.token(key=stranger))
        assert response.code == "invalid_id_token"
    assert person.provider.requests.count("/keys") <= 6


async def test_keys_are_fetched_once_for_requests_that_come_at_once(person: Person) -> None:
    responses = await asyncio.gather(*(person.send() for _ in range(8)))
    assert {it.status for it in responses} == {200}
    assert person.provider.requests.count("/keys") == 1


async def test_keys_expire(signing_in: Config, person: Person) -> None:
    async with running(signing_in.changed(oidc_keys_lifetime_s=0.2)) as short:
        person.server = short
        assert (await person.send()).status == 200
        await asyncio.sleep(0.3)
        assert (await person.send()).status == 200
        assert person.provider.requests.count("/keys") == 2


async def test_a_provider_that_fails_is_a_503(person: Person) -> None:
    person.provider.failing = True
    response = await person.send()
    assert (response.status, response.code) == (503, "provider_unavailable")
    assert "Retry-After" in response.headers
    person.provider.failing = False
    assert (await person.send()).status == 200


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://accounts.example.com"},
        {"jwks_uri": "http://keys.example.com/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
async def test_a_discovery_document_that_lies_is_not_followed(
    person: Person, lie: dict[str, str | None]
) -> None:
    person.provider.document = dict(lie)
    response = await person.send()
    assert (response.status, response.code) == (503, "provider_unavailable")
    assert "/keys" not in person.provider.requests


@pytest.mark.parametrize("keys", [[], ["x"], [{"kty": "RSA"}], [{"kty": "oct", "k": "c2VjcmV0"}]])
async def test_useless_keys_sign_nobody_in(person: Person, keys: list[dict[str, str]]) -> None:
    person.provider.published = keys
    response = await person.send()
    assert (response.status, response.code) == (401, "invalid_id_token")


async def test_an_account_of_the_address_is_not_entered_but_linked_by_its_owner(
    person: Person, server: Server
) -> None:
    owner = Client(server.base_url)
    owner.email = person.email
    await owner.register()
    response = await person.send()
    assert (response.status, response.code) == (409, "email_taken")
    identity = {"provider": "test", "id_token": person.token(), "nonce": "nonce-1"}
    assert (await owner.call("POST", "/auth/oidc/identities", identity))[0] == 204
    assert (await person.client()).user_id == owner.user_id
    assert (await owner.call("POST", "/auth/oidc/identities", identity))[0] == 204
    listed = (await owner.call("GET", "/auth/oidc/identities"))[1]["identities"]
    assert [(it["provider"], it["email"]) for it in listed] == [("test", person.email)]
    assert (await owner.call("DELETE", "/auth/oidc/identities/test"))[0] == 204
    assert (await owner.call("DELETE", "/auth/oidc/identities/test"))[0] == 404
    assert (await person.send()).code == "email_taken"


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
async def test_an_address_that_is_not_vouched_for_makes_no_account(
    person: Person, verified: object
) -> None:
    response = await person.send(person.token(email_verified=verified))
    assert (response.status, response.code) == (409, "email_not_vouched")


async def test_apples_flag_is_a_text(person: Person) -> None:
    assert (await person.send(person.token(email_verified="true"))).status == 200


async def test_an_identity_is_of_one_account_and_an_account_has_one_of_a_provider(
    person: Person, server: Server
) -> None:
    await person.client()
    other = Client(server.base_url)
    await other.register()
    identity = {"provider": "test", "id_token": person.token(), "nonce": "nonce-1"}
    response = await other.send("POST", "/auth/oidc/identities", identity)
    assert (response.status, response.code) == (409, "identity_taken")
    for subject, expected in ((uuid.uuid4().hex, 204), (uuid.uuid4().hex, 409)):
        identity["id_token"] = person.token(sub=subject)
        assert (await other.call("POST", "/auth/oidc/identities", identity))[0] == expected


async def test_a_stolen_session_links_nothing(person: Person, pool: Pool) -> None:
    client = await person.client()
    await pool.execute(
        "UPDATE token_families SET created_at = created_at - interval '16 minutes' "
        "WHERE user_id = $1",
        client.user_id,
    )
    identity = {"provider": "test", "id_token": person.token(), "nonce": "nonce-1"}
    for method, path, body in (
        ("POST", "/auth/oidc/identities", identity),
        ("DELETE", "/auth/oidc/identities/test", None),
    ):
        response = await client.send(method, path, body)
        assert (response.status, response.code) == (403, "recent_login_required")


async def test_a_second_factor_is_asked_for_too(person: Person) -> None:
    client = await person.client()
    secret = (await client.call("POST", "/auth/totp"))[1]["secret"]
    code = {"code": pyotp.TOTP(secret).now()}
    codes = (await client.call("POST", "/auth/totp/confirm", code))[1]["recovery_codes"]
    response = await person.send()
    assert (response.status, response.code) == (401, "second_factor_required")
    body = {"challenge": response.json["challenge"], "code": codes[0]}
    assert (await client.call("POST", "/auth/login/second", body))[0] == 200


async def test_a_disabled_account_stays_out(person: Person, pool: Pool) -> None:
    client = await person.client()
    await pool.execute("UPDATE users SET disabled_at = now() WHERE id = $1", client.user_id)
    response = await person.send()
    assert (response.status, response.code) == (403, "account_disabled")


async def test_a_deleted_account_leaves_no_identity(person: Person, pool: Pool) -> None:
    client = await person.client()
    await pool.execute("DELETE FROM users WHERE id = $1", client.user_id)
    assert (await person.client()).user_id != client.user_id


async def test_the_account_has_no_password_until_a_mail_sets_one(person: Person) -> None:
    client = await person.client()
    for password in ("", "nonce-1", client.password):
        body = {"email": person.email, "password": password}
        assert (await client.call("POST", "/auth/login", body))[0] == 401


async def test_an_unknown_provider_is_rejected(person: Person) -> None:
    response = await person.send(provider="other")
    assert (response.status, response.code) == (422, "invalid_request")
    assert "provider" in response.json["errors"]


async def test_false_tokens_are_limited_by_address_and_true_ones_are_not(
    signing_in: Config, person: Person
) -> None:
    async with running(signing_in.changed(rate_limit_login_ip=Limit(3, 60))) as limited:
        person.server = limited
        assert [(await person.send()).status for _ in range(5)] == [200] * 5
        statuses = [(await person.send("x")).status for _ in range(4)]
        assert statuses == [401, 401, 401, 429]


async def test_identities_are_exported_and_audited(person: Person, pool: Pool) -> None:
    client = await person.client()
    lines = (await client.send("GET", "/users/me/export")).body.decode()
    assert f'"kind":"identity","provider":"test","issuer":"{person.provider.issuer}"' in lines
    acts = await pool.fetch("SELECT action FROM audit WHERE user_id = $1", client.user_id)
    assert "identity_linked" in {row["action"] for row in acts}


VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PAGE = "https://app.example.com/signed-in"


async def send_code(person: Person, code: str, **fields: Any) -> Response:
    body = {
        "provider": "test",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": PAGE,
        "nonce": "nonce-1",
    }
    return await Client(person.server.base_url).send("POST", "/auth/oidc/code", body | fields)


def granted(person: Person, **changes: Any) -> str:
    claims = {"sub": person.subject, "email": person.email} | changes
    return person.provider.grant_code(CHALLENGE, PAGE, **claims)


async def test_a_page_signs_in_with_a_code_and_its_verifier(person: Person) -> None:
    code = granted(person)
    response = await send_code(person, code, device_name="browser")
    assert response.status == 200
    page = Client(person.server.base_url)
    page.tokens = response.json
    assert page.user_id == (await person.client()).user_id
    # The provider accepts a code once.
    assert (await send_code(person, code)).code == "invalid_id_token"


async def test_a_code_is_worth_nothing_without_what_the_page_began_with(person: Person) -> None:
    for lie in (
        {"code_verifier": "w" * 43},
        {"redirect_uri": "https://evil.example.com"},
        {"nonce": "nonce-2"},
        {"client_id": "web-client"},
    ):
        response = await send_code(person, granted(person), **lie)
        assert (response.status, response.code) == (401, "invalid_id_token"), lie
    for lie in ({"code_verifier": "short"}, {"client_id": "com.example.other"}):
        response = await send_code(person, granted(person), **lie)
        assert (response.status, response.code) == (422, "invalid_request"), lie
    # The token of the exchange is checked like any other.
    response = await send_code(person, granted(person, aud="com.example.other"))
    assert (response.status, response.code) == (401, "invalid_id_token")


async def test_a_secret_goes_to_the_token_endpoint_only(
    signing_in: Config, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = uuid.uuid4().hex
    person.provider.secret = secret
    assert (await send_code(person, granted(person))).code == "invalid_id_token"
    settings = signing_in.changed(oidc_client_secrets=ClientSecrets({CLIENT_ID: secret}))
    assert secret not in repr(settings)
    async with running(settings) as with_secret:
        person.server = with_secret
        assert (await send_code(person, granted(person))).status == 200
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err


@pytest.mark.parametrize("url", ["http://token.example.com", "file:///etc/passwd", None])
async def test_a_code_is_sent_over_https_only(person: Person, url: str | None) -> None:
    person.provider.document = {"token_endpoint": url}
    response = await send_code(person, granted(person))
    assert (response.status, response.code) == (503, "provider_unavailable")


async def test_the_providers_are_listed_for_an_app(person: Person) -> None:
    response = await Client(person.server.base_url).send("GET", "/auth/oidc/providers")
    issuer, ids = person.provider.issuer, [CLIENT_ID, "web-client"]
    assert response.json == {"providers": [{"name": "test", "issuer": issuer, "client_ids": ids}]}


def test_client_secrets_are_read_from_the_setting() -> None:
    assert parse_client_secrets("a=b=c; d=e") == {"a": "b=c", "d": "e"}
    for text in ("a", "a=", "=b", "a=b;a=c"):
        with pytest.raises(ValueError, match="Must be"):
            parse_client_secrets(text)


def test_providers_are_read_from_the_setting() -> None:
    text = "google=https://accounts.google.com|id-1,id-2 ; apple=https://appleid.apple.com|app"
    assert parse_oidc_providers(text) == (
        OidcProvider("google", "https://accounts.google.com", ("id-1", "id-2")),
        OidcProvider("apple", "https://appleid.apple.com", ("app",)),
    )
    assert parse_oidc_providers("local=http://[::1]:8080/realm|app")[0].issuer.endswith("/realm")
    assert parse_oidc_providers("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "google",
        "google=https://accounts.google.com",
        "google=https://accounts.google.com|",
        "=https://accounts.google.com|id",
        "Google!=https://accounts.google.com|id",
        "x=http://accounts.google.com|id",
        "x=http://127.0.0.1.example.com|id",
        "x=ftp://127.0.0.1|id",
        "x=https://user:secret@example.com|id",
        "x=https://example.com?a=b|id",
        "x=https://example.com:port|id",
        "x=https://a.example.com|id;x=https://b.example.com|id",
        "x=https://a.example.com|id;y=https://a.example.com|id",
    ],
)
def test_a_setting_that_makes_no_sense_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"Must be|must be|twice"):
        parse_oidc_providers(text)


async def test_without_the_unique_key_an_account_still_has_one_identity_of_an_issuer(
    untouched: Config,
) -> None:
    """A cluster cannot have that key: two links at once take turns."""
    claims = [
        IdTokenClaims("https://id.example", subject, "a@example.com") for subject in ("one", "two")
    ]
    async with running(untouched) as started:
        ann = Client(started.base_url)
        await ann.register()
        pool, now = started.app[POOL], datetime.datetime.now(datetime.UTC)
        owner = await asyncpg.connect(untouched.stores.owner_url)
        await owner.execute("DROP INDEX identities_user")

        async def link(identity: IdTokenClaims) -> bool:
            async with transaction(pool, untouched, ann.user_id) as connection:
                linked = await identity_queries.insert(connection, ann.user_id, "x", identity, now)
                await asyncio.sleep(0.05)
                return linked

        assert sorted(await asyncio.gather(*map(link, claims))) == [False, True]
        assert await owner.fetchval("SELECT count(*) FROM identities") == 1
        await owner.close()
