"""Somebody with an account, for the tests that call routes one by one."""

import uuid
from typing import Any

import aiohttp
import jwt

from tests.infrastructure.server import Server

Json = dict[str, Any]


class Person:
    """Somebody with an account, who calls the auth routes."""

    def __init__(self, server: Server) -> None:
        self.api = f"{server.base_url}/api/v1"
        self.email = f"{uuid.uuid4()}@Example.com"
        self.password = "correct horse"
        self.tokens: Json = {}

    async def call(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> tuple[int, Json]:
        """The status and the body of an answer."""
        if "access_token" in self.tokens:
            headers.setdefault("Authorization", f"Bearer {self.tokens['access_token']}")
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.api + path, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json() if answer.status != 204 else {}

    async def register(self) -> None:
        account = {"email": self.email, "password": self.password, "device_name": "phone"}
        status, self.tokens = await self.call("POST", "/auth/register", account)
        assert status == 201

    async def refresh(self, token: str, key: str = "") -> tuple[int, Json]:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.call("POST", "/auth/refresh", {"refresh_token": token}, **headers)

    async def login(self) -> None:
        account = {"email": self.email, "password": self.password}
        status, self.tokens = await self.call("POST", "/auth/login", account)
        assert status == 200

    @property
    def claims(self) -> Json:
        """What the access token says."""
        claims: Json = jwt.decode(self.tokens["access_token"], options={"verify_signature": False})
        return claims

    @property
    def user_id(self) -> str:
        """Whose the access token is."""
        return str(self.claims["sub"])
