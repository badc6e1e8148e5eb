"""Ids of somebody else, on every route that takes one: as if they had never been."""

import json
import re
import uuid
from typing import Any

import pytest
from aiohttp import web

from schema import COLLECTIONS
from sync_server.store.postgres import Pool
from tests.contract.http_client import Answer, User, now_us
from tests.security.attack_routes import filled, name, routes
from tests.support.sample_records import whole

# What differs between two answers although nothing is told by it.
_VOLATILE = re.compile(r'"(request_id|version|clock|server_clock|ETag)":\s*("[^"]*"|\d+)')
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOBODYS = str(uuid.UUID(int=7))


def _with_ids() -> list[web.RouteDef]:
    return [route for route in routes() if "{id}" in filled(route)]


def _segment(route: web.RouteDef) -> str:
    """Kind of the resource, from its path."""
    return filled(route).partition("/{id}")[0].rpartition("/")[2]


def _put(collection: str) -> dict[str, Any]:
    return {
        "collection": collection,
        "id": str(uuid.uuid4()),
        "op": "put",
        "clock": now_us(),
        "data": whole(collection),
    }


@pytest.fixture
def theirs(user: User) -> dict[str, str]:
    """An id of the victim's for every kind of thing, by the segment before it in paths."""
    answer = user.push(*map(_put, COLLECTIONS))
    ids = {
        it["collection"].replace("_", "-"): it.get("canonical_id", it["id"])
        for it in answer["results"]
    }
    (session,) = user.get("/auth/sessions").ok()["sessions"]
    return ids | {"sessions": session["id"], "users": user.id, "devices": user.device_id}


async def _rows(pool: Pool, user: User) -> list[str]:
    user.get("/sync/devices").ok()  # stores the facts that wait behind the requests
    tables = await pool.fetch(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = 'public' "
        "AND table_type = 'BASE TABLE' AND column_name = 'user_id' ORDER BY 1"
    )
    rows = []
    for (table,) in tables:
        found = await pool.fetch(
            f'SELECT t::text AS row FROM "{table}" AS t WHERE user_id = $1 ORDER BY 1', user.id
        )
        rows += [f"{table} {row['row']}" for row in found]
    return rows


def _shown(answer: Answer) -> tuple[int, str]:
    text = _VOLATILE.sub(r'"\1": 0', answer.body.decode())
    return answer.status, _ID.sub("an id", text)


@pytest.mark.parametrize("route", _with_ids(), ids=name)
async def test_another_users_id_looks_like_an_unknown_id(
    route: web.RouteDef, user: User, other: User, theirs: dict[str, str], pool: Pool
) -> None:
    segment = _segment(route)
    collection = segment.replace("-", "_")
    fields = whole(collection) if collection in COLLECTIONS else {}
    body = fields if route.method in ("POST", "PUT", "PATCH") else None
    before = await _rows(pool, user)
    answers = []
    # Two who know nothing of each other, since what the one writes would be there for the next.
    for asker, id in ((other, theirs.get(segment, NOBODYS)), (other.server.user(), NOBODYS)):
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answers.append(_shown(asker.request(route.method, filled(route, id=id), body, key)))
    assert answers[0] == answers[1]
    assert answers[0][0] < 500
    assert await _rows(pool, user) == before


def test_every_kind_of_thing_has_a_route_with_its_id(theirs: dict[str, str]) -> None:
    assert theirs.keys() == theirs.keys() & {_segment(route) for route in _with_ids()}


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_push_of_somebody_elses_ids_makes_records_of_ones_own(
    collection: str, user: User, other: User, theirs: dict[str, str], pool: Pool
) -> None:
    id = theirs[collection.replace("_", "-")]
    before = await _rows(pool, user)
    changes: list[dict[str, Any]] = [
        _put(collection) | {"id": id},
        {"collection": collection, "id": id, "op": "delete", "clock": now_us()},
    ]
    answer = other.push(*changes)
    assert id not in json.dumps([it.get("record") for it in answer["results"]])
    assert await _rows(pool, user) == before
