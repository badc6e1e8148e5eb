"""Writes of a server whose database is sharded: a statement a table, the same outcome."""

import time

from sync_server.config.settings import Config
from sync_server.store.postgres import Pool
from tests.conftest import running
from tests.support.client import Client, Json
from tests.support.sample_records import new_id

FIRST, SECOND = new_id(), new_id()
COUNTERS = "SELECT records, tombstones, bytes, history_bytes FROM heads WHERE user_id = $1"


def food(name: str) -> Json:
    """A food with all that one needs."""
    return {"name": name, "energy_kcal": 250.0, "protein_g": 8.0, "carbs_g": 50.0, "fat_g": 2.0}


STEPS = (
    ("put", FIRST, food("Rye")),
    ("put", SECOND, food("Oats")),
    ("put", FIRST, food("Rye bread")),
    ("patch", FIRST, {"name": "Rye, whole"}),
    ("delete", SECOND, None),
)


async def outcome(config: Config, pool: Pool) -> Json:
    """Records, history and trash after a push sent twice, of later ones and of an edit by REST."""
    async with running(config) as server:
        ann = Client(server.base_url)
        await ann.register()
        device_id = new_id()
        for clock, (op, id, data) in enumerate(STEPS, time.time_ns() // 1000 - 1_000_000):
            change = {"collection": "foods", "id": id, "op": op, "clock": clock}
            body = {
                "device_id": device_id,
                "changes": [change | ({"data": data} if data else {})],
            }
            first, again = (
                await ann.push(body, f"key-{clock}"),
                await ann.push(body, f"key-{clock}"),
            )
            assert first.status == 200, first
            assert first.body == again.body
            assert [it["status"] for it in first.json["results"]] == ["applied"]
        edited = await ann.send("PATCH", f"/foods/{FIRST}", {"brand": "Mill"})
        assert edited.status == 200, edited
        page = (await ann.send("GET", "/sync/pull")).json
        history = (await ann.send("GET", f"/foods/{FIRST}/history")).json["items"]
        trash = (await ann.send("GET", "/trash")).json["items"]
        return {
            "records": [
                (it["id"], it["version"], it["deleted"], it["data"]) for it in page["changes"]
            ],
            "history": [(it["version"], it["why"], it["data"]) for it in history],
            "trash": [it["id"] for it in trash],
            "counters": tuple(await pool.fetchrow(COUNTERS, ann.user_id) or ()),
            "check": (await ann.send("GET", "/sync/check")).json,
        }


async def test_a_sharded_server_writes_the_same(config: Config, pool: Pool) -> None:
    plain = await outcome(config, pool)
    assert await outcome(config.changed(database_sharded=True), pool) == plain
    assert [it[0] for it in plain["records"]] == [FIRST]
    assert len(plain["history"]) == 3
    assert plain["trash"] == [SECOND]
