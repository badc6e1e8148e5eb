"""Replay of a plain REST app: ids that the server creates, HAR files, reports, ignored fields."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest

from tests.infrastructure.server import Server
from trackforge_client.cli.import_har import run_import_har
from trackforge_client.cli.main import main, parser
from trackforge_client.cli.replay import run_replay
from trackforge_client.device.json_types import Json
from trackforge_client.replay.created_ids import created_ids
from trackforge_client.replay.exchange import Exchange, read_recording
from trackforge_client.replay.har import UNKNOWN_USER
from trackforge_client.replay.verify import Difference, without_ignored

DATE = "2026-11-23"
START = datetime(2026, 11, 23, 2, 11, tzinfo=UTC)


class Browser:
    """REST app whose requests are collected as HAR entries."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._base_url = base_url
        self.entries: list[dict[str, Any]] = []
        self.token = ""

    async def send(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[dict[str, Any], str]:
        """JSON body and ETag of the response."""
        sent = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if method == "POST":
            sent["Idempotency-Key"] = f"key-number-{len(self.entries):06}"
        text = None if body is None else json.dumps(body)
        url = f"{self._base_url}/api/v1{path}"
        async with self._http.request(method, url, data=text, headers=sent) as response:
            content = await response.read()
            self._collect(method, url, sent, text, response, content)
            return json.loads(content or b"null"), response.headers.get("ETag", "")

    def _collect(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        text: str | None,
        response: aiohttp.ClientResponse,
        content: bytes,
    ) -> None:
        moment = START + timedelta(seconds=len(self.entries))
        request: dict[str, Any] = {"method": method, "url": url, "headers": _listed(headers)}
        if text is not None:
            request["postData"] = {"mimeType": "application/json", "text": text}
        encoded = {"encoding": "base64", "text": base64.b64encode(content).decode()}
        plain = {"text": content.decode()}
        self.entries.append(
            {
                "startedDateTime": moment.isoformat().replace("+00:00", "Z"),
                "request": request,
                "response": {
                    "status": response.status,
                    "headers": _listed(dict(response.headers)),
                    "content": encoded if len(self.entries) % 2 else plain,
                },
            }
        )


def _listed(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    """A day in a REST app: the server creates the ids of food and log, the app refers to them."""
    async with aiohttp.ClientSession() as http:
        app = Browser(http, server.base_url)
        account = {
            "email": f"rest-{uuid.uuid4().hex}@example.com",
            "password": "a long enough passphrase",
        }
        tokens, _ = await app.send("POST", "/auth/register", account)
        app.token = tokens["access_token"]
        macros = {"energy_kcal": 52, "protein_g": 0.3, "carbs_g": 14, "fat_g": 0.2}
        food, _ = await app.send("POST", "/foods", {"name": "Apple", **macros})
        entry = {"date": DATE, "food_id": food["id"], "grams": 150}
        log, etag = await app.send("POST", "/food-logs", entry)
        path = f"/food-logs/{log['id']}"
        changed, _ = await app.send("PATCH", path, {"notes": "ripe"}, If_Match=etag)
        assert changed["notes"] == "ripe"
        await app.send("GET", path)
        await app.send("GET", f"/days/{DATE}/diet")
        await app.send("GET", "/food-logs?limit=1")
        yield app


def write_har(path: Path, entries: list[dict[str, Any]]) -> Path:
    preflight = {
        "startedDateTime": "2026-11-23T02:10:00Z",
        "request": {"method": "OPTIONS", "url": "https://x/api/v1/foods", "headers": []},
        "response": {"status": 204, "headers": [], "content": {}},
    }
    page = {
        "startedDateTime": "2026-11-23T02:10:00Z",
        "request": {"method": "GET", "url": "https://x/app.js", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"text": "let x"}},
    }
    aborted = {
        "startedDateTime": "2026-11-23T02:10:00Z",
        "request": {"method": "GET", "url": "https://x/api/v1/foods", "headers": []},
        "response": {"status": 0, "headers": [], "content": {}},
    }
    log = {"version": "1.2", "entries": [preflight, page, aborted, *entries]}
    path.write_text(json.dumps({"log": log}))
    return path


async def import_har(path: Path) -> list[Exchange]:
    assert await run_import_har(parser().parse_args(["import-har", str(path)])) == 0
    return list(read_recording(path.with_suffix(".ndjson")))


async def replay(tape: Path, server: Server, *options: str) -> int:
    arguments = ["replay", str(tape), "--base-url", server.base_url, *options]
    return await run_replay(parser().parse_args(arguments))


async def test_a_session_of_a_rest_app_can_be_replayed(
    browser: Browser, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    har = write_har(tmp_path / "day.har", browser.entries)
    exchanges = await import_har(har)
    assert len(exchanges) == 7
    assert [exchange.t for exchange in exchanges] == [0, 1, 2, 3, 4, 5, 6]
    assert len({exchange.user for exchange in exchanges}) == 1
    text = har.with_suffix(".ndjson").read_text()
    assert browser.token not in text
    assert "passphrase" not in text
    assert "@example.com" not in text
    assert await replay(har.with_suffix(".ndjson"), server, "--verify") == 0
    assert "every response equals the recorded one" in capsys.readouterr().out


async def test_a_file_without_tokens_has_one_user(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    for entry in browser.entries:
        entry["request"]["headers"] = [
            header for header in entry["request"]["headers"] if header["name"] != "Authorization"
        ]
    exchanges = await import_har(write_har(tmp_path / "day.har", browser.entries[1:]))
    assert {exchange.user for exchange in exchanges} == {UNKNOWN_USER}
    assert await replay(tmp_path / "day.ndjson", server, "--verify") == 0


async def test_reports_and_ignored_fields(browser: Browser, server: Server, tmp_path: Path) -> None:
    await import_har(write_har(tmp_path / "day.har", browser.entries))
    tape, junit, report = (tmp_path / name for name in ("day.ndjson", "day.xml", "day.json"))
    lines = tape.read_text().splitlines(keepends=True)
    lines[4] = lines[4].replace('"grams":150', '"grams":151')
    tape.write_text("".join(lines))
    options = ["--junit", str(junit), "--json", str(report)]
    assert await replay(tape, server, *options) == 1
    suite = ElementTree.parse(junit).getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("6", "1")
    (failure,) = suite.findall("./testcase/failure")
    assert "grams: recorded 151" in failure.attrib["message"]
    written = json.loads(report.read_text())
    (difference,) = written["differences"]
    assert (difference["exchange"], difference["path"].rpartition(".")[2]) == (5, "grams")
    assert (difference["recorded"][:3], difference["live"][:3]) == ("151", "150")
    assert written["routes"]["GET /api/v1/food-logs/{id}"]["requests"] == 1
    assert written["routes"]["GET /api/v1/days/{date}/diet"]["p50"] > 0
    assert written["skipped"] == {"account": 1}
    assert await replay(tape, server, *options, "--ignore", "x", "--ignore", "grams") == 0
    assert json.loads(report.read_text())["differences"] == []


@pytest.mark.parametrize(
    "text", ["", "[]", '{"log": {"entries": [{}]}}', '{"log": {"entries": []}}']
)
def test_a_file_that_is_no_har_is_reported(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.har"
    path.write_text(text)
    assert main(["import-har", str(path)]) == 1
    assert "x.har: " in capsys.readouterr().err
    assert not (tmp_path / "x.ndjson").exists()


def test_an_existing_tape_is_not_overwritten(tmp_path: Path) -> None:
    entry = {
        "startedDateTime": "2026-11-23T02:10:00+08:00",
        "request": {"method": "GET", "url": "https://x/base/api/v1/foods?limit=1", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"text": "{}"}},
    }
    path = write_har(tmp_path / "x.har", [entry])
    assert main(["import-har", str(path), "--device", "proxy"]) == 0
    (exchange,) = read_recording(tmp_path / "x.ndjson")
    assert (exchange.device, exchange.path, exchange.query) == (
        "proxy", "/api/v1/foods", {"limit": "1"},
    )  # fmt: skip
    assert main(["import-har", str(path)]) == 1


def test_ids_that_a_request_names_first_are_not_the_servers() -> None:
    own, made = "0192f0c4-6f0e-7c4e-9a53-00000000000a", "0192f0c4-6f0e-7c4e-9a53-00000000000b"

    def exchange(path: str, body: Json, response: Json) -> Exchange:
        return Exchange("web", "u", 0, "POST", path, {}, {}, body, 200, response)

    first = exchange("/api/v1/foods", {"id": own}, {"id": own, "parent": [{"id": made}]})
    assert created_ids([first]) == {made}
    assert created_ids([exchange(f"/api/v1/foods/{made}", None, None), first]) == set()


@pytest.mark.parametrize(
    ("field", "rest"),
    [
        ("version", ["totals.reps", "clock_shift_us != 0"]),
        ("totals", ["results[0].version", "clock_shift_us != 0"]),
        ("totals.reps", ["results[0].version", "clock_shift_us != 0"]),
        ("results.version", ["totals.reps", "clock_shift_us != 0"]),
        ("clock_shift_us", ["results[0].version", "totals.reps"]),
        ("reps.totals", ["results[0].version", "totals.reps", "clock_shift_us != 0"]),
    ],
)
def test_an_ignored_field_is_a_name_or_a_path(field: str, rest: list[str]) -> None:
    paths = ("results[0].version", "totals.reps", "clock_shift_us != 0")
    found = [Difference(path, "1", "2") for path in paths]
    assert [each.path for each in without_ignored(found, [field])] == rest
