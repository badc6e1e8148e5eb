"""Catalogue: search and its order, barcodes, and the download for devices."""

import gzip
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest
from backports import zstd

from schema.ids import catalogue_id
from sync_server.catalogue.load import rows
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.sample_records import new_id

pytestmark = pytest.mark.usefixtures("catalogue")

Json = dict[str, Any]
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.decompress,
    "gzip": gzip.decompress,
    "identity": bytes,
}
NUTRIENTS: Json = {"energy_kcal": 100, "protein_g": 10, "carbs_g": 5, "fat_g": 2}


class CatalogueClient(Client):
    """A user who asks the catalogue's routes."""

    async def get(self, path: str, **query: str) -> tuple[int, Json]:
        """The status and the JSON of a response."""
        return await self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    async def find(self, kind: str, **query: str) -> list[Json]:
        """Hits of a search that must be answered."""
        status, found = await self.get(f"/{kind}/search", **query)
        assert status == 200, found
        hits: list[Json] = found[kind]
        return hits

    async def names(self, kind: str, **query: str) -> list[str]:
        """Names of the hits of a search."""
        return [hit["name"] for hit in await self.find(kind, **query)]

    async def put(self, collection: str, data: Json, op: str = "put", id: str = "") -> str:
        """Push one change, which must be applied; the id of its record."""
        id = id or new_id()
        change = {
            "collection": collection,
            "id": id,
            "op": op,
            "clock": 1_790_000_000_000_001,
            "data": data,
        }
        if op == "delete":
            change |= {"clock": 1_790_000_000_000_002}
            del change["data"]
        response = await self.push({"device_id": new_id(), "changes": [change]})
        (result,) = response.json["results"]
        assert result["status"] == "applied", result
        return id

    async def food(self, name: str, **data: object) -> str:
        """Push a food; its id."""
        return await self.put("foods", NUTRIENTS | {"name": name} | data)


@pytest.fixture
async def ann(server: Server) -> CatalogueClient:
    return await _registered(server)


@pytest.fixture
async def bob(server: Server) -> CatalogueClient:
    return await _registered(server)


async def _registered(server: Server) -> CatalogueClient:
    client = CatalogueClient(server.base_url)
    await client.register()
    return client


# What is found.


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("butter, salted", "Butter, salted"),
        ("chiken brest", "Chicken, broiler or fryers, breast, skinless"),
        ("chick", "Chicken"),
        ("chicke", "Chicken"),
        ("breast chicken", "Chicken, broiler or fryers, breast, skinless"),
        ("CHICKEN BREAST", "Chicken, broiler or fryers, breast, skinless"),
        ("chícken  brëast", "Chicken, broiler or fryers, breast, skinless"),
        ("brocoli", "Broccoli"),
        ("mlik", "Milk"),
        ("eggs", "Egg"),
        ("strawberry", "Strawberries"),
        ("mcdonalds", "McDONALD'S"),
        ("cheddr chese", "Cheese, cheddar"),
        ("whole milk", "Milk, whole"),
        ("olive oil", "Oil, olive"),
    ],
)
async def test_a_food_is_found_by_what_people_type(
    ann: CatalogueClient, query: str, expected: str
) -> None:
    names = await ann.names("foods", q=query)
    assert names
    assert expected in names[0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("aubergine", "Eggplant, raw"),
        ("auberg", "Eggplant, raw"),
        ("dead lift", "Barbell Deadlift"),
        ("ohp", "Standing Military Press"),
        ("pec deck", "Butterfly"),
        ("press ups", "Pushups"),
    ],
)
async def test_synonyms_find_the_plain_form(
    ann: CatalogueClient, query: str, expected: str
) -> None:
    kind = "foods" if expected.startswith("Egg") else "exercises"
    assert (await ann.names(kind, q=query))[0] == expected


