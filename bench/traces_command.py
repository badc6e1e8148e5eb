"""Command `traces`: the cost of traces."""

import json
from datetime import UTC, datetime

import click
import psutil

from bench import traces
from bench.machine import machine
from bench.stage import ROOT

RESULTS = ROOT / "bench" / "results" / "traces.json"
PAGE = ROOT / "docs" / "operating.md"


@click.command(name="traces")
@click.option("--turns", default=200, show_default=True)
@click.option("--draw", is_flag=True, help="Put the last figures into docs/operating.md.")
def traces_(turns: int, draw: bool) -> None:
    """Processor time that traces of one request in a hundred add to the server."""
    if draw:
        click.echo(f"written: {traces.write(json.loads(RESULTS.read_text()), PAGE)}")
        return
    load = psutil.getloadavg()[0]
    works = traces.as_json(traces.measure(turns))
    head = {"made_at": f"{datetime.now(UTC):%FT%TZ}", "load": load, "machine": machine()}
    results = head | {"turns": turns, "works": works}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    click.echo("\n".join(traces.lines(results)))
