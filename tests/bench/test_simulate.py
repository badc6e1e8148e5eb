"""Simulated day: its plan, its summary and pictures, and a short day against a server."""

import json
import os
import random
from pathlib import Path

import pytest

from bench.meter import Pids
from bench.simulate import beside, document, panel_pictures, picture
from bench.simulate.commands import RESULTS
from bench.simulate.day import HOURS, OUTAGE, PULLS, PUSHES, STORM_H, STREAM_SHARE, Event, plan
from bench.simulate.devices import Phones, play
from bench.simulate.summary import levels, summarize
from bench.wire import Account, Line, register
from sync_server.store.postgres import Pool
from tests.infrastructure.server import Server

USERS = 200


def test_a_plan_is_a_day_with_a_storm_after_its_outage() -> None:
    events = plan(USERS, random.Random(1))
    assert events == sorted(events) == plan(USERS, random.Random(1))
    assert not [it for it in events if OUTAGE[0] <= it.hour < OUTAGE[1]]
    storm = [it for it in events if it.kind == "reconnect"]
    assert all(OUTAGE[1] <= it.hour < OUTAGE[1] + STORM_H for it in storm)
    assert {it.user for it in storm} >= set(range(int(USERS * STREAM_SHARE)))
    assert len({it.user for it in storm}) == len(storm) < USERS
    # The changes of the outage come after it, so that a day has as many as without.
    changes = sum(it.changes for it in events)
    assert 0.9 < changes / (USERS * PUSHES * 10) < 1.1
    by_hour = [sum(int(it.hour) == hour for it in events) for hour in range(24)]
    assert by_hour[19] > 5 * by_hour[2]
    wanted = USERS * (PULLS + PUSHES) * HOURS[19] / sum(HOURS)
    assert 0.8 < by_hour[19] / wanted < 1.2


@pytest.fixture
async def accounts(server: Server) -> list[Account]:
    line = await Line.open(server.base_url)
    try:
        return [await register(line, f"{os.urandom(8).hex()}@example.com") for _ in range(3)]
    finally:
        line.close()


async def test_a_short_day_is_played_and_summarized(
    server: Server, pool: Pool, accounts: list[Account], tmp_path: Path
) -> None:
    pids = Pids(os.getpid(), os.getpid(), os.getpid())
    events = [
        Event(1.0, 0, "push", 4),
        Event(2.0, 1, "pull"),
        Event(14.1, 0, "reconnect", 7),
        Event(14.1, 2, "reconnect", 0),
    ]
    phones = Phones(server.base_url, accounts, random.Random(2))
    recorded = await play(phones, events, 0.5, pids)
    stored = await pool.fetchval(
        "SELECT count(*) FROM records WHERE user_id = $1", accounts[0].user_id
    )
    assert (stored, recorded.errors) == (11, {})
    day = summarize(recorded, len(accounts), 0.5)
    assert (day["events"], day["failed"], day["storm"]["reconnections"]) == (4, 0, 2)
    assert day["storm"]["p99_ms"] > 0
    assert sum(it["events_per_s"] for it in day["windows"]) * 0.5 / 48 == pytest.approx(4)
    assert levels(day)[-1]["events_per_s"] >= levels(day)[0]["events_per_s"]
    assert picture.draw(day, tmp_path / "day.svg").read_text().endswith("</svg>\n")


async def test_a_phone_that_gets_no_answer_is_counted_as_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def begin(_: Phones) -> None:
        """Nothing: there is no server."""

    monkeypatch.setattr(Phones, "begin", begin)
    pids = Pids(os.getpid(), os.getpid(), os.getpid())
    phones = Phones("http://127.0.0.1:1", [Account("", "")], random.Random(2))
    recorded = await play(phones, [Event(1.0, 0, "pull")], 0.2, pids)
    assert [it.latency_s for it in recorded.samples] == [-1.0]
    assert summarize(recorded, 1, 0.2)["failed"] == 1


def test_the_page_and_the_pictures_are_those_of_the_committed_results(tmp_path: Path) -> None:
    results = json.loads((RESULTS / "simulate.json").read_text())
    page = Path(document.__file__).parents[2] / "docs" / "scale.md"
    copied = tmp_path / "scale.md"
    copied.write_text(page.read_text())
    document.write(results, copied)
    assert copied.read_text() == page.read_text()
    pictures = page.parent / "pictures"
    drawn = [picture.draw(results["day"], tmp_path / "simulate.svg")]
    panels = json.loads((RESULTS / "panels.json").read_text())
    drawn += panel_pictures.draw(panels, tmp_path)
    for path in drawn:
        assert path.read_text() == (pictures / path.name).read_text(), path.name


def test_the_rarer_events_beside_a_day_are_requests_that_a_server_reads() -> None:
    person = beside.Person(Account("id", "token"), "ann@example.com")
    ops: dict[bool, set[str]] = {False: set(), True: set()}
    paths = set()
    for step in range(beside.STEPS):
        for sent in beside.requests_of(person, step):
            head, _, body = sent.partition(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            paths.add(path.partition("?")[0].removeprefix("/api/v1"))
            if path.endswith("/push"):
                changes = json.loads(body)["changes"]
                ops[step >= beside.RESTORED_AT] |= {change["op"] for change in changes}
    assert paths == {"/sync/push", "/auth/password/forgot", "/foods/search"}
    assert ops == {False: {"put"}, True: {"put", "offer"}}
