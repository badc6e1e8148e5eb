"""Panels of the dashboards, evaluated by a Prometheus that scrapes the server during a run."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import click
import httpx

from bench.stage import ROOT
from tools.make_dashboards import DASHBOARDS

SCRAPE_S, POINTS, READY_S = 1, 120, 20.0
RATE_INTERVAL = "10s"
"""In the place of Grafana's $__rate_interval."""
RULES = ROOT / "deploy" / "observe" / "alerts.yml"
CONFIGURATION = """\
global: {{scrape_interval: {scrape}s, scrape_timeout: {scrape}s, evaluation_interval: 5s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: trackforge
    static_configs: [{{targets: ["{target}"]}}]
"""

Series = Mapping[str, Any]
"""A legend, and points of a time in seconds and a value."""


class Prometheus:
    """A Prometheus on this machine that scrapes one server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._started = time.time()

    @classmethod
    @contextmanager
    def running(cls, home: Path, base_url: str) -> Iterator[Self]:
        """Start one in an empty directory; stop it at the end."""
        program = shutil.which("prometheus")
        if program is None:
            raise click.ClickException("There is no `prometheus` on the path.")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        configuration = home / "prometheus.yml"
        target = urlsplit(base_url).netloc
        configuration.write_text(CONFIGURATION.format(scrape=SCRAPE_S, rules=RULES, target=target))
        process = subprocess.Popen(
            [
                program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={home / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ]
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            yield cls(url)
        finally:
            process.terminate()
            process.wait()

    def panels(self, seconds: float) -> dict[str, list[dict[str, Any]]]:
        """Each dashboard's panels with their series, over the last seconds."""
        ends = time.time()
        begins = max(self._started, ends - seconds)
        return {
            title: [
                {
                    "title": panel.title,
                    "unit": panel.unit,
                    "series": [
                        series
                        for legend, query in panel.queries.items()
                        for series in self._query(query, legend, begins, ends)
                    ],
                }
                for panel in panels
            ]
            for title, panels in DASHBOARDS.items()
        }

    def _query(self, query: str, legend: str, begins: float, ends: float) -> Iterator[Series]:
        parameters: dict[str, str | float] = {
            "query": query.replace("$__rate_interval", RATE_INTERVAL),
            "start": begins,
            "end": ends,
            "step": max(1.0, (ends - begins) / POINTS),
        }
        answer = httpx.get(f"{self._url}/api/v1/query_range", params=parameters)
        answer.raise_for_status()
        for found in answer.json()["data"]["result"]:
            points = [
                [round(at - begins, 1), float(f"{float(value):.4g}")]
                for at, value in found["values"]
                if value != "NaN"
            ]
            if points:
                yield {"legend": _legend(legend, found["metric"]), "points": points}


def _legend(pattern: str, labels: Mapping[str, str]) -> str:
    """The text with the labels in the place of `{{name}}`."""
    return re.sub(r"\{\{(\w+)\}\}", lambda it: labels.get(it.group(1), ""), pattern)


def _wait_for(url: str) -> None:
    ends = time.monotonic() + READY_S
    while True:
        try:
            if httpx.get(f"{url}/-/ready").is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > ends:
            raise click.ClickException("Prometheus does not start.")
        time.sleep(0.1)
