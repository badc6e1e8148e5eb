"""Metrics: every one of the reference page is moved by a test that reads its value."""

import asyncio
import re
import uuid
from collections.abc import Callable
from pathlib import Path

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.ocr.images import png
from tests.ocr.ocr_client import OcrClient
from tests.support.client import Client, Json
from tests.support.metrics import metric
from tests.support.sample_records import new_id, whole

ROOT = Path(__file__).resolve().parents[2]
PUSH = {"method": "POST", "route": "/api/v1/sync/push", "status": "200"}
CLOCK = 1_700_000_000_000_000
DEVICE = new_id()
ELSEWHERE = {
    "trackforge_clock_behind_seconds": "unit/test_clock.py",
    "trackforge_connections_closed_total": "security/test_hostile_http.py",
    "trackforge_cleanup_rows_total": "api/test_cleanup.py",
    "trackforge_mails_total": "api/test_email_links.py",
    "trackforge_offers_total": "sync/test_offers.py",
    "trackforge_quota_exceeded_total": "api/test_quotas.py",
    "trackforge_replica_lag_seconds": "infrastructure/test_replica.py",
    "trackforge_replica_processes": "infrastructure/test_replica.py",
    "trackforge_replica_reads_total": "infrastructure/test_replica.py",
    "trackforge_too_many_in_flight_total": "api/test_fairness.py",
    "trackforge_wakes_total": "wakes/test_story.py",
}
"""Tests that move a metric, by its name; the others are moved here."""


def test_every_metric_of_the_reference_is_read_by_a_test() -> None:
    page = (ROOT / "docs/reference/metrics.md").read_text()
    names = set(re.findall(r"^\| `(\w+)` ", page, re.MULTILINE))
    assert names > set(ELSEWHERE)
    for name in names:
        path = ROOT / "tests" / ELSEWHERE.get(name, "infrastructure/test_metrics.py")
        assert f'metric("{name}' in path.read_text(), f"{name} is not read in {path.name}"


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def change(id: str, clock: int = CLOCK, **fields: object) -> Json:
    data = whole("foods") | fields
    return {"collection": "foods", "id": id, "op": "put", "clock": clock, "data": data}


async def push(person: Client, *changes: Json, key: str = "", **more: object) -> int:
    body = {"device_id": DEVICE, "changes": list(changes), **more}
    sent = await person.send("POST", "/sync/push", body, Idempotency_Key=key or uuid.uuid4().hex)
    assert sent.status == 200, sent
    return sent.status


def counts() -> dict[str, float]:
    """Counters of pushes."""
    return {
        "applied": metric("trackforge_changes_total", status="applied"),
        "rejected": metric("trackforge_changes_total", status="rejected"),
        "invalid": metric("trackforge_rejections_total", kind="change", code="invalid_record"),
        "repeats": metric("trackforge_repeats_total"),
        "history": metric("trackforge_history_rows_total"),
        "corrected": metric("trackforge_clocks_corrected_total"),
        "requests": metric("trackforge_request_seconds_count", **PUSH),
    }


async def test_pushes_are_counted_by_what_became_of_them(server: Server) -> None:
    person, food, key = Client(server.base_url), new_id(), uuid.uuid4().hex
    await person.register()
    before = counts()
    assert await push(person, change(food), key=key) == 200
    assert await push(person, change(food), key=key) == 200  # a repeat, under its key
    assert await push(person, change(food, CLOCK + 1, name="Rye"), change(new_id(), name="")) == 200
    ahead = CLOCK * 2
    assert await push(person, change(new_id(), ahead), sent_at=ahead) == 200
    moved = {name: value - before[name] for name, value in counts().items()}
    assert moved == {
        "applied": 3, "rejected": 1, "invalid": 1, "repeats": 1, "history": 1, "corrected": 1,
        "requests": 4,
    }  # fmt: skip


async def test_processes_connections_and_streams_are_sampled(config: Config) -> None:
    async with running(config.changed(database_pool_size=3)) as server:
        await until(lambda: metric("trackforge_server_processes") == 1)
        idle = metric("trackforge_database_connections", state="idle")
        busy = metric("trackforge_database_connections", state="in_use")
        assert 1 <= idle + busy <= 3
        assert metric("trackforge_database_connections", state="waiting") == 0
        assert metric("trackforge_streams") >= 0
        assert server.base_url


async def test_a_request_above_a_limit_is_counted_by_policy(config: Config) -> None:
    async with running(config.changed(rate_limit_pull_requests=Limit(1, 60))) as server:
        person = Client(server.base_url)
        await person.register()
        limited = metric("trackforge_rate_limited_total", policy="pull-requests")
        statuses = [(await person.send("GET", "/sync/pull")).status for _ in range(2)]
        assert statuses == [200, 429]
        found = metric("trackforge_rate_limited_total", policy="pull-requests")
        assert found == limited + 1


async def test_images_are_counted_with_their_readers_and_their_queue(config: Config) -> None:
    read = {"kind": "menu", "outcome": "done"}
    before = metric("trackforge_ocr_seconds_count", **read)
    idle = metric("trackforge_ocr_readers", state="idle")
    async with running(config.changed(ocr_provider="mock", ocr_processes=2)) as server:
        person = OcrClient(server.base_url)
        await person.register()
        assert metric("trackforge_ocr_readers", state="idle") == idle + 2
        job = await person.send_async("menu", png())
        assert (await person.ended(job["id"]))["state"] == "done"
        await until(lambda: metric("trackforge_ocr_readers", state="reading") == 0)
        assert metric("trackforge_ocr_seconds_count", **read) == before + 1
        assert metric("trackforge_ocr_jobs_waiting") == 0
    assert metric("trackforge_ocr_readers", state="idle") == idle
