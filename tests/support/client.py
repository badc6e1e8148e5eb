"""HTTP client of the tests: a user who registers, logs in and sends requests one by one."""

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import orjson

from tests.support.sample_records import new_id, path, whole

Json = dict[str, Any]
API = "/api/v1"
PASSWORD = "a long enough passphrase 4711"


@dataclass(frozen=True, slots=True)
class Response:
    """A response with its headers and its body as received."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's JSON; an empty object for an empty body."""
        return orjson.loads(self.body) if self.body else {}

    @property
    def code(self) -> str:
        """The `code` of a problem document."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self
        return str(self.json["code"])


class Client:
    """A user of a server; sends the access token once there is one.

    `password` and `email` are those of `register`. One connection a request, so that a test can
    use it beside a server that is restarted.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.email = f"{uuid.uuid4()}@Example.com"
        self.password = PASSWORD
        self.tokens: Json = {}

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        """Send a request below `/api/v1`; `If_Match=…` is the header If-Match.

        `body` is sent as it is when it is bytes, else as JSON.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if "access_token" in self.tokens:
            sent.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        data = body if isinstance(body, bytes | None) else orjson.dumps(body)
        if data is not None and not isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
        async with (
            aiohttp.ClientSession() as http,
            # aiohttp warns of large bodies that are sent in one piece.
            http.request(
                method, self.api + path, data=data and io.BytesIO(data), headers=sent
            ) as response,
        ):
            return Response(response.status, response.headers, await response.read())

    @property
    def api(self) -> str:
        """URL that all paths are below."""
        return self.base_url + API

    async def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Json]:
        """The status and the JSON of a response."""
        response = await self.send(method, path, body, **headers)
        return response.status, response.json

    async def register(self) -> None:
        """Create the account, and a session on a device called phone."""
        account = {"email": self.email, "password": self.password, "device_name": "phone"}
        status, self.tokens = await self.call("POST", "/auth/register", account)
        assert status == 201, self.tokens

    async def login(self) -> None:
        """Begin another session; its tokens replace the ones before."""
        account = {"email": self.email, "password": self.password}
        status, self.tokens = await self.call("POST", "/auth/login", account)
        assert status == 200, self.tokens

    async def refresh(self, token: str, key: str = "") -> tuple[int, Json]:
        """Exchange a refresh token, under an Idempotency-Key if one is given."""
        headers = {"Idempotency_Key": key} if key else {}
        return await self.call("POST", "/auth/refresh", {"refresh_token": token}, **headers)

    @property
    def claims(self) -> Json:
        """Claims of the access token."""
        claims: Json = jwt.decode(self.tokens["access_token"], options={"verify_signature": False})
        return claims

    @property
    def user_id(self) -> str:
        """Id of the user."""
        return str(self.claims["sub"])

    async def create(self, collection: str, /, **fields: Any) -> Json:
        """A new record of the collection, created over REST."""
        key = {"Idempotency_Key": new_id()}
        response = await self.send("POST", path(collection), whole(collection) | fields, **key)
        assert response.status in (200, 201), response
        record: Json = response.json
        return record

    async def push(self, body: object, key: str = "") -> Response:
        """Push a body under a key, a new one unless one is given."""
        return await self.send("POST", "/sync/push", body, Idempotency_Key=key or new_id())

    async def cursor(self) -> str:
        """Cursor of the newest version."""
        return str((await self.send("GET", "/sync/pull?limit=5000")).json["cursor"])

    async def pull(self, cursor: str = "") -> list[Json]:
        """Changes since the cursor, or from the beginning."""
        response = await self.send("GET", f"/sync/pull?limit=5000&cursor={cursor}")
        assert response.status == 200, response
        changes: list[Json] = response.json["changes"]
        return changes
