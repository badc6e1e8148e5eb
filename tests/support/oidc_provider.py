"""OpenID Connect provider of the tests: discovery, keys that rotate, and tokens true or false."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT_ID = "com.example.trackforge"
Json = dict[str, Any]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class SigningKey:
    """Private key with its id and algorithm."""

    id: str
    algorithm: str
    private: PrivateKey

    @property
    def jwk(self) -> Json:
        """Public key as published."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            fields = RSAAlgorithm.to_jwk(public, as_dict=True)
        else:
            fields = ECAlgorithm.to_jwk(public, as_dict=True)
        fields.pop("key_ops", None)
        return {**fields, "kid": self.id, "alg": self.algorithm, "use": "sig"}


def new_key(algorithm: str = "RS256", bits: int = 2048) -> SigningKey:
    """A new key of an algorithm."""
    if algorithm.startswith("ES"):
        return SigningKey(uuid.uuid4().hex, algorithm, ec.generate_private_key(ec.SECP256R1()))
    return SigningKey(uuid.uuid4().hex, algorithm, rsa.generate_private_key(65537, bits))


@dataclass
class Provider:
    """Running provider; `requests` counts what was fetched, `failing` makes every page a 500."""

    issuer: str = ""
    keys: list[SigningKey] = field(default_factory=lambda: [new_key()])
    published: list[Json] | None = None
    document: Json = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    failing: bool = False
    secret: str | None = None
    codes: dict[str, Json] = field(default_factory=dict)

    def rotate(self, algorithm: str = "RS256") -> None:
        """Replace all keys by a new one."""
        self.keys = [new_key(algorithm)]

    def claims(self, **changes: Any) -> Json:
        """Claims of a proper token, with changes; a claim that is changed to None is left out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 600,
            "nonce": "nonce-1",
            "email": "ann@example.com",
            "email_verified": True,
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: SigningKey | None = None, header: Json | None = None, **c: Any) -> str:
        """Signed token with these claims instead of the usual ones."""
        key = key or self.keys[0]
        headers = {"kid": key.id} | (header or {})
        return jwt.encode(self.claims(**c), key.private, key.algorithm, headers=headers)

    def unsigned(self, header: Json, signature: str = "", **changes: Any) -> str:
        """Token of any header and signature."""
        return f"{_encoded(header)}.{_encoded(self.claims(**changes))}.{signature}"

    def grant_code(self, challenge: str, redirect_uri: str, **changes: Any) -> str:
        """Authorization code bound to a PKCE challenge, as after a person's consent."""
        code = uuid.uuid4().hex
        token = self.token(**changes)
        self.codes[code] = {"challenge": challenge, "redirect_uri": redirect_uri, "token": token}
        return code

    async def discovery(self, request: web.Request) -> web.Response:
        """Discovery document."""
        self._note(request)
        usual = {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint": f"{self.issuer}/token",
        }
        return web.json_response(usual | self.document)

    async def jwks(self, request: web.Request) -> web.Response:
        """Published keys."""
        self._note(request)
        keys = [key.jwk for key in self.keys] if self.published is None else self.published
        return web.json_response({"keys": keys})

    async def exchange(self, request: web.Request) -> web.Response:
        """Token endpoint of the code flow with PKCE (RFC 7636)."""
        self._note(request)
        form = await request.post()
        granted = self.codes.pop(str(form.get("code")), None)
        verifier = str(form.get("code_verifier")).encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=")
        if (
            granted is None
            or form.get("grant_type") != "authorization_code"
            or form.get("client_id") != CLIENT_ID
            or form.get("client_secret") != self.secret
            or granted["redirect_uri"] != form.get("redirect_uri")
            or granted["challenge"] != digest
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": granted["token"], "token_type": "Bearer"})

    def _note(self, request: web.Request) -> None:
        self.requests.append(request.path)
        if self.failing:
            raise web.HTTPInternalServerError


@asynccontextmanager
async def open_provider() -> AsyncIterator[Provider]:
    """A provider on a loopback port."""
    provider, app = Provider(), web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", provider.discovery),
            web.get("/keys", provider.jwks),
            web.post("/token", provider.exchange),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()


def _encoded(document: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
