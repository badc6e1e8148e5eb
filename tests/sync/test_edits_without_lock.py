"""REST edits are written without a lock; a race with another process ends right for both."""

import uuid
from typing import Any

import asyncpg
import pytest

from sync_server.sync.push import transaction
from sync_server.sync.push.commit import commit
from tests.contract.records import MINIMAL, new_id, put
from tests.infrastructure.server import Server
from tests.support.sample_records import path

from .stories import RawClient
from .test_writes_without_lock import BEGIN, Statements, second, statements

__all__ = ["second", "statements"]
FOODS = path("foods")


async def edit(client: RawClient, method: str, id: str, body: object = None, **headers: str) -> Any:
    response = await client.send(method, f"{FOODS}/{id}", body, **headers)
    assert response.status in (200, 201, 204), response
    return response.json if response.status != 204 else None


async def create(client: RawClient) -> str:
    response = await client.send("POST", FOODS, MINIMAL["foods"])
    assert response.status == 201, response
    id: str = response.json["id"]
    return id


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", {"name": "Rye"}), ("PUT", MINIMAL["foods"] | {"name": "Rye"}), ("DELETE", None)],
)
async def test_an_edit_is_two_statements(
    method: str, body: object, raw: RawClient, statements: Statements
) -> None:
    await create(raw)
    existing = put("foods")
    await raw.push({"device_id": str(uuid.uuid4()), "changes": [existing]})
    statements.sent.clear()
    await edit(raw, method, existing["id"], body)
    read, write = statements.sent
    assert "INSERT" not in read
    assert "ON CONFLICT" in write


async def test_a_new_record_is_one_statement(raw: RawClient, statements: Statements) -> None:
    await create(raw)
    statements.sent.clear()
    await create(raw)
    (only,) = statements.sent
    assert "INSERT INTO records" in only


async def test_no_transaction_is_open_while_an_edit_is_resolved_and_rendered(
    raw: RawClient, monkeypatch: pytest.MonkeyPatch, statements: Statements
) -> None:
    """A food log is rendered with its food, which is one more statement."""
    food = await create(raw)
    open_ones = []
    resolve = transaction._resolve

    async def observed(reads: Any, *arguments: Any) -> Any:
        resolved = await resolve(reads, *arguments)
        open_ones.append(reads._connection.is_in_transaction())
        return resolved

    monkeypatch.setattr(transaction, "_resolve", observed)
    statements.sent.clear()
    log = {"date": "2026-11-23", "name": "Oats", "food_id": food, "grams": 50, "energy_kcal": 185}
    response = await raw.send("POST", path("food_logs"), log)
    assert (response.status, response.json["food"]["id"]) == (201, food)
    assert open_ones
    assert not any(open_ones)
    assert not any(statement.startswith(BEGIN) for statement in statements.sent)


def write_between(monkeypatch: pytest.MonkeyPatch, write: Any) -> None:
    """Let another write happen after the first edit was read, before it is committed."""
    writes = [write]

    async def later(*arguments: Any) -> bool:
        if writes:
            await writes.pop()()
        return await commit(*arguments)

    monkeypatch.setattr(transaction, "commit", later)


async def test_of_two_writers_the_later_one_is_run_again(
    raw: RawClient, second: Server, monkeypatch: pytest.MonkeyPatch, statements: Statements
) -> None:
    id, elsewhere = await create(raw), raw.at(second.base_url)
    write_between(monkeypatch, lambda: edit(elsewhere, "PATCH", id, {"brand": "Mill"}))
    statements.sent.clear()
    edited = await edit(raw, "PATCH", id, {"name": "Rye"})
    assert (edited["name"], edited["brand"], edited["version"]) == ("Rye", "Mill", 3)
    assert sum(statement.startswith(BEGIN) for statement in statements.sent) == 1
    assert (await edit(elsewhere, "GET", id))["name"] == "Rye"
    assert [it["version"] for it in (await raw.page())["changes"]] == [3]


async def test_a_precondition_is_checked_again_after_a_lost_race(
    raw: RawClient, second: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, elsewhere = await create(raw), raw.at(second.base_url)
    etag = (await raw.send("GET", f"{FOODS}/{id}")).headers["ETag"]
    write_between(monkeypatch, lambda: edit(elsewhere, "PATCH", id, {"brand": "Mill"}))
    response = await raw.send("PATCH", f"{FOODS}/{id}", {"name": "Rye"}, If_Match=etag)
    assert (response.status, response.json["code"]) == (412, "precondition_failed")
    assert "Rye" not in await raw.names()


async def test_a_precondition_is_checked_against_what_is_stored(raw: RawClient) -> None:
    """A new record is assumed not to exist, unless that would fail the request."""
    await create(raw)
    response = await raw.send("PUT", f"{FOODS}/{new_id()}", MINIMAL["foods"], If_Match='"1"')
    assert response.status == 412
    exists = put("foods")
    await raw.push({"device_id": str(uuid.uuid4()), "changes": [exists]})
    target = f"{FOODS}/{exists['id']}"
    response = await raw.send("PUT", target, MINIMAL["foods"], If_None_Match="*")
    assert response.status == 412


async def test_a_repeat_costs_one_look_up(raw: RawClient, monkeypatch: pytest.MonkeyPatch) -> None:
    id, key = await create(raw), str(uuid.uuid4())
    first = await edit(raw, "PATCH", id, {"name": "Rye"}, Idempotency_Key=key)
    sent: list[str] = []
    for name in ("fetch", "fetchval", "fetchrow", "execute"):
        original = getattr(asyncpg.Connection, name)

        def record(self: Any, query: str, *given: Any, _next: Any = original, **more: Any) -> Any:
            sent.append(query)
            return _next(self, query, *given, **more)

        monkeypatch.setattr(asyncpg.Connection, name, record)
    assert await edit(raw, "PATCH", id, {"name": "Rye"}, Idempotency_Key=key) == first
    (only,) = sent
    assert "idempotency_keys" in only
