"""Idle streams: one query for all of a process, and each stream still meets its own verdict."""

import asyncio
from typing import Any

import pytest

from sync_server.sync.notify.session_checks import SESSION_CHECKS
from sync_server.sync.notify.subscriptions import StreamHead
from sync_server.web.access_tokens import claims_of_token
from sync_server.web.errors import AccountDeleted, Unauthorized
from sync_server.web.identity import Identity
from tests.api.conftest import registered
from tests.infrastructure.server import Server
from tests.support.client import Client


async def test_checks_of_many_streams_are_one_query(
    server: Server, ann: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol, dora = await registered(server), await registered(server)
    await ann.create("foods", name="Rye")

    def identity(client: Client) -> Identity:
        return Identity.of(claims_of_token(server.app, client.tokens["access_token"]))

    identities = [identity(client) for client in (ann, bob, carol, dora)]
    assert (await carol.send("POST", "/auth/logout", {})).status == 204
    assert (await dora.send("DELETE", "/users/me", {"password": dora.password})).status == 204
    checks, sizes = server.app[SESSION_CHECKS], []
    read = checks.read

    async def counted(requested: Any) -> Any:
        sizes.append(len(requested))
        return await read(requested)

    monkeypatch.setattr(checks, "read", counted)
    verdicts = await asyncio.gather(
        *(checks.check(it) for it in identities * 10), return_exceptions=True
    )
    assert sizes == [40]
    for first, second, third, fourth in zip(*[iter(verdicts)] * 4, strict=True):
        assert isinstance(first, StreamHead)
        assert isinstance(second, StreamHead)
        assert (first.version, second.version) == (1, 0)
        assert isinstance(third, Unauthorized)
        assert isinstance(fourth, AccountDeleted)


async def test_a_database_failure_reaches_every_stream(
    server: Server, ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = server.app[SESSION_CHECKS]
    identity = Identity.of(claims_of_token(server.app, ann.tokens["access_token"]))

    async def broken(_requested: Any) -> Any:
        raise OSError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(checks, "read", broken)
        verdicts = await asyncio.gather(
            *(checks.check(identity) for _ in range(3)), return_exceptions=True
        )
        assert [type(verdict) for verdict in verdicts] == [OSError] * 3
    assert (await checks.check(identity)).version == 0
