"""Lists of records: pages, orders, ranges of days, parents, and rejected parameters."""

import itertools
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from schema import COLLECTIONS
from tests.support.client import Client, Json
from tests.support.sample_records import DATED, NATURAL, new_id, path, whole

ALL = list(COLLECTIONS)
MANY = [name for name in ALL if name != "profile"]
EDGES = ("2024-02-28", "2024-02-29", "2024-03-01", "2026-12-28", "2026-12-31", "2027-01-01",
         "2027-01-03", "2027-01-04", "1900-01-01", "2199-12-31")  # fmt: skip
_clocks = itertools.count(1_790_000_000_000_000)


def put(collection: str, id: str = "", /, **more: Any) -> Json:
    """A change that makes a record."""
    return {
        "collection": collection,
        "id": id or new_id(),
        "op": "put",
        "clock": next(_clocks),
        "data": whole(collection) | more,
    }


async def push(user: Client, *changes: Json) -> list[str]:
    """Write; the ids in the order of writing."""
    body = {"device_id": new_id(), "changes": list(changes)}
    answer = await user.send("POST", "/sync/push", body, Idempotency_Key=new_id())
    assert {it["status"] for it in answer.json["results"]} == {"applied"}, answer.json
    return [change["id"] for change in changes]


async def listed(user: Client, collection: str, **query: object) -> list[Json]:
    """The whole list, page by page."""
    items: list[Json] = []
    token = None
    while True:
        parameters = {name.rstrip("_"): str(it) for name, it in query.items()}
        parameters |= {"page_token": token} if token else {}
        answer = await user.send("GET", f"{path(collection)}?{urlencode(parameters)}")
        assert answer.status == 200, answer
        page = answer.json
        items += page["items"]
        token = page["next_page_token"]
        if token is None:
            return items
        assert len(page["items"]) == int(str(query.get("limit", 100)))


def distinct(user: Client, collection: str, number: int, **more: object) -> Json:
    """A put of a record of its own, under the id that it is stored under."""
    declared = COLLECTIONS[collection]
    change = put(collection, **more)
    if declared.natural_key and not declared.natural_key.when:
        for part in declared.natural_key.parts:
            if declared.fields[part].json_schema.get("format") == "date":
                change["data"][part] = EDGES[number]
        change["id"] = declared.canonical_id(user.user_id, change["data"])
    return change


