"""A server with a test's own settings, and a client of it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sync_server.app import create_app
from sync_server.config.settings import Config
from tests.infrastructure.server import Server
from tests.support.client import PASSWORD, Client, Response


class Caller(Client):
    """Client whose registrations and log-ins may fail: it returns the responses."""

    async def sign_up(self, email: str = "", **headers: str) -> Response:
        """Register an account, without using its tokens."""
        account = {"email": email or f"{uuid.uuid4()}@example.com", "password": PASSWORD}
        return await self.send("POST", "/auth/register", account, **headers)

    async def sign_in(self, email: str, password: str = PASSWORD, **headers: str) -> Response:
        """Log in, without using the tokens."""
        body = {"email": email, "password": password}
        return await self.send("POST", "/auth/login", body, **headers)


@asynccontextmanager
async def calling(config: Config) -> AsyncIterator[Caller]:
    """A client of a running server with these settings."""
    server = Server(create_app(config))
    await server.start_server(auto_decompress=False)
    try:
        yield Caller(server.base_url)
    finally:
        await server.close()
