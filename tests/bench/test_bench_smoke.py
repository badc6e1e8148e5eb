"""Load generator and raw client: they count and store what they claim; no timings are asserted."""

import asyncio
import json
import os
from pathlib import Path

import asyncpg
import pytest

from bench import bulk, chart, document, load, notification, raw
from bench.first_sync import first_sync
from bench.meter import Measure, Pids
from bench.rows import log_of
from bench.summary import figures, ratios
from bench.wire import Account, BadAnswer, Line, register, request
from sync_server.store.postgres import Pool
from tests.conftest import Stores
from tests.infrastructure.server import Server

LATEST = Path(chart.__file__).parent / "results" / "latest.json"
OURSELVES = Pids(os.getpid(), os.getpid(), os.getpid())


@pytest.fixture
async def account(server: Server) -> Account:
    line = await Line.open(server.base_url)
    try:
        return await register(line, f"{os.urandom(8).hex()}@example.com")
    finally:
        line.close()


async def test_what_is_pushed_is_counted_and_stored(
    server: Server, account: Account, pool: Pool
) -> None:
    measure = await asyncio.to_thread(load.push_storm, server.base_url, OURSELVES, [account], 3, 20)
    stored = await pool.fetchval("SELECT count(*) FROM records WHERE user_id = $1", account.user_id)
    assert (measure.records, stored, len(measure.latencies)) == (60, 60, 3)


async def test_a_pull_storm_starts_over_at_the_end(
    server: Server, account: Account, stores: Stores
) -> None:
    await asyncio.to_thread(bulk.add_records, stores.database_url, account.user_id, 50)
    measure = await asyncio.to_thread(
        load.pull_storm, server.base_url, OURSELVES, [account], 0.2, 20, "touched"
    )
    assert measure.records >= 50
    nothing = await asyncio.to_thread(load.pull_nothing, server.base_url, OURSELVES, account, 3)
    assert len(nothing.latencies) == 3


async def test_a_first_sync_brings_everything(
    server: Server, account: Account, stores: Stores
) -> None:
    await asyncio.to_thread(bulk.add_records, stores.database_url, account.user_id, 120)
    found = await asyncio.to_thread(first_sync, server.base_url, OURSELVES, account, 50, "none")
    assert (found.measure.records, len(found.measure.latencies)) == (120, 3)


async def test_a_notified_device_pulls_what_was_pushed(
    server: Server, account: Account, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[list[str]] = []
    send = Line.ask

    async def recorded(line: Line, sent: bytes) -> bytes:
        body = await send(line, sent)
        if sent.startswith(b"GET /api/v1/sync/pull"):
            pages.append([change["id"] for change in json.loads(body)["changes"]])
        return body

    monkeypatch.setattr(Line, "ask", recorded)
    measure = await asyncio.to_thread(
        notification.notify_and_pull, server.base_url, OURSELVES, account, 3
    )
    stored = await pool.fetch(
        "SELECT id::text FROM records WHERE user_id = $1 ORDER BY version", account.user_id
    )
    assert pages == [[], *([row["id"]] for row in stored)]
    assert (len(stored), measure.records, len(measure.latencies)) == (3, 3, 3)


async def test_a_notification_before_its_change_can_be_pulled_is_an_error(
    server: Server, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_records(account: Account, *_: object) -> bytes:
        return request("GET", "/sync/pull?collections=programs", account.token)

    monkeypatch.setattr(notification, "pull_request", without_records)
    with pytest.raises(AssertionError, match="before its change"):
        await asyncio.to_thread(
            notification.notify_and_pull, server.base_url, OURSELVES, account, 1
        )


@pytest.mark.parametrize("way", ["transaction", "statement"])
async def test_the_raw_client_hands_out_versions_without_a_gap(
    stores: Stores, pool: Pool, way: raw.Way
) -> None:
    (user_id,) = await asyncio.to_thread(bulk.add_users, stores.database_url, 1)
    assert (
        await asyncio.to_thread(raw.push_raw, stores.database_url, OURSELVES, [user_id], 2, 10, way)
    ).records == 20
    versions = await pool.fetch(
        "SELECT version FROM records WHERE user_id = $1 ORDER BY version", user_id
    )
    head = await pool.fetchval("SELECT version FROM heads WHERE user_id = $1", user_id)
    assert [row["version"] for row in versions] == list(range(1, head + 1))
    assert (
        await asyncio.to_thread(raw.pull_raw, stores.database_url, OURSELVES, [user_id], 0.1, 10)
    ).records >= head


async def test_the_load_generator_does_not_take_an_error_for_an_answer(server: Server) -> None:
    line = await Line.open(server.base_url)
    with pytest.raises(BadAnswer, match="unauthorized"):
        await line.ask(request("GET", "/sync/pull", "nobody's token"))
    line.close()


def test_the_same_seed_makes_the_same_log() -> None:
    rows = list(log_of(45, seed=7))
    assert rows == list(log_of(45, seed=7))
    assert len({row.id for row in rows}) == 45
    assert [row.collection for row in rows].count("workout_sessions") == 3
    assert all(json.loads(row.change)["data"] == json.loads(row.data) for row in rows)


def test_figures_are_medians_of_the_rounds() -> None:
    cpu = {"server": 0.5, "postgres": 0.25, "valkey": 0.0, "load": 0.25, "others": 0.0}
    rounds = [Measure(records, 1.0, cpu, [0.001, 0.002]) for records in (900, 1000, 5000)]
    found = figures(rounds)
    assert (found.per_s, found.per_s_least, found.per_s_most) == (1000, 900, 5000)
    assert (found.p50_ms, found.p99_ms) == (2.0, 2.0)
    assert ratios(found, found)["rate"] == 1


def test_the_committed_figures_can_be_drawn(tmp_path: Path) -> None:
    results = json.loads(
        Path(chart.__file__).with_name("results").joinpath("latest.json").read_text()
    )
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n")
    document.write(results, page)
    assert page.read_text().startswith("before")
    assert "old" not in page.read_text()
    assert all(path.read_text().endswith("</svg>\n") for path in chart.draw(results, tmp_path))


async def test_bulk_loaded_users_have_records_and_a_head(stores: Stores) -> None:
    ids = await asyncio.to_thread(bulk.add_users, stores.database_url, 3)
    connection = await asyncpg.connect(stores.database_url)
    rows = await connection.fetch(
        "SELECT heads.version, count(*) FROM heads JOIN records USING (user_id)"
        " WHERE user_id = ANY($1) GROUP BY heads.user_id",
        ids,
    )
    await connection.close()
    assert [tuple(row) for row in rows] == [(bulk.RECORDS_EACH, bulk.RECORDS_EACH)] * 3
