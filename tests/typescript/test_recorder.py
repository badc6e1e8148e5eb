"""Tapes of a TypeScript app, replayed by the Python client."""

import json
import re
from pathlib import Path

from tests.infrastructure.server import Server
from tests.sync.conftest import NewDevice
from tests.sync.stories import PASSWORD, food
from trackforge_client.cli.main import parser
from trackforge_client.cli.replay import run_replay
from trackforge_client.replay import recorder
from trackforge_client.replay.exchange import read_recording

from .conftest import PACKAGE, NewTypeScriptDevice


async def test_a_tape_of_a_typescript_app_replays(
    new_device: NewDevice,
    new_typescript_device: NewTypeScriptDevice,
    server: Server,
    tmp_path: Path,
) -> None:
    await new_device("phone")
    tablet = await new_typescript_device("tablet")
    email = f"ada.{tmp_path.name}@example.com"
    await tablet.command("record", device="tablet")
    await tablet.command("login", email=email, password=PASSWORD)
    oats = await tablet.put("foods", food("Oats"))
    await tablet.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    for number in range(40):
        await tablet.put("food_logs", {"date": "2026-11-23", "food_id": oats, "grams": number + 1})
    await tablet.command("sync")
    await tablet.patch("foods", oats, {"fiber_g": 11})
    await tablet.command("sync")
    tape = tmp_path / "tablet.ndjson"
    tape.write_text(await tablet.command("tape"), "utf-8")
    exchanges = list(read_recording(tape))
    assert {it.device for it in exchanges} == {"tablet"}
    assert len({it.user for it in exchanges} - {None}) == 1  # limits are public
    assert exchanges[0].user is not None
    pushes = [it for it in exchanges if it.path == "/api/v1/sync/push"]
    assert [it.status for it in pushes] == [200, 200]
    assert all({"idempotency-key", "sent-at", "content-type"} <= it.headers.keys() for it in pushes)
    assert PASSWORD not in tape.read_text("utf-8")
    assert email not in tape.read_text("utf-8")
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", tape.read_text("utf-8")), "a token is on the tape"
    arguments = ["replay", str(tape), "--base-url", server.base_url, "--verify"]
    report = tmp_path / "report.json"
    assert await run_replay(parser().parse_args([*arguments, "--json", str(report)])) == 0
    results = json.loads(report.read_text("utf-8"))
    assert results["results"] == {"applied": 43}
    assert results["differences"] == []


def test_both_recorders_leave_out_the_same() -> None:
    source = (PACKAGE / "src" / "recorder.ts").read_text("utf-8")
    secrets = re.search(r"SECRETS = new Set\(\[(.*?)\]\)", source, re.DOTALL)
    request = re.search(r"REQUEST_HEADERS = (\[.*?\])", source, re.DOTALL)
    response = re.search(r"RESPONSE_HEADERS = (\[.*?\])", source, re.DOTALL)
    assert secrets is not None
    assert request is not None
    assert response is not None
    assert set(re.findall(r'"(\w+)"', secrets[1])) == recorder.SECRETS
    assert tuple(json.loads(request[1])) == recorder.RECORDED_REQUEST_HEADERS
    assert tuple(json.loads(response[1])) == recorder.RECORDED_RESPONSE_HEADERS
