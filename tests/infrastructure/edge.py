"""A server with settings of a test's own, and its answers with their headers."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sync_server.app import create_app
from sync_server.config.settings import Config
from tests.infrastructure.server import Server

PASSWORD = "a long enough passphrase 4711"
Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire; `body` is its JSON, if it has any."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API."""

    http: aiohttp.ClientSession
    base_url: str

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, `path` below `/api/v1`."""
        url = f"{self.base_url}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            is_json = "json" in answer.content_type and method != "HEAD"
            content = await answer.json() if is_json else {}
            return Answer(answer.status, dict(answer.headers), content)

    async def register(self, email: str = "", **headers: str) -> Answer:
        """Make an account."""
        account = {"email": email or f"{uuid.uuid4()}@example.com", "password": PASSWORD}
        return await self.call("POST", "/auth/register", account, headers)

    async def login(self, email: str, password: str = PASSWORD, **headers: str) -> Answer:
        """Log in."""
        body = {"email": email, "password": password}
        return await self.call("POST", "/auth/login", body, headers)


@asynccontextmanager
async def calling(config: Config) -> AsyncIterator[Caller]:
    """A running server with these settings, and somebody who calls it."""
    server = Server(create_app(config))
    await server.start_server(auto_decompress=False)
    try:
        async with aiohttp.ClientSession() as http:
            yield Caller(http, server.base_url)
    finally:
        await server.close()
