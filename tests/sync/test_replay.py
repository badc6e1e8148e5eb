"""The recordings in the repository, replayed: answers as recorded, and one end for all."""

import uuid
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from sync_server.catalogue.load import load_catalogue
from sync_server.config.settings import Config
from tests.infrastructure.server import Server
from tests.sync.recordings import NAMES, digest_of_another_device, recorded, replayed
from trackforge_client import Device
from trackforge_client.cli.digest import run_digest
from trackforge_client.cli.main import parser
from trackforge_client.cli.replay import run_replay
from trackforge_client.device.json_types import Json
from trackforge_client.replay.exchange import Exchange, read_recording
from trackforge_client.replay.recorder import Recorder
from trackforge_client.replay.replay import ReplayOptions


@pytest.fixture(autouse=True)
async def catalogue(config: Config) -> None:
    """The built-in foods, of which the diary's day views speak."""
    connection = await asyncpg.connect(config.stores.owner_url)
    try:
        await load_catalogue(connection)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_recording_holds_and_another_device_converges(
    name: str, server: Server, tmp_path: Path
) -> None:
    tally = await replayed(recorded(name), server.base_url, ReplayOptions(verify=True))
    assert tally.mismatches == []
    (user,) = tally.users
    assert user.digest == await digest_of_another_device(user, server.base_url, tmp_path / "file")


@pytest.mark.parametrize("name", NAMES)
async def test_two_replays_end_in_the_same_digest(name: str, server: Server) -> None:
    exchanges = recorded(name, 60)
    tally = await replayed(
        exchanges, server.base_url, ReplayOptions(verify=True, copies=2, concurrency=2)
    )
    first, second = tally.users
    assert first.user_id != second.user_id
    assert first.digest == second.digest
    assert tally.mismatches == []
    assert len(tally.exchanges) == 2 * len(exchanges)


async def test_what_a_device_recorded_can_be_replayed(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "phone.ndjson"
    async with Device(":memory:", server.base_url, name="phone", record=path) as phone:
        await phone.register("recorded@example.com", "a long password")
        weighed = phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
        phone.put("profile", {"weight_unit": "kg"})
        await phone.sync()
        phone.patch("body_metrics", weighed, {"steps": 9000})
        eaten: dict[str, Json] = {
            "food_id": weighed,
            "meal_id": weighed,
            "grams": 80,
            "planned": True,
        }
        phone.put("food_logs", {"date": "2026-11-23", **eaten})
        await phone.sync()
        phone.delete("body_metrics", weighed)
        await phone.sync()
    exchanges = list(read_recording(path))
    tally = await replayed(exchanges, server.base_url, ReplayOptions(verify=True))
    assert tally.mismatches == []
    assert tally.results == {"applied": 5}
    assert tally.skipped == {"account": 1, "without a user": 1}  # registration and /sync/config


async def test_speed_keeps_the_recorded_pace(server: Server) -> None:
    first, second, *_ = recorded("lifter-years")
    pair = [replace(first, t=0.0), replace(second, t=2.0)]
    tally = await replayed(pair, server.base_url, ReplayOptions(speed=10.0))
    assert tally.elapsed_s >= 0.2


def write(path: Path, exchanges: list[Exchange]) -> Path:
    recorder = Recorder(path)
    for exchange in exchanges:
        recorder.write(exchange)
    recorder.close()
    return path


def results(body: Json) -> list[dict[str, Json]]:
    assert isinstance(body, dict)
    entries = body["results"]
    assert isinstance(entries, list)
    return [entry for entry in entries if isinstance(entry, dict)]


async def test_a_tampered_recording_is_reported_and_fails(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchanges = recorded("two-devices", 40)
    index = next(n for n, one in enumerate(exchanges) if one.path.endswith("/push"))
    entries = results(exchanges[index].response_body)
    entries[0] |= {"status": "stale", "version": 77}
    exchanges[index] = replace(exchanges[index], device="laptop")
    path = write(tmp_path / "tampered.ndjson.gz", exchanges)
    arguments = ["replay", str(path), "--base-url", server.base_url, "--verify"]
    assert await run_replay(parser().parse_args(arguments)) == 1
    output = capsys.readouterr().out
    assert "1 response differs from the recording" in output
    assert f"exchange {index + 1}, laptop: POST /api/v1/sync/push" in output
    assert 'results[0].status: recorded "stale", now "applied"' in output
    assert "results[0].version: recorded 77, now 1" in output


async def test_replay_and_digest_print_the_same_digest(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "short.ndjson", recorded("food-year", 30))
    arguments = [
        "replay",
        str(path),
        "--base-url",
        server.base_url,
        "--password",
        "of a fresh user",
    ]
    assert await run_replay(parser().parse_args(arguments)) == 0
    output = capsys.readouterr().out
    email = next(word for word in output.split() if "@" in word).rstrip(",")
    arguments = ["digest", "--email", email, "--password", "of a fresh user"]
    assert await run_digest(parser().parse_args([*arguments, "--base-url", server.base_url])) == 0
    assert capsys.readouterr().out.splitlines()[-1] in output.splitlines()


async def test_a_recording_without_one_of_the_devices_says_so(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "phone.ndjson"
    account = (f"{uuid.uuid4().hex}@example.com", "a long password")
    async with (
        Device(":memory:", server.base_url, name="phone", record=path) as phone,
        Device(":memory:", server.base_url, name="tablet") as tablet,
    ):
        await phone.register(*account)
        await tablet.login(*account)
        tablet.put("exercises", {"name": "Squat"})
        await tablet.sync()
        phone.put("exercises", {"name": "Press"})
        await phone.sync()
    arguments = ["replay", str(path), "--base-url", server.base_url, "--verify"]
    assert await run_replay(parser().parse_args(arguments)) == 1
    output = capsys.readouterr().out
    assert "note: 1 recorded changes are of devices that are not in this recording" in output
