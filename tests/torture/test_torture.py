"""The torture test, short: `make torture` runs it for longer."""

import asyncio
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server
from tests.torture.__main__ import torture
from tests.torture.bare import BareDevice
from tests.torture.clients import node
from tests.torture.faults import FAULTS
from tests.torture.network import Target
from tests.torture.people import Person
from tests.torture.plan import Plan, shrunk
from tests.torture.report import Report, added
from tests.torture.stack import ServerProcess, Stack

SECONDS = float(os.environ.get("TORTURE_SECONDS", "40"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))


async def test_nothing_is_lost_while_everything_fails(capsys: pytest.CaptureFixture[str]) -> None:
    report = await torture(SECONDS, SEED)
    assert report.violations == 0, capsys.readouterr().out
    assert report.counts["acknowledged changes"] > 0


async def test_a_server_that_is_there_already_is_tried_from_outside(
    server: Server, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = "SELECT count(*) FROM users"
    before = await pool.fetchval(accounts)
    report = await torture(0.1, 2, base_url=server.base_url)
    assert report.violations == 0, capsys.readouterr().out
    assert (report.rounds, set(report.faults)) == (1, {"session_ended", "network_gone"})
    assert report.counts["acknowledged changes"] > 0
    assert await pool.fetchval(accounts) == before


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://host/path"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not a URL such as"):
        Target.of(url)


def test_a_proxy_names_the_host_of_the_server() -> None:
    target = Target.of("https://sync.example.com")
    assert (target.host, target.port, target.tls is None) == ("sync.example.com", 443, False)
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:5\r\nAccept: */*\r\n\r\nhost: body"
    assert target.addressed(head) == head.replace(b"127.0.0.1:5", b"sync.example.com")


def test_a_plan_follows_from_its_seed() -> None:
    plans = [Plan.of(seed, with_node=bool(node())) for seed in range(200)]
    assert plans == [Plan.of(seed, with_node=bool(node())) for seed in range(200)]
    assert {name for plan in plans for _, name in plan.faults} == set(FAULTS)
    assert all(plan.smaller() for plan in plans if plan.faults)


async def test_a_plan_shrinks_to_the_faults_that_matter() -> None:
    plan = Plan(
        seed=1,
        people=(("python", "bare", "bare"),) * 2,
        offsets_us=(0, 1, 0, 0, 0, 0),
        badness=0.25,
        faults=((0.1, "valkey_killed"), (0.2, "row_locked"), (0.3, "disk_full")),
        seconds=1.0,
    )

    async def breaks(smaller: Plan) -> bool:
        return smaller.has("row_locked") and any(smaller.offsets_us)

    smallest = await shrunk(plan, breaks)
    assert smallest.faults == ((0.2, "row_locked"),)
    assert (smallest.badness, len(smallest.people), any(smallest.offsets_us)) == (0.0, 1, True)


def test_every_fault_says_what_it_does() -> None:
    assert [name for name, cause in FAULTS.items() if not cause.__doc__] == []


def test_figures_of_runs_add_up() -> None:
    chance, reports = random.Random(1), []
    for rounds in (1, 2):
        report = Report()
        report.rounds = rounds
        report.faults["disk_full"] = rounds
        report.recovered["disk_full"] = [chance.random()] * rounds
        report.rest_s = [1.0] * rounds
        reports.append(report.as_json())
    total = added(reports)
    assert (total["rounds"], total["faults"]) == (3, {"disk_full": 3})
    assert len(total["recovery_s"]["disk_full"]) == len(total["rest_s"]) == 3


async def test_no_other_fault_starts_a_server_during_a_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ServerProcess(0, {}, tmp_path)
    stack, started = Stack.__new__(Stack), []
    stack.servers, stack._closed = [server], asyncio.Lock()
    monkeypatch.setattr(server, "start", lambda: started.append(server))
    with suppress(OSError):
        async with stack.closed():
            stack.start(server)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await stack.until_ready()
            assert not started
            raise OSError("the restore fails")
    assert started == [server]


def _bare_device() -> BareDevice:
    """A device with a record that only the result of a push has shown."""
    device = BareDevice("bare", "", Person(""), random.Random(1))
    record = {"collection": "foods", "id": "a", "version": 1, "clock": 1, "deleted": False}
    device._store(record | {"data": {}})
    return device


def _last_page(*records: dict[str, Any]) -> dict[str, Any]:
    return {"changes": list(records), "cursor": "c", "has_more": False}


async def test_the_first_pull_drops_what_only_a_result_has_shown() -> None:
    device = _bare_device()
    device._store_page(_last_page() | {"has_more": True})
    assert len(await device.records()) == 1
    device._store_page(_last_page())  # Its tombstone is older than the pull.
    assert await device.records() == {}


async def test_a_collection_that_begins_anew_has_a_first_pull_of_its_own() -> None:
    device = _bare_device()
    device._store_page(_last_page(), "workout_sets,body_metrics")
    assert len(await device.records()) == 1
    device._store_page(_last_page(), "foods,food_logs")
    assert await device.records() == {}
    device._store({"collection": "foods", "id": "b", "version": 2, "clock": 1, "deleted": False,
                   "data": {}})  # fmt: skip
    device._store_page(_last_page())
    assert len(await device.records()) == 1


async def test_a_push_on_a_cursor_of_before_a_restore_is_made_anew_after_the_offers() -> None:
    device = _bare_device()
    device.cursor = "of before"
    id = await device.put("foods", {"name": "Oats"})
    vars(device.chance)["randrange"] = lambda _: 1
    device._prepare_push()
    assert device.sending is not None
    assert b"of before" in device.sending[2]

    async def send(*_: object, **__: str) -> None:
        device._offer(0)

    vars(device)["_send"] = send
    await device._push()
    assert vars(device)["sending"] is None
    assert [(it["op"], it["id"]) for it in device.outbox] == [("offer", "a"), ("put", id)]


async def test_the_result_of_a_repeat_is_older_than_a_page_of_meanwhile() -> None:
    device = _bare_device()
    record = {"collection": "foods", "id": "a", "clock": 1, "data": {}}
    device._store_page(_last_page(record | {"version": 3, "deleted": False}))
    result = {"collection": "foods", "id": "a", "status": "stale", "version": 2}
    device._take_results([result | {"record": record | {"version": 2, "deleted": True}}], [])
    assert len(await device.records()) == 1


async def test_the_page_of_a_combined_request_is_newer_than_the_records_of_its_results() -> None:
    device = BareDevice("bare", "", Person(""), random.Random(1))
    id = await device.put("foods", {"name": "Oats"})
    record = {"collection": "foods", "id": id, "clock": 1, "deleted": False, "data": {}}
    result = {"collection": "foods", "id": id, "status": "applied", "version": 1}
    answer: dict[str, Any] = {
        "push": {"results": [result | {"record": record | {"version": 1}}]},
        "pull": {"changes": [record | {"version": 2}], "cursor": "c", "has_more": False},
    }

    async def send(*_: object, **__: str) -> dict[str, Any]:
        return answer

    device._prepare_push()
    assert device.sending is not None
    device.sending = ("POST /sync", *device.sending[1:])
    vars(device)["_send"] = send
    await device._push()
    assert device.pulled["foods", id]["version"] == 2