async def test_words_that_no_food_has_are_named(ann: CatalogueClient) -> None:
    status, found = await ann.get("/foods/search", q="Nutella")
    assert (status, found) == (200, {"foods": [], "unknown_words": ["Nutella"]})
    status, found = await ann.get("/foods/search", q="toast nutella")
    assert found["unknown_words"] == ["nutella"]
    assert all("toast" in hit["name"].casefold() for hit in found["foods"])
    assert 0 < found["foods"][0]["score"] < 0.4
    for query in ("toast", "tosat", "bread toast"):
        assert "unknown_words" not in (await ann.get("/foods/search", q=query))[1], query
    id = await ann.food("Nutella")
    status, found = await ann.get("/foods/search", q="nutela")
    assert [hit["id"] for hit in found["foods"]] == [id]
    assert "unknown_words" not in found


async def test_what_one_logs_often_comes_first(ann: CatalogueClient) -> None:
    duck = catalogue_id("foods", "usda-sr28", "01138")
    assert (await ann.find("foods", q="egg"))[0]["id"] != duck
    mine = await ann.food("Egg sandwich")
    often = await ann.food("Egg salad")
    for day in range(10, 20):
        for id in (duck, often) if day % 2 else (duck,):
            await ann.put("food_logs", {"date": f"2026-11-{day}", "food_id": id, "grams": 50})
    ids = [hit["id"] for hit in await ann.find("foods", q="egg")]
    assert ids[0] == duck
    assert ids.index(often) < ids.index(mine) < 3
    assert len(set(ids)) == len(ids)


async def test_an_own_record_is_found_as_it_is_now(ann: CatalogueClient) -> None:
    id = await ann.food("Kvass")
    assert await ann.names("foods", q="kvass") == ["Kvass"]
    change = {
        "collection": "foods",
        "id": id,
        "op": "patch",
        "clock": 1_790_000_000_000_002,
        "data": {"name": "Kisel"},
    }
    await ann.push({"device_id": new_id(), "changes": [change]})
    assert await ann.names("foods", q="kvass") == []
    assert await ann.names("foods", q="kisel") == ["Kisel"]


async def test_words_are_found_in_any_order_and_begun(ann: CatalogueClient) -> None:
    names = await ann.names("foods", q="brea chick", limit="100")
    assert names
    for name in names:
        words = name.casefold().replace(",", " ").replace("-", " ").split()
        for beginning in ("brea", "chick"):
            assert any(word.startswith(beginning) for word in words), name


async def test_better_matches_come_first(ann: CatalogueClient) -> None:
    hits = await ann.find("foods", q="butter", limit="100")
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert hits[0]["name"].startswith("Butter")
    assert {hit["source"] for hit in hits} == {"usda-sr28"}
    whole, begun = "Egg, whole, raw, fresh", "Eggplant, raw"
    names = await ann.names("foods", q="egg", limit="100")
    assert names.index(whole) < names.index(begun)


async def test_the_very_name_scores_one(ann: CatalogueClient) -> None:
    hits = await ann.find("foods", q="Butter, salted")
    assert hits[0]["score"] == 1.0
    assert hits[0]["id"] == catalogue_id("foods", "usda-sr28", "01001")
    assert hits[0]["energy_kcal"] == 717.0
    assert hits[0]["brand"] is None
    assert hits[0]["servings"][1] == {"name": "1 tbsp", "grams": 14.2}


async def test_the_users_own_come_first_and_nobody_elses_at_all(
    ann: CatalogueClient, bob: CatalogueClient
) -> None:
    id = await ann.food("Grandma's chicken breast", brand="Home", notes="secret")
    hits = await ann.find("foods", q="chicken breast")
    assert (hits[0]["id"], hits[0]["source"]) == (id, "own")
    assert (hits[0]["brand"], hits[0]["protein_g"]) == ("Home", 10)
    assert (hits[0]["fiber_g"], hits[0]["servings"]) == (None, [])
    assert "notes" not in hits[0]
    assert hits[1]["source"] == "usda-sr28"
    assert "own" not in {hit["source"] for hit in await bob.find("foods", q="chicken breast")}
    await ann.put("foods", {}, "delete", id)
    assert id not in {hit["id"] for hit in await ann.find("foods", q="chicken breast")}


