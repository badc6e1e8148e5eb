"""Load of the catalogue: a new data file changes its entries, and none is ever deleted."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest

from schema.ids import catalogue_id
from sync_server.catalogue.load import load, load_catalogue, rows
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection
from tests.infrastructure.server import Server

Json = dict[str, Any]
EMPTY = dict.fromkeys(next(rows("foods")))


def packed(*foods: Json) -> bytes:
    return gzip.compress(b"\n".join(map(orjson.dumps, foods)), mtime=0)


def food(number: str, name: str, **data: object) -> Json:
    about = {"source": "test", "source_id": number, "name": name, "nutrients": {}, "servings": []}
    return EMPTY | about | data


def food_id(number: str) -> str:
    return catalogue_id("foods", "test", number)


FIRST = packed(food("1", "Apple"), food("2", "Pear", energy_kcal=57.5), food("3", "Plum"))
SECOND = packed(food("1", "Apple"), food("2", "Pear", energy_kcal=58), food("4", "Fig"))


@pytest.fixture
async def owner(untouched: Config) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(untouched.stores.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def anyone(untouched_server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(untouched_server.base_url) as http:
        yield http


async def download(http: aiohttp.ClientSession, since: str = "") -> Json:
    async with http.get(f"/api/v1/catalogue/foods?since={since}") as answer:
        assert answer.status == 200
        document: Json = await answer.json()
        return document


def named(document: Json) -> dict[str, str]:
    return {entry["id"]: entry["name"] for entry in document["entries"]}


async def test_a_delta_tells_what_a_newer_file_changed(
    owner: Connection, anyone: aiohttp.ClientSession
) -> None:
    assert await download(anyone) == {"version": "0", "since": None, "entries": [], "removed": []}
    await load(owner, "foods", FIRST)
    first = await download(anyone)
    assert named(first) == {food_id("1"): "Apple", food_id("2"): "Pear", food_id("3"): "Plum"}
    await load(owner, "foods", SECOND)
    second = await download(anyone, first["version"])
    assert named(second) == {food_id("2"): "Pear", food_id("4"): "Fig"}
    assert second["removed"] == [food_id("3")]
    assert second["since"] == first["version"]
    whole = await download(anyone)
    assert named(whole) == {food_id("1"): "Apple", food_id("2"): "Pear", food_id("4"): "Fig"}
    assert (whole["version"], whole["removed"]) == (second["version"], [])


async def test_a_version_of_another_database_brings_everything(
    owner: Connection, anyone: aiohttp.ClientSession
) -> None:
    await load(owner, "foods", FIRST)
    for stranger in ("1-00000000", "7-abcdef01", "1", "x"):
        document = await download(anyone, stranger)
        assert document["since"] is None
        assert len(document["entries"]) == 3


async def test_what_was_retired_stays_for_history_but_is_not_found(
    owner: Connection, anyone: aiohttp.ClientSession
) -> None:
    await load(owner, "foods", FIRST)
    await load(owner, "foods", SECOND)
    async with anyone.get(f"/api/v1/catalogue/foods/{food_id('3')}") as answer:
        entry = await answer.json()
    assert (entry["name"], entry["retired"]) == ("Plum", True)
    assert await owner.fetchval("SELECT count(*) FROM catalogue_words WHERE word = 'plum'") == 0
    async with anyone.get("/api/v1/catalogue") as answer:
        assert (await answer.json())["foods"]["count"] == 3


async def test_an_entry_that_comes_back_is_offered_again(
    owner: Connection, anyone: aiohttp.ClientSession
) -> None:
    await load(owner, "foods", FIRST)
    await load(owner, "foods", SECOND)
    second = await download(anyone)
    third = packed(*map(orjson.loads, gzip.decompress(SECOND).splitlines()), food("3", "Plum"))
    await load(owner, "foods", third)
    assert named(await download(anyone, second["version"])) == {food_id("3"): "Plum"}


async def test_an_older_release_does_not_take_newer_data_back(owner: Connection) -> None:
    for file in (FIRST, SECOND, FIRST):
        await load(owner, "foods", file)
    names = await owner.fetch("SELECT name FROM catalogue_foods WHERE NOT retired ORDER BY name")
    assert [row["name"] for row in names] == ["Apple", "Fig", "Pear"]


async def test_loading_again_writes_nothing(owner: Connection) -> None:
    await load_catalogue(owner)
    stamp = "SELECT max(xmin::text::bigint) FROM catalogue_foods"
    before = await owner.fetchval(stamp)
    await load_catalogue(owner)
    assert await owner.fetchval(stamp) == before
    counts = "SELECT kind, count(*) FROM catalogue_loads GROUP BY kind ORDER BY kind"
    assert [tuple(row) for row in await owner.fetch(counts)] == [("exercises", 1), ("foods", 1)]


async def test_several_processes_may_load_at_once(untouched: Config) -> None:
    async def start() -> None:
        connection = await asyncpg.connect(untouched.stores.owner_url)
        try:
            await load(connection, "foods", FIRST)
        finally:
            await connection.close()

    await asyncio.gather(*(start() for _ in range(4)))
    connection = await asyncpg.connect(untouched.stores.owner_url)
    assert await connection.fetchval("SELECT count(*) FROM catalogue_loads") == 1
    assert await connection.fetchval("SELECT count(*) FROM catalogue_foods") == 3
    await connection.close()


async def test_tables_that_an_earlier_release_filled_are_taken_over(owner: Connection) -> None:
    id = food_id("2")
    await owner.execute(
        "INSERT INTO catalogue_foods (id, source, source_id, name) VALUES ($1, 'test', '2', 'Old')",
        id,
    )
    await load(owner, "foods", FIRST)
    row = await owner.fetchrow("SELECT name, words, version FROM catalogue_foods WHERE id = $1", id)
    assert tuple(row or ()) == ("Pear", " pear", 1)
