"""Command `simulate`: a day of many users against a served process."""

import asyncio
import json
import random
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psutil
import uvloop

from bench.machine import machine
from bench.simulate import beside, document, panel_pictures, picture
from bench.simulate.day import plan
from bench.simulate.devices import Phones, Recorded, play
from bench.simulate.panels import Prometheus
from bench.simulate.summary import summarize
from bench.stage import ROOT, SERVE, Stage, stage

RESULTS = ROOT / "bench" / "results"
DOCS = ROOT / "docs"
SEED = 16


@click.command(name="simulate")
@click.option("--users", default=1000, show_default=True)
@click.option("--seconds", default=240.0, show_default=True, help="Time that the day takes.")
@click.option("--panels", is_flag=True, help="Scrape with a `prometheus` and query the dashboards.")
@click.option("--draw", is_flag=True, help="Draw the last results; measures nothing.")
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def simulate_(users: int, seconds: float, panels: bool, draw: bool, out: Path) -> None:
    """Latency by load of a day of users, with a storm of reconnections after an outage."""
    if draw:
        for path in _draw(out):
            click.echo(f"written: {path}")
        return
    load = psutil.getloadavg()[0]
    day, found = simulate(users, seconds, panels=panels)
    head = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "load": load, "machine": machine()}
    _write(out / "simulate.json", head | {"day": day})
    if panels:
        _write(out / "panels.json", head | {"users": users, "seconds": seconds, "panels": found})
    click.echo("\n".join(document.lines(head | {"day": day})))


def simulate(users: int, seconds: float, *, panels: bool = False) -> tuple[dict[str, Any], Any]:
    """A day, and the values of the dashboards' panels where `panels` asks for them."""
    cheap = {"ARGON2_MEMORY_KIB": "8", "ARGON2_TIME_COST": "1", "RATE_LIMIT_OCR": "0"}
    if panels:
        cheap |= beside.LIMITS
    with ExitStack() as stack:
        staged = stack.enter_context(
            stage(SERVE, ROOT, MAX_CONNECTIONS=str(4 * users + 100), **cheap)
        )
        prometheus = None
        if panels:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tf-prometheus-")))
            prometheus = stack.enter_context(Prometheus.running(home, staged.base_url))
        recorded = _play(staged, users, seconds, panels=panels)
        return summarize(recorded, users, seconds), prometheus and prometheus.panels(seconds)


def _play(staged: Stage, users: int, seconds: float, *, panels: bool) -> Recorded:
    chance = random.Random(SEED)
    events = plan(users, chance)
    accounts = staged.accounts(users)

    async def run() -> Recorded:
        rare = asyncio.create_task(beside.live(staged, seconds) if panels else asyncio.sleep(0))
        phones = Phones(staged.base_url, accounts, chance)
        recorded = await play(phones, events, seconds, staged.pids)
        await rare
        return recorded

    return uvloop.run(run())


def _draw(results: Path) -> list[Path]:
    day = json.loads((results / "simulate.json").read_text())
    pictures = DOCS / "pictures"
    written = [
        picture.draw(day["day"], pictures / "simulate.svg"),
        document.write(day, DOCS / "scale.md"),
    ]
    if (results / "panels.json").exists():
        found = json.loads((results / "panels.json").read_text())
        written += panel_pictures.draw(found, pictures)
    return written


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n")
