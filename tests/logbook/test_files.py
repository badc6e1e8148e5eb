"""The files of the app: built from the locked packages, served with their headers."""

import asyncio
import json
import re
import subprocess
from pathlib import Path

import aiohttp
import pytest

from sync_server.config.settings import Config
from sync_server.logbook import handlers
from tests.conftest import running
from tests.infrastructure.server import Server
from tools.build_web import NODE, build, node_environment

SIZE_LIMIT = 180_000
"""Bytes of all compressed scripts and styles."""


def _run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=node_environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_types_are_right(web_package: Path) -> None:
    compiler = web_package / "node_modules" / "typescript" / "bin" / "tsc"
    result = _run(NODE, compiler, "--noEmit", cwd=web_package)
    assert result.returncode == 0, result.stdout


def test_the_pure_modules_compute_as_the_server_does(web_package: Path) -> None:
    result = _run(NODE, "--test", "test/lib.test.ts", cwd=web_package)
    assert result.returncode == 0, result.stdout[-5000:]


def test_an_unchanged_app_is_not_built_again(built_app: Path) -> None:
    assert not build(built_app)


def test_the_app_is_small(built_app: Path) -> None:
    size = sum(path.stat().st_size for path in built_app.glob("assets/*.gz"))
    print(f"scripts and styles, compressed: {size / 1000:.1f} kB")
    assert size < SIZE_LIMIT


def test_no_file_names_another_host(built_app: Path) -> None:
    allowed = {"www.w3.org", "react.dev"}  # names of XML namespaces, and React's error messages
    for path in built_app.rglob("*"):
        if path.suffix in (".html", ".js", ".css", ".webmanifest", ".svg"):
            hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text("utf-8")))
            assert hosts <= allowed, path.name


async def test_the_page_and_its_files_are_served(app_server: Server) -> None:
    base = f"{app_server.base_url}/app"
    async with aiohttp.ClientSession() as http:
        async with http.get(base, allow_redirects=True) as page:
            assert str(page.url) == f"{base}/"
            assert page.headers["Cache-Control"] == "no-cache"
            policy = page.headers["Content-Security-Policy"]
            text = await page.text()
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert re.findall(r"https?://", policy) == []
        for name in re.findall(r'(?:src|href)="([^"#]+)"', text):
            async with http.get(f"{base}/{name}") as file:
                assert file.status == 200, name
                immutable = "immutable" in file.headers["Cache-Control"]
                assert immutable == name.startswith("assets/")
        async with http.get(f"{base}/worker.js", headers={"Accept-Encoding": "gzip"}) as worker:
            assert worker.headers["Content-Encoding"] == "gzip"
            assert worker.content_type == "text/javascript"
            etag = worker.headers["ETag"]
        same = {"If-None-Match": etag, "Accept-Encoding": "gzip"}
        async with http.get(f"{base}/worker.js", headers=same) as worker:
            assert worker.status == 304
        async with http.get(f"{base}/manifest.webmanifest") as manifest:
            icons = json.loads(await manifest.text())["icons"]
        assert {"192x192", "512x512"} <= {icon["sizes"] for icon in icons}


NOTHING = ("nothing.js", "../handlers.py", "%2e%2e/handlers.py", "index.html.gz", "assets", "/etc")


@pytest.mark.parametrize("name", NOTHING)
async def test_nothing_else_is_served(app_server: Server, name: str) -> None:
    address = app_server.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(address[0], int(address[1]))
    writer.write(f"GET /app/{name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    status = (await reader.readline()).decode()
    writer.close()
    assert " 404 " in status


async def test_without_a_build_the_server_says_so(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "FILES", tmp_path)
    async with (
        running(config) as server,
        aiohttp.ClientSession() as http,
        http.get(f"{server.base_url}/app/") as answer,
    ):
        assert answer.status == 404
        assert "make web" in (await answer.json(content_type=None))["detail"]
