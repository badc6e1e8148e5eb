"""Run in a process whose `schema` declares habits: everything else must have followed.

The arguments are the owner's and the application's database URL, Valkey's URL and a directory.
"""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
from aiohttp import web
from jsonschema_rs import validator_for

from schema import COLLECTIONS
from schema.ids import derived_id
from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.openapi.document import document_of, routes_of
from sync_server.store.migrate import migrate
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.sample_records import new_id
from trackforge_client import Device

HABIT = {"date": "2026-11-23", "name": "Read", "count": 20, "unit": "pages"}
ROUTES = {
    "/api/v1/habits": {"get", "post"},
    "/api/v1/habits/{id}": {"get", "put", "patch", "delete"},
}


async def run_story(owner_url: str, database_url: str, redis_url: str, directory: Path) -> None:
    """The whole story; an AssertionError where it goes wrong."""
    assert "habits" in COLLECTIONS
    await migrate(owner_url)
    app = create_app(
        Config().changed(
            database_url=database_url,
            migration_database_url=owner_url,
            redis_url=redis_url,
            secret_keys={"test": os.urandom(32)},
            argon2_time_cost=1,
            argon2_memory_kib=64,
        )
    )
    described(app)
    server = Server(app)
    await server.start_server(auto_decompress=False)
    try:
        visitor = Client(server.base_url)
        await visitor.register()
        id = await pushed_and_pulled(visitor)
        await browsed(visitor, id)
        await viewed(owner_url, visitor)
        await synced(server, visitor, directory, id)
    finally:
        await server.close()


def described(app: web.Application) -> None:
    """The document tells the routes, and the shapes of pushes and pulls."""
    document = document_of(routes_of(app))
    for path, methods in ROUTES.items():
        assert document["paths"][path].keys() >= methods
    schemas = document["components"]["schemas"]
    assert schemas["HabitResource"]["properties"]["count"]["maximum"] == 1000
    assert {"HabitPut", "HabitPatch", "HabitRecord"} <= schemas.keys()
    body = document["paths"]["/api/v1/habits"]["post"]["requestBody"]["content"]
    media = body["application/json"]
    whole = media["schema"] | {"components": document["components"]}
    validator_for(whole).validate(media["example"])


async def pushed_and_pulled(visitor: Client) -> str:
    """A push is validated by the declaration, and comes back in a pull; the derived id."""

    def change(**fields: object) -> dict[str, object]:
        data = HABIT | fields
        return {
            "collection": "habits",
            "id": new_id(),
            "op": "put",
            "clock": 1_790_000_000_000_001,
            "data": data,
        }

    changes = [change(), change(count=1001), change(name="")]
    body = {"device_id": new_id(), "changes": changes}
    answer = await visitor.send("POST", "/sync/push", body, Idempotency_Key=new_id())
    applied, *rejected = answer.json["results"]
    assert applied["status"] == "applied"
    assert [list(it["error"]["errors"]) for it in rejected] == [["count"], ["name"]]
    [pulled] = await visitor.pull()
    assert pulled["data"] == HABIT | {"done": False}
    id = derived_id("habits", visitor.user_id, ("2026-11-23", "Read"))
    assert pulled["id"] == applied["canonical_id"] == id
    return id


async def browsed(visitor: Client, id: str) -> None:
    """The plain routes read, list, change, delete and revive it."""
    place = f"/habits/{id}"
    read = await visitor.send("GET", place)
    assert (read.status, read.json["unit"]) == (200, "pages")
    patched = await visitor.send("PATCH", place, {"done": True}, If_Match=read.headers["ETag"])
    assert (patched.status, patched.json["done"]) == (200, True)
    half = await visitor.send("PATCH", place, {"count": 5})
    assert (half.json["count"], half.json["unit"]) == (5, "pages")
    other = await visitor.send("POST", "/habits", HABIT | {"date": "2026-11-24"})
    assert other.status == 201
    range_ = "/habits?from=2026-11-24&to=2026-11-30&order=date"
    listed = (await visitor.send("GET", range_)).json["items"]
    assert [it["id"] for it in listed] == [other.json["id"]]
    assert (await visitor.send("GET", f"/habits?program_id={new_id()}")).json["items"] == []
    assert (await visitor.send("DELETE", f"/habits/{other.json['id']}")).status == 204
    assert (await visitor.send("PUT", place, HABIT)).status == 200


async def viewed(owner_url: str, visitor: Client) -> None:
    """Analysts have a view with typed columns."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute("SET trackforge.everyone = 'on'")
        row = await connection.fetchrow(
            "SELECT date + count::int AS later, done FROM v_habits WHERE user_id = $1",
            visitor.user_id,
        )
    finally:
        await connection.close()
    assert row is not None
    assert (row["later"].isoformat(), row["done"]) == ("2026-12-13", False)


async def synced(server: Server, visitor: Client, directory: Path, id: str) -> None:
    """Two devices write it offline, and agree."""
    devices = [Device(directory / name, server.base_url, name=name) for name in ("a", "b")]
    try:
        for device in devices:
            await device.login(visitor.email, visitor.password)
            await device.sync()
            assert device.get("habits", id) == {"id": id, **HABIT, "done": False}
        phone, tablet = devices
        phone.patch("habits", id, {"done": True})
        tablet.patch("habits", id, {"count": 30, "unit": "pages"})
        twins = [it.put("habits", {"date": "2026-11-25", "name": "Run"}) for it in devices]
        assert twins[0] == twins[1]
        for device in (*devices, *devices):
            await device.sync()
        assert phone.get("habits", id) == {"id": id, **HABIT, "count": 30, "done": True}
        assert phone.digest() == tablet.digest()
        assert (await phone.check()).same
        assert len(phone.all("habits")) == 2
    finally:
        for device in devices:
            await device.__aexit__(None, None, None)


if __name__ == "__main__":
    asyncio.run(run_story(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
