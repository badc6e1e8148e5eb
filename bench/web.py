"""The TypeScript client in Node and in Chromium, and the app with many records."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench import bulk
from bench.stage import Stage
from tools.build_web import CLIENT, NODE, TARGET, WEB, build, install, node_environment

BEGIN, END = "<!-- figures: python -m bench web --draw -->", "<!-- end of web -->"
HEADS = ("storage", "records", "first sync, s", "open again, s", "write, ms", "emit, ms", "CPU, s")
APP_HEADS = ("first sync, s", "start offline, s", "Train, s", "Progress, s", "longest frame, ms")

Results = Mapping[str, Any]


def measure(stage: Stage, count: int) -> Results:
    """`{sizes, devices, app, load}` of users with `count` records; installs the locked tools."""
    load = round(os.getloadavg()[0], 1)
    install(CLIENT)
    install(WEB)
    build(TARGET)
    devices = CLIENT / "bench" / "run.ts"
    email = _run(devices, stage.base_url, count)["email"]
    bulk.settle(stage.database_url)  # a new phone does not come right after its records
    results = _run(devices, stage.base_url, count, email)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium:
        results["app"] = _run(WEB / "test" / "large.ts", stage.base_url, count, CHROMIUM=chromium)
    return {**results, "load": load}


def _run(script: Path, url: str, count: int, *arguments: str, **settings: str) -> dict[str, Any]:
    command: list[str | Path] = [NODE, "--disable-warning=ExperimentalWarning", script]
    command += [url, str(count), *arguments]
    environment = node_environment() | settings
    done = subprocess.run(
        command, cwd=script.parents[1], env=environment, check=True, stdout=subprocess.PIPE
    )
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def lines(results: Results) -> Iterator[str]:
    """Tables of the results, in Markdown."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---|" + "---:|" * (len(HEADS) - 1)
    for name, it in results["devices"].items():
        if it is None:
            continue
        yield (
            f"| {name} | {it['records']:,} | {it['first_sync_ms'] / 1000:.1f} |"
            f" {it['reopen_ms'] / 1000:.2f} | {it['write_ms']:.2f} | {it['emit_ms']:.1f} |"
            f" {it['cpu_ms'] / 1000:.1f} |"
        )
    yield ""
    if app := results.get("app"):
        yield from _app_lines(app)
    sizes = (f"{name} {size / 1000:.1f} kB" for name, size in results["sizes"].items())
    yield f"Minified and compressed (gzip): {', '.join(sizes)}."


def _app_lines(app: Results) -> Iterator[str]:
    yield f"The app with {app['records']:,} records:"
    yield ""
    yield f"| {' | '.join(APP_HEADS)} | memory, MB | stored, MB |"
    yield "|" + "---:|" * (len(APP_HEADS) + 2)
    seconds = (app[name] / 1000 for name in ("first_sync_ms", "open_ms", "train_ms", "progress_ms"))
    yield (
        f"| {' | '.join(f'{it:.2f}' for it in seconds)} | {app['frame_ms']:.0f} |"
        f" {app['heap_mb']:.0f} | {app['stored_mb']:.0f} |"
    )
    yield ""


def write(results: Results, page: Path) -> Path:
    """Put the tables between the marks of a page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = results["machine"]
    title = (
        f"{results['made_at'][:10]}, {machine['cores']} cores ({machine['architecture']}),"
        f" load {results['load']} before the run"
    )
    text = "\n".join([title, "", *lines(results)])
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return page