async def seven(user: Client, collection: str) -> list[str]:
    """The ids of seven records, on days that repeat where that can be."""
    if collection in NATURAL:
        return await push(user, *(distinct(user, collection, number) for number in range(7)))
    if collection in DATED:
        return await push(user, *(put(collection, date=EDGES[n // 2]) for n in range(7)))
    return await push(user, *(put(collection) for _ in range(7)))


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
@pytest.mark.parametrize("collection", MANY)
async def test_every_record_is_on_one_page(ann: Client, collection: str, limit: int) -> None:
    ids = await seven(ann, collection)
    day = COLLECTIONS[collection].day_field
    for order in ("id", "-id", "updated", "-updated", *(("date", "-date") if day else ())):
        items = await listed(ann, collection, limit=limit, order=order)
        keys: dict[str, Any] = {
            "id": [it["id"] for it in items],
            "updated": [it["version"] for it in items],
            "date": [(it[day], it["id"]) for it in items] if day else [],
        }
        key = keys[order.lstrip("-")]
        assert key == sorted(key, reverse=order.startswith("-"))
        assert sorted(it["id"] for it in items) == sorted(ids)


@pytest.mark.parametrize("collection", DATED)
async def test_a_range_of_days_includes_both_ends(ann: Client, collection: str) -> None:
    changes = [distinct(ann, collection, number, date=day) for number, day in enumerate(EDGES)]
    await push(ann, *changes)
    for first, last in itertools.product(("", *EDGES), repeat=2):
        if first and last and first > last:
            continue
        parameters = ({"from": first} if first else {}) | ({"to": last} if last else {})
        items = await listed(ann, collection, limit=4, **parameters)
        expected = [day for day in EDGES if (first or "0") <= day <= (last or "9")]
        assert [it["date"] for it in items] == sorted(expected, reverse=True)


async def test_iso_week_53_is_a_range_like_any(ann: Client) -> None:
    # Of 2026, it ends in 2027.
    await push(ann, *(put("workout_sessions", date=day) for day in EDGES))
    items = await listed(ann, "workout_sessions", **{"from": "2026-12-28", "to": "2027-01-03"})
    assert [it["date"] for it in items] == ["2027-01-03", "2027-01-01", "2026-12-31", "2026-12-28"]


async def test_a_set_is_listed_by_its_sessions_day(ann: Client) -> None:
    early, late = await push(
        ann,
        put("workout_sessions", date="2026-11-01"),
        put("workout_sessions", date="2026-11-20"),
    )
    of_early, of_late, _orphan = await push(
        ann,
        put("workout_sets", session_id=early),
        put("workout_sets", session_id=late),
        put("workout_sets"),
    )
    november = await listed(ann, "workout_sets", limit=1, **{"from": "2026-11-01"})
    assert {it["id"] for it in november} == {of_early, of_late}
    assert [it["id"] for it in await listed(ann, "workout_sets", to="2026-11-19")] == [of_early]
    moved = await ann.send("PATCH", path("workout_sessions", early), {"date": "2026-12-01"})
    assert moved.status == 200
    assert await listed(ann, "workout_sets", to="2026-11-19") == []
    await ann.send("DELETE", path("workout_sessions", early))
    december = await listed(ann, "workout_sets", **{"from": "2026-12-01"})
    assert december == []  # a deleted session has no day


PARENTS = [name for name in ALL if COLLECTIONS[name].parent_field]


@pytest.mark.parametrize("collection", PARENTS)
async def test_a_parents_children_are_listed_in_their_order(ann: Client, collection: str) -> None:
    declared = COLLECTIONS[collection]
    assert declared.parent_field
    parent = new_id()
    ordered = "position" in declared.fields
    more = [{"position": n} if ordered else {} for n in (9, 2, 10, 2)]
    changes = (
        distinct(ann, collection, number, **{declared.parent_field: parent}, **fields)
        for number, fields in enumerate(more)
    )
    ids = await push(ann, *changes)
    await push(ann, put(collection))
    items = await listed(ann, collection, limit=1, **{declared.parent_field: parent})
    assert {it["id"] for it in items} == set(ids)
    assert await listed(ann, collection, **{declared.parent_field: new_id()}) == []
    if ordered:
        assert [it["position"] for it in items] == [2, 2, 9, 10]
        back = await listed(
            ann, collection, limit=2, order="-position", **{declared.parent_field: parent}
        )
        assert back == items[::-1]


async def test_a_page_holds_100_by_default(ann: Client) -> None:
    await push(ann, *(put("foods") for _ in range(501)))
    first = (await ann.send("GET", "/foods")).json
    assert len(first["items"]) == 100
    assert len((await ann.send("GET", "/foods?limit=500")).json["items"]) == 500


async def test_a_list_that_changes_meanwhile_skips_nothing_that_stayed(ann: Client) -> None:
    ids = await push(ann, *(put("foods") for _ in range(9)))
    ordered = sorted(ids)
    page = (await ann.send("GET", "/foods?limit=4&order=id")).json
    assert (await ann.send("DELETE", path("foods", ordered[3]))).status == 204  # the page's last
    assert (await ann.send("DELETE", path("foods", ordered[5]))).status == 204
    await ann.send("PATCH", path("foods", ordered[6]), {"notes": "changed"})
    rest = await ann.send("GET", f"/foods?limit=9&order=id&page_token={page['next_page_token']}")
    assert [it["id"] for it in rest.json["items"]] == [ordered[4], *ordered[6:]]


@pytest.mark.parametrize(
    "query",
    [
        *(f"limit={it}" for it in ("0", "501", "-1", "x", "", "1.0", "١", "%001", "9" * 30)),
        *(f"order={it}" for it in ("", "name", "--id", "ID", "-", "id,updated", "position")),
        *(
            f"{name}={it}"
            for name in ("from", "to")
            for it in ("2026-02-29", "2026-W48-1", "20261123", "today", "", "2026-1-1", "%00")
        ),
        "from=2026-11-24&to=2026-11-23",
        "limit=1&limit=1",
        "program_id=x",
        "program_id=",
        "session_id=0192f0c4-6f0e-7c4e-9a53-000000000001",
        "q=oats",
        "Limit=1",
    ],
)
async def test_a_parameter_that_is_none_is_refused(ann: Client, query: str) -> None:
    answer = await ann.send("GET", f"/workout-sessions?{query}")
    assert (answer.status, answer.code) == (400, "invalid_parameter")
    assert answer.json["errors"]


async def test_days_are_no_parameter_where_records_have_none(ann: Client) -> None:
    assert (await ann.send("GET", "/foods?from=2026-11-23")).code == "invalid_parameter"
    assert (await ann.send("GET", "/foods?order=date")).code == "invalid_parameter"
    assert (await ann.send("GET", "/workout-sets?order=position")).code == "invalid_parameter"


async def test_a_page_token_is_bound_to_its_list(ann: Client, bob: Client) -> None:
    for user in (ann, bob):
        await push(user, *(put("workout_sessions") for _ in range(3)))
        await push(user, *(put("food_logs") for _ in range(3)))
    token = (await ann.send("GET", "/workout-sessions?limit=1")).json["next_page_token"]
    more = f"limit=1&page_token={token}"
    assert (await ann.send("GET", f"/workout-sessions?{more}")).status == 200
    rejected = [
        await bob.send("GET", f"/workout-sessions?{more}"),
        await ann.send("GET", f"/food-logs?{more}"),
        await ann.send("GET", f"/workout-sessions?{more}&order=id"),
        await ann.send("GET", f"/workout-sessions?{more}&from=2026-11-23"),
        await ann.send("GET", f"/workout-sessions?{more}&program_id={new_id()}"),
    ]
    turned = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for text in ("x", "=", "....", token[:-4], token + "AAAA", turned, "é", "\0", "A" * 5000):
        rejected.append(await ann.send("GET", f"/workout-sessions?page_token={quote(text)}"))
    assert {answer.code for answer in rejected} == {"invalid_cursor"}
    assert (await ann.send("GET", "/workout-sessions?page_token=")).status == 200
