"""History in the database: its retention, its place in the quota, and its end with the account."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.store.postgres import Pool
from tests.api.test_quotas import change, push
from tests.infrastructure.server import Server
from tests.support.client import PASSWORD, Client, Json
from tests.support.sample_records import new_id

QUOTA = 20_000
COUNTED = """
SELECT history_bytes, coalesce(sum(octet_length(data::text)), 0), count(data), heads.bytes
FROM heads LEFT JOIN history USING (user_id) WHERE user_id = $1 GROUP BY history_bytes, heads.bytes
"""

MULTIPART = """--part\r
Content-Disposition: form-data; name="weight_unit"\r
\r
kg\r
--part\r
Content-Disposition: form-data; name="file"; filename="weights.csv"\r
\r
{}\r
--part--\r
"""


@pytest.fixture
async def ann(server: Server) -> Client:
    user = Client(server.base_url)
    await user.register()
    return user


@pytest.fixture
async def bounded(config: Config) -> AsyncIterator[Client]:
    """A user who may store little."""
    running = Server(create_app(config.changed(quota_bytes=QUOTA)))
    await running.start_server(auto_decompress=False)
    user = Client(running.base_url)
    await user.register()
    yield user
    await running.close()


async def counted(pool: Pool, user: Client) -> tuple[int, int, int]:
    """Number of entries, their bytes and those of the records; the counter has to be right."""
    row = await pool.fetchrow(COUNTED, user.user_id)
    assert row is not None
    counter, size, entries, records = row
    assert (counter or 0) == size
    return entries, size, records


async def history(user: Client, id: str) -> list[Json]:
    page: Json = (await user.send("GET", f"/foods/{id}/history?limit=500")).json
    items: list[Json] = page["items"]
    return items


async def test_new_records_leave_nothing(ann: Client, pool: Pool) -> None:
    assert (await push(ann, *(change() for _ in range(5)))).status == 200
    assert await counted(pool, ann) == (0, 0, (await counted(pool, ann))[2])
    counter = "SELECT history_bytes FROM heads WHERE user_id = $1"
    assert await pool.fetchval(counter, ann.user_id) is None


async def test_the_bytes_are_counted_once_also_of_what_is_lost_again(
    ann: Client, pool: Pool
) -> None:
    id = new_id()
    await push(ann, change(id=id, at=5))
    await push(ann, change(id=id, at=6, name="Rye"))
    assert (await counted(pool, ann))[0] == 1
    for _ in range(3):
        await push(ann, change(id=id, at=2, name="Lost"), device=new_id()[:-1] + "0")
    lost = change(id=id, at=3, name="Lost by one device")
    device = new_id()
    for _ in range(3):
        assert (await push(ann, lost, device=device)).json["results"][0]["status"] == "stale"
    assert (await counted(pool, ann))[0] == 5
    assert [it["why"] for it in await history(ann, id)] == ["lost"] * 4 + ["overwritten"]


async def test_records_have_the_bytes_first_and_the_oldest_history_goes(
    bounded: Client, pool: Pool
) -> None:
    id = new_id()
    for at in range(40):
        answer = await push(bounded, change(id=id, at=at, notes=f"{at} " + "x" * 1000))
        assert answer.status == 200
    entries, size, records = await counted(pool, bounded)
    assert 0 < entries < 39
    assert size + records <= QUOTA
    notes = [it["data"]["notes"].split()[0] for it in await history(bounded, id)]
    assert notes == [str(at) for at in range(38, 38 - entries, -1)]
    big = [change(notes="y" * 9000) for _ in range(2)]
    assert (await push(bounded, *big)).status == 200
    assert (await push(bounded, change(id=id, at=50, notes="z"))).status == 200
    entries, size, records = await counted(pool, bounded)
    assert size + records <= QUOTA
    assert (await push(bounded, change(notes="y" * 9000))).code == "quota_exceeded"


async def test_entries_are_purged_after_their_retention(
    ann: Client, pool: Pool, config: Config
) -> None:
    ids = [new_id(), new_id()]
    for id in ids:
        await push(ann, change(id=id))
        await push(ann, change(id=id, at=1, name="Rye"))
    old = datetime.now(UTC) - timedelta(days=31)
    await pool.execute(
        "UPDATE history SET replaced_at = $3 WHERE user_id = $1 AND id = $2",
        ann.user_id, ids[0], old,
    )  # fmt: skip
    done = await cleanup(pool, config, datetime.now(UTC))
    assert done["history"] == 1
    assert await history(ann, ids[0]) == []
    assert len(await history(ann, ids[1])) == 1
    assert (await counted(pool, ann))[0] == 1
    await cleanup(pool, config.changed(history_retention_days=0), datetime.now(UTC))
    assert await counted(pool, ann) == (0, 0, (await counted(pool, ann))[2])


async def test_nothing_is_stored_without_a_retention(config: Config, pool: Pool) -> None:
    running = Server(create_app(config.changed(history_retention_days=0)))
    await running.start_server(auto_decompress=False)
    try:
        user = Client(running.base_url)
        await user.register()
        id = new_id()
        await push(user, change(id=id))
        await push(user, change("delete", id, at=1))
        assert (await counted(pool, user))[0] == 0
        assert (await user.send("GET", "/trash")).json["items"] == []
    finally:
        await running.close()


async def test_an_import_that_corrects_a_record_leaves_it_in_the_history(ann: Client) -> None:
    for weight in (80, 81):
        form = MULTIPART.format(f"date,weight\r\n2026-11-23,{weight}").encode()
        media = "multipart/form-data; boundary=part"
        answer = await ann.send("POST", "/imports", form, Content_Type=media)
        assert answer.status == 200, answer.body
    [record] = (await ann.send("GET", "/body-metrics")).json["items"]
    path = f"/body-metrics/{record['id']}/history"
    [entry] = (await ann.send("GET", path)).json["items"]
    assert (record["weight_kg"], entry["data"]["weight_kg"]) == (81, 80)


async def test_it_is_in_the_export_and_goes_with_the_account(ann: Client, pool: Pool) -> None:
    id = new_id()
    await push(ann, change(id=id, name="Oats"))
    await push(ann, change(id=id, at=1, name="Rye"))
    exported = (await ann.send("POST", "/users/me/export", {"password": PASSWORD})).body
    lines = [orjson.loads(line) for line in exported.splitlines()]
    [entry] = [line for line in lines if line["kind"] == "history"]
    assert (entry["collection"], entry["id"], entry["why"]) == ("foods", id, "overwritten")
    assert entry["data"]["name"] == "Oats"
    await ann.send("DELETE", "/users/me", {"password": PASSWORD})
    count = "SELECT count(*) FROM history WHERE user_id = $1"
    assert await pool.fetchval(count, ann.user_id) == 0