async def test_ones_own_are_found_by_brand_and_when_mistyped(ann: CatalogueClient) -> None:
    id = await ann.food("Skyr natur", brand="Ísey")
    for query in ("isey skyr", "skyr isey", "sykr"):
        assert (await ann.find("foods", q=query))[0]["id"] == id, query


async def test_a_word_in_another_alphabet_finds_ones_own(ann: CatalogueClient) -> None:
    id = await ann.food("Гречка отварная")
    assert [hit["id"] for hit in await ann.find("foods", q="гречка")] == [id]
    assert await ann.find("foods", q="鸡胸肉") == []


@pytest.mark.parametrize("query", ["%", "_", "%%%", "\\", "'", "?!", "zzzzqqqq"])
async def test_wildcards_are_letters_like_others(ann: CatalogueClient, query: str) -> None:
    assert await ann.find("foods", q=query) == []
    assert await ann.find("exercises", q=query) == []


async def test_limit_counts_ones_own_too(ann: CatalogueClient) -> None:
    for number in range(3):
        await ann.food(f"Chicken {number}")
    assert len(await ann.find("foods", q="chicken", limit="2")) == 2
    assert len(await ann.find("foods", q="chicken", limit="5")) == 5
    assert len(await ann.find("foods", q="chicken")) == 20


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=",
        "?q=%20%20",
        "?q=a&q=b",
        "?q=a&limit=0",
        "?q=a&limit=101",
        "?q=a&limit=1.0",
        "?q=a&limit=%EF%BC%91",
        "?q=a%00b",
        "?q=a&colour=red",
        f"?q={'a' * 1000}",
        f"?q={'a+' * 33}",
        "?barcode=123",
        "?barcode=4006381333932",
        "?barcode=abc",
        "?muscle=chest",
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(ann: CatalogueClient, query: str) -> None:
    status, problem = await ann.get(f"/foods/search{query}")
    assert (status, problem["code"]) == (400, "invalid_parameter")
    assert problem["errors"] or query == ""


@pytest.mark.parametrize("path", ["/foods/search?q=a", "/exercises/search?q=a", "/foods/barcode/1"])
async def test_searching_needs_a_token(server: Server, path: str) -> None:
    async with aiohttp.ClientSession(server.base_url) as http, http.get(f"/api/v1{path}") as answer:
        assert answer.status == 401


# Exercises.


async def test_exercises_are_found_by_name_and_filter(ann: CatalogueClient) -> None:
    assert "Bench Press" in (await ann.names("exercises", q="bench press"))[0]
    assert "Bench Press" in (await ann.names("exercises", q="bnech pres"))[0]
    assert "Deadlift" in (await ann.names("exercises", q="dead lift"))[0]
    hits = await ann.find(
        "exercises", q="press", muscle="Chest", equipment="dumbbell", category="strength"
    )
    assert hits
    for hit in hits:
        assert "chest" in hit["primary_muscles"]
        assert (hit["equipment"], hit["category"]) == ("dumbbell", "strength")
    assert await ann.find("exercises", muscle="tail") == []


async def test_exercises_are_listed_by_filter_alone(ann: CatalogueClient) -> None:
    id = await ann.put("exercises", {"name": "My neck thing", "primary_muscles": ["Neck"]})
    hits = await ann.find("exercises", muscle="neck", limit="100")
    assert hits[0]["id"] == id
    assert {"neck"} == {muscle.lower() for hit in hits for muscle in hit["primary_muscles"]}
    assert len(hits) == 9
    assert await ann.names("exercises", muscle="neck", category="strength", q="my") == []


# Barcodes.


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        ("4006381333931", "4006381333931"),
        ("4006381333931", "04006381333931"),
        ("036000291452", "0036000291452"),
        ("0036000291452", "036000291452"),
        ("0 36000-29145 2", "036000291452"),
        ("96385074", "96385074"),
        ("04252614", "042100005264"),
        ("042100005264", "04252614"),
    ],
)
async def test_a_barcode_is_one_however_it_is_spelled(
    ann: CatalogueClient, bob: CatalogueClient, stored: str, query: str
) -> None:
    id = await ann.food("Biscuits", barcode=stored)
    await ann.food("Others", barcode="5000112548167")
    status, food = await ann.get(f"/foods/barcode/{query}")
    assert (status, food["id"], food["barcode"]) == (200, id, stored)
    assert [hit["id"] for hit in await ann.find("foods", barcode=query)] == [id]
    assert [hit["id"] for hit in await ann.find("foods", barcode=query, q="bisc")] == [id]
    assert await ann.find("foods", barcode=query, q="butter") == []
    assert (await bob.get(f"/foods/barcode/{query}"))[0] == 404
    await ann.put("foods", {}, "delete", id)
    assert (await ann.get(f"/foods/barcode/{query}"))[0] == 404


