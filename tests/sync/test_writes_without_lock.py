"""A push is written without a lock where nobody else writes; the outcome is that of the lock."""

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.sync.push import transaction
from sync_server.sync.push.recent_heads import RECENT_HEADS
from tests.contract.records import at, delete, id_of, new_id, patch, put
from tests.infrastructure.server import Server
from tests.sync.stories import RawClient, register

BEGIN = "BEGIN; SET LOCAL trackforge.user_id"
PHONE, WATCH = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11", "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b12"


@dataclass
class Statements:
    """The statements about records that the server of this process has sent."""

    sent: list[str] = field(default_factory=list)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    recorded = Statements()
    for name in ("fetch", "fetchval", "fetchrow", "execute"):
        original = getattr(asyncpg.Connection, name)

        def record(
            self: Any, query: str, *arguments: Any, _original: Any = original, **options: Any
        ) -> Any:
            if " records" in query or query.startswith(BEGIN):
                recorded.sent.append(query)
            return _original(self, query, *arguments, **options)

        monkeypatch.setattr(asyncpg.Connection, name, record)
    return recorded


@pytest.fixture
async def other(server: Server) -> RawClient:
    return await register(server.base_url)


@pytest.fixture
async def second(config: Config) -> AsyncIterator[Server]:
    """Another process's worth of the same server, on the same database."""
    running = Server(create_app(config))
    await running.start_server(auto_decompress=False)
    yield running
    await running.close()


async def push(client: RawClient, *changes: object, device_id: str = PHONE) -> dict[str, Any]:
    response = await client.push({"device_id": device_id, "changes": changes})
    assert response.status == 200, response
    answer: dict[str, Any] = response.json
    return answer


async def test_new_records_are_one_statement(raw: RawClient, statements: Statements) -> None:
    await push(raw, put("foods"))
    statements.sent.clear()
    await push(raw, put("foods"), put("workout_sessions"))
    (only,) = statements.sent
    assert "INSERT INTO records" in only


async def test_an_overwrite_is_two_statements(raw: RawClient, statements: Statements) -> None:
    change = put("foods")
    await push(raw, change)
    statements.sent.clear()
    await push(raw, put("foods", id=change["id"], clock=change["clock"] + 60_000_000))
    read, write = statements.sent
    assert "INSERT" not in read
    assert "ON CONFLICT" in write


async def test_a_rejected_change_takes_the_lock(raw: RawClient, statements: Statements) -> None:
    await push(raw, put("foods"))
    statements.sent.clear()
    await push(raw, put("foods", {"name": 7}))
    assert statements.sent[0].startswith(BEGIN)


async def test_a_head_that_has_moved_on_is_read_again(raw: RawClient, second: Server) -> None:
    elsewhere = raw.at(second.base_url)
    versions = [
        (await push(client, put("foods"), device_id=device))["version"]
        for client, device in (
            (raw, PHONE), (elsewhere, WATCH), (raw, PHONE), (elsewhere, PHONE), (raw, WATCH),
            (raw, PHONE),
        )
    ]  # fmt: skip
    assert versions == [1, 2, 3, 4, 5, 6]
    assert [it["version"] for it in (await raw.page())["changes"]] == versions


async def test_a_version_that_another_write_has_left_free_is_not_given_again(
    raw: RawClient, second: Server
) -> None:
    """The index of versions cannot see it: only the comparison of the head does."""
    elsewhere, twice = raw.at(second.base_url), put("foods")
    later = put("foods", twice["data"], twice["id"], twice["clock"] + 60_000_000)
    assert (await push(raw, put("foods")))["version"] == 1
    assert (await push(elsewhere, twice, device_id=WATCH))["version"] == 2
    assert (await push(elsewhere, later, device_id=WATCH))["version"] == 3
    assert (await push(raw, put("foods")))["version"] == 4


