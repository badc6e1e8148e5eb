"""Push services of the tests on loopback: of Web Push, of Firebase, of Apple.

That of Web Push decrypts by RFC 8291 with code of its own, and verifies VAPID tokens (RFC 8292).
"""

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

Json = dict[str, Any]


def base64url(data: bytes) -> str:
    """Text without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Bytes of text without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Uncompressed point of a public key."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Subscription:
    """Keys of an app at its endpoint, as a browser makes them."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def keys(self) -> Json:
        """Member `keys` of `PushSubscription.toJSON()`."""
        return {
            "p256dh": base64url(point_of(self.private.public_key())),
            "auth": base64url(self.auth),
        }

    def decrypt(self, body: bytes) -> bytes:
        """Plain text of a body in aes128gcm of one record (RFC 8291, section 3.4)."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        secret = self.private.exchange(ec.ECDH(), public)
        info = b"WebPush: info\0" + point_of(self.private.public_key()) + sender
        material = HKDF(SHA256(), 32, self.auth, info).derive(secret)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded.endswith(b"\2"), "no last record"
        return padded[:-1]


@dataclass
class WebPushService:
    """Endpoints of Web Push; `answers` are the statuses of the next messages, else 201."""

    vapid_public_key: str = ""
    base_url: str = ""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    messages: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[Json] = field(default_factory=list)
    answers: list[tuple[int, Json]] = field(default_factory=list)

    def subscribe(self, name: str, kind: str = "webpush") -> Json:
        """Body of a push key for a new subscription."""
        subscription = self.subscriptions[name] = Subscription()
        return {"kind": kind, "endpoint": f"{self.base_url}/{name}", "keys": subscription.keys}

    async def receive(self, request: web.Request) -> web.Response:
        """Take a message, as push services do; what is wrong with one is an assertion."""
        if self.answers:
            status, headers = self.answers.pop(0)
            return web.Response(status=status, headers=headers)
        name = request.match_info["name"]
        if name not in self.subscriptions:
            return web.Response(status=410)
        self._verify(request.headers["Authorization"])
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert int(request.headers["TTL"]) > 0
        plain = self.subscriptions[name].decrypt(await request.read())
        self.messages.append((name, plain))
        self.headers.append(dict(request.headers))
        return web.Response(status=201)

    def _verify(self, authorization: str) -> None:
        scheme, _, rest = authorization.partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert (scheme, given["k"]) == ("vapid", self.vapid_public_key)
        key = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), from_base64url(given["k"])
        )
        claims = jwt.decode(given["t"], key, ["ES256"], audience=self.base_url)
        assert claims["exp"] <= time.time() + 86_400
        assert claims["sub"].startswith(("mailto:", "https://"))


@asynccontextmanager
async def web_push_service(vapid_public_key: str = "") -> AsyncIterator[WebPushService]:
    """A running service of Web Push."""
    service = WebPushService(vapid_public_key)
    app = web.Application()
    app.router.add_post("/{name}", service.receive)
    server = TestServer(app)
    await server.start_server()
    service.base_url = str(server.make_url("/")).rstrip("/")
    try:
        yield service
    finally:
        await server.close()


@dataclass
class FcmService:
    """Google's tokens and HTTP v1 of Firebase; `answers` are those of the next messages."""

    base_url: str = ""
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(65537, 2048)
    )
    tokens: list[str] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    answers: list[tuple[int, Json]] = field(default_factory=list)

    @property
    def credentials(self) -> str:
        """JSON of the service account's key."""
        pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "an-example",
                "private_key_id": "key-1",
                "private_key": pem.decode(),
                "client_email": "push@an-example.iam.gserviceaccount.com",
                "token_uri": f"{self.base_url}/token",
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        """Exchange an assertion for an access token (RFC 7523)."""
        form = await request.post()
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            str(form["assertion"]), self.private.public_key(), ["RS256"],
            audience=f"{self.base_url}/token",
        )  # fmt: skip
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        assert claims["iss"] == "push@an-example.iam.gserviceaccount.com"
        self.tokens.append(f"token-{len(self.tokens)}")
        body = {"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"}
        return web.json_response(body)

    async def send(self, request: web.Request) -> web.Response:
        """Take a message for the latest access token."""
        if not self.tokens or request.headers["Authorization"] != f"Bearer {self.tokens[-1]}":
            return web.json_response({"error": {"status": "UNAUTHENTICATED"}}, status=401)
        self.messages.append((await request.json())["message"])
        status, body = self.answers.pop(0) if self.answers else (200, {"name": "projects/1"})
        return web.json_response(body, status=status)


def fcm_error(status: str, code: str) -> Json:
    """Error body of HTTP v1."""
    detail = {
        "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
        "errorCode": code,
    }
    return {"error": {"status": status, "message": "An example", "details": [detail]}}


@asynccontextmanager
async def fcm_service() -> AsyncIterator[FcmService]:
    """A running service of Firebase."""
    service = FcmService()
    app = web.Application()
    app.router.add_post("/token", service.token)
    app.router.add_post("/v1/projects/an-example/messages:send", service.send)
    server = TestServer(app)
    await server.start_server()
    service.base_url = str(server.make_url("/")).rstrip("/")
    try:
        yield service
    finally:
        await server.close()


@dataclass
class ApnsService:
    """Apple's service over HTTP/2 without TLS; `answers` are those of the next messages."""

    base_url: str = ""
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    messages: list[tuple[Json, bytes]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    answers: list[tuple[int, Json]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Text of the .p8 file."""
        pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem.decode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        requests: dict[int, tuple[Json, bytearray]] = {}
        with suppress(ConnectionError):
            while True:
                writer.write(connection.data_to_send())
                await writer.drain()
                data = await reader.read(65_536)
                if not data:
                    break
                for event in connection.receive_data(data):
                    self._handle(connection, event, requests)
        writer.close()

    def _handle(
        self,
        connection: h2.connection.H2Connection,
        event: h2.events.Event,
        requests: dict[int, tuple[Json, bytearray]],
    ) -> None:
        if isinstance(event, h2.events.RequestReceived):
            assert event.stream_id is not None
            headers = {name.decode(): value.decode() for name, value in event.headers or ()}
            requests[event.stream_id] = (headers, bytearray())
        elif isinstance(event, h2.events.DataReceived):
            assert event.stream_id is not None
            requests[event.stream_id][1].extend(event.data or b"")
        elif isinstance(event, h2.events.StreamEnded):
            assert event.stream_id is not None
            headers, body = requests.pop(event.stream_id)
            status, answer = self._receive(headers, bytes(body))
            connection.send_headers(event.stream_id, [(":status", str(status))])
            text = json.dumps(answer).encode() if answer else b""
            connection.send_data(event.stream_id, text, end_stream=True)

    def _receive(self, headers: Json, body: bytes) -> tuple[int, Json]:
        token = headers["authorization"].removeprefix("bearer ")
        claims = jwt.decode(token, self.private.public_key(), ["ES256"])
        assert claims["iss"] == "TEAM123456"
        assert jwt.get_unverified_header(token)["kid"] == "KEY1234567"
        self.tokens.append(token)
        self.messages.append((headers, body))
        return self.answers.pop(0) if self.answers else (200, {})


@asynccontextmanager
async def apns_service() -> AsyncIterator[ApnsService]:
    """A running service of Apple."""
    service = ApnsService()
    server = await asyncio.start_server(service.serve, "127.0.0.1")
    service.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()