@pytest.mark.parametrize(
    "code",
    [
        "4006381333932",
        "1",
        "00000000",
        "12345678901234567",
        "%00",
        "%25",
        "４００６３８１３３３９３１",
    ],
)
async def test_a_barcode_whose_last_digit_is_wrong_is_refused(
    ann: CatalogueClient, code: str
) -> None:
    status, problem = await ann.get(f"/foods/barcode/{code}")
    assert (status, problem["code"]) == (400, "invalid_parameter")


# The download.


async def whole(http: aiohttp.ClientSession, kind: str, since: str = "") -> Json:
    query = {"since": since} if since else {}
    async with http.get(f"/api/v1/catalogue/{kind}", params=query) as answer:
        assert answer.status == 200
        document: Json = await answer.json()
        return document


@pytest.fixture
async def anyone(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.base_url) as http:
        yield http


async def test_the_catalogue_says_what_it_is(anyone: aiohttp.ClientSession) -> None:
    async with anyone.get("/api/v1/catalogue") as answer:
        described = await answer.json()
    assert described["foods"]["count"] == sum(1 for _ in rows("foods"))
    assert described["exercises"]["licence"] == "Unlicense (public domain)"
    for part in described.values():
        assert part.keys() == {"version", "count", "source", "licence", "url"}


@pytest.mark.parametrize("kind", ["foods", "exercises"])
async def test_a_download_holds_everything_that_is_shipped(
    anyone: aiohttp.ClientSession, kind: str
) -> None:
    document = await whole(anyone, kind)
    assert (document["since"], document["removed"]) == (None, [])
    described = {entry.pop("id"): entry for entry in document["entries"]}
    assert described == {
        catalogue_id(kind, row["source"], row["source_id"]): row for row in rows(kind)
    }
    again = await whole(anyone, kind, document["version"])
    assert (again["entries"], again["since"]) == ([], document["version"])


@pytest.mark.parametrize("coding", UNPACK)
async def test_a_download_comes_in_each_coding_with_its_own_etag(
    server: Server, coding: str
) -> None:
    path, accepted = "/api/v1/catalogue/exercises", {"Accept-Encoding": coding}
    async with aiohttp.ClientSession(server.base_url, auto_decompress=False) as http:
        async with http.get(path, headers=accepted) as answer:
            body, headers = await answer.read(), answer.headers
        assert len(orjson.loads(UNPACK[coding](body))["entries"]) == 873
        assert headers.get("Content-Encoding", "identity") == coding
        assert "public" in headers["Cache-Control"]
        assert headers["ETag"].endswith(f'-{coding}"')
        known = accepted | {"If-None-Match": headers["ETag"]}
        async with http.get(path, headers=known) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["ETag"] == headers["ETag"]
        async with http.get(f"{path}?since=1-0", headers=known) as answer:
            assert answer.status == 304, "a version that is not known here means everything"


async def test_one_entry_can_be_read(anyone: aiohttp.ClientSession) -> None:
    id = catalogue_id("exercises", "free-exercise-db", "Barbell_Deadlift")
    async with anyone.get(f"/api/v1/catalogue/exercises/{id}") as answer:
        entry = await answer.json()
    assert (entry["name"], entry["retired"]) == ("Barbell Deadlift", False)
    assert entry["data"]["instructions"]
    for unknown in (str(uuid.uuid4()), "nothing", id.upper()):
        async with anyone.get(f"/api/v1/catalogue/exercises/{unknown}") as answer:
            assert answer.status == 404