async def test_a_record_that_exists_is_merged_though_it_looks_new(raw: RawClient) -> None:
    await push(raw, put("foods"))
    first = put("foods")
    renamed = first["data"] | {"name": "Rye"}
    later = put("foods", renamed, first["id"], first["clock"] + 500_000)
    await push(raw, first)
    (result,) = (await push(raw, later))["results"]
    assert (result["status"], result["version"]) == ("applied", 3)
    (result,) = (await push(raw, first))["results"]
    assert result["status"] == "stale"
    assert (await raw.names())[-1] == "Rye"


async def test_what_was_assumed_never_rejects_a_push(raw: RawClient) -> None:
    await push(raw, put("foods"))
    (key,) = (key for key in RECENT_HEADS._heads if key[0] == raw.user_id)
    wrong = {"records": 10**9, "purged_version": 99, "acked_version": 1, "acked": None}
    RECENT_HEADS._heads[key] = {**RECENT_HEADS._heads[key], **wrong}
    assert (await push(raw, put("foods")))["version"] == 2


async def test_an_alias_is_followed_though_its_id_looks_new(raw: RawClient) -> None:
    """A planned log is stored under the id of its key; eaten otherwise, it moves: one is left."""
    await push(raw, put("foods"))
    eaten = put("food_logs", {"date": "2026-11-23", "name": "Oats", "energy_kcal": 300})
    plan = {"food_id": new_id(), "grams": 50, "meal_id": new_id(), "planned": True}
    planned = put("food_logs", eaten["data"] | plan, eaten["id"], eaten["clock"] - 100_000)
    (first,) = (await push(raw, planned))["results"]
    assert first["canonical_id"] != eaten["id"]
    await push(raw, put("foods"))  # now the head is known that has the alias
    await push(raw, eaten)
    changes = (await raw.page(collections="food_logs"))["changes"]
    assert [change["data"]["name"] for change in changes if not change["deleted"]] == ["Oats"]


@pytest.mark.parametrize("seed", range(4))
async def test_the_outcome_does_not_depend_on_the_way(
    seed: int, raw: RawClient, other: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same pushes of a user whose writes take the lock, and of one whose writes do not."""
    without_lock = transaction._run_without_lock

    async def of_one_user(pool: Any, config: Any, write: Any) -> Any:
        is_locked = write.context.user_id == other.user_id
        return None if is_locked else await without_lock(pool, config, write)

    monkeypatch.setattr(transaction, "_run_without_lock", of_one_user)
    chance = random.Random(seed)
    for changes in random_pushes(chance):
        device = chance.choice((PHONE, WATCH))
        mine, theirs = [
            outcome(await push(client, *changes, device_id=device)) for client in (raw, other)
        ]
        assert mine == theirs
    mine, theirs = [
        [(it["version"], it["deleted"], it["clock"], it["data"]) for it in page["changes"]]
        for page in (await raw.page(), await other.page())
    ]
    assert mine == theirs
    assert mine


def random_pushes(chance: random.Random) -> Iterator[list[dict[str, Any]]]:
    """New records, edits, deletions, and weighings whose ids become aliases."""
    known: list[dict[str, Any]] = []
    clock = at(0)
    for _ in range(30):
        changes: list[dict[str, Any]] = []
        for _ in range(chance.randrange(1, 5)):
            clock += chance.choice((1, 40_000, 3_000_000))
            earlier = chance.choice(known) if known and chance.random() < 0.5 else None
            if earlier is None:
                collection = chance.choice(("foods", "workout_sessions", "body_metrics"))
                known.append(put(collection, id=id_of(clock), clock=clock))
                changes.append(known[-1])
                continue
            name, id = earlier["collection"], earlier["id"]
            changes.append(
                chance.choice(
                    (
                        put(name, earlier["data"], id, clock),
                        delete(name, id, clock),
                        patch(name, id, {}, clock),
                    )
                )
            )
        yield changes


def outcome(answer: dict[str, Any]) -> object:
    """An answer without what differs between two users: times, and ids that follow from theirs."""
    return answer["version"], [
        (it["status"], it.get("version"), "canonical_id" in it, it.get("error"), "record" in it)
        for it in answer["results"]
    ]
