"""Dashboards of Grafana, written from the panels that are declared here: `make generated`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).resolve().parents[1] / "deploy/observe/grafana/dashboards"
WIDTH, HEIGHT, COLUMNS = 12, 8, 2
SYNC = 'route=~"/api/v1/sync(/push|/pull)?"'


class Panel(NamedTuple):
    """A panel: its title, unit, and PromQL by legend."""

    title: str
    unit: str
    queries: Mapping[str, str]


def _rate(metric: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{{{where}}}[$__rate_interval]))"


def _total(metric: str) -> str:
    return f"sum(rate({metric}[$__rate_interval]))"


def _quantile(share: str, metric: str, by: str, where: str = "") -> str:
    return f"histogram_quantile({share}, {_rate(f'{metric}_bucket', f'le, {by}', where)})"


REQUEST = "trackforge_request_seconds"
DASHBOARDS: Mapping[str, tuple[Panel, ...]] = {
    "Server": (
        Panel("Requests by status", "reqps", {"{{status}}": _rate(f"{REQUEST}_count", "status")}),
        Panel(
            "Slowest routes, 99th percentile",
            "s",
            {"{{route}}": f"topk(8, {_quantile('0.99', REQUEST, 'route')})"},
        ),
        Panel("Streams", "none", {"open": "sum(trackforge_streams)"}),
        Panel(
            "Requests that were turned away",
            "reqps",
            {
                "rate limit {{policy}}": _rate("trackforge_rate_limited_total", "policy"),
                "in flight {{kind}}": _rate("trackforge_too_many_in_flight_total", "kind"),
                "closed {{reason}}": _rate("trackforge_connections_closed_total", "reason"),
            },
        ),
        Panel(
            "Mails",
            "cps",
            {"{{mail}} {{outcome}}": _rate("trackforge_mails_total", "mail, outcome")},
        ),
    ),
    "Sync": (
        Panel(
            "Changes by status", "cps", {"{{status}}": _rate("trackforge_changes_total", "status")}
        ),
        Panel(
            "Pushes and pulls, 50th and 99th percentile",
            "s",
            {
                "{{route}} 50 %": _quantile("0.5", REQUEST, "route", SYNC),
                "{{route}} 99 %": _quantile("0.99", REQUEST, "route", SYNC),
            },
        ),
        Panel(
            "Rejections by code",
            "cps",
            {"{{kind}} {{code}}": _rate("trackforge_rejections_total", "kind, code")},
        ),
        Panel("Repeats", "cps", {"answered": _total("trackforge_repeats_total")}),
        Panel(
            "Clocks",
            "none",
            {
                "corrected a second": _total("trackforge_clocks_corrected_total"),
                "server behind, s": "max(trackforge_clock_behind_seconds)",
            },
        ),
        Panel(
            "Offers after a restore",
            "cps",
            {"{{status}}": _rate("trackforge_offers_total", "status")},
        ),
    ),
    "Database": (
        Panel(
            "Connections",
            "none",
            {"{{state}}": "sum by (state) (trackforge_database_connections)"},
        ),
        Panel(
            "Rows to the history",
            "cps",
            {"written": _total("trackforge_history_rows_total")},
        ),
        Panel(
            "Clean-up, rows an hour",
            "none",
            {"{{table}}": "sum by (table) (increase(trackforge_cleanup_rows_total[1h]))"},
        ),
        Panel(
            "Pages asked of the read replica",
            "reqps",
            {"{{result}}": _rate("trackforge_replica_reads_total", "result")},
        ),
        Panel(
            "Lag of the read replica",
            "s",
            {"behind": "max(trackforge_replica_lag_seconds)"},
        ),
        Panel(
            "Accounts that are full",
            "cps",
            {"writes": _total("trackforge_quota_exceeded_total")},
        ),
    ),
    "Images": (
        Panel("Images that wait", "none", {"waiting": "max(trackforge_ocr_jobs_waiting)"}),
        Panel(
            "Read, by outcome",
            "cps",
            {"{{kind}} {{outcome}}": _rate("trackforge_ocr_seconds_count", "kind, outcome")},
        ),
        Panel(
            "Time to read, 99th percentile",
            "s",
            {"{{kind}}": _quantile("0.99", "trackforge_ocr_seconds", "kind")},
        ),
    ),
}


def dashboard(title: str) -> str:
    """The dashboard as Grafana's JSON."""
    panels = [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "datasource": {"type": "prometheus", "uid": "prometheus"},
            "gridPos": {
                "h": HEIGHT,
                "w": WIDTH,
                "x": WIDTH * (number % COLUMNS),
                "y": HEIGHT * (number // COLUMNS),
            },
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + at), "expr": query, "legendFormat": legend}
                for at, (legend, query) in enumerate(panel.queries.items())
            ],
        }
        for number, panel in enumerate(DASHBOARDS[title])
    ]
    document = {
        "uid": f"trackforge-{title.lower()}",
        "title": f"TrackForge: {title}",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "tags": ["trackforge"],
        "panels": panels,
    }
    return json.dumps(document, indent=1) + "\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Every file and its text."""
    for title in DASHBOARDS:
        yield TARGET / f"{title.lower()}.json", dashboard(title)


def main() -> None:
    """Write them."""
    for path, text in pages():
        path.write_text(text)


if __name__ == "__main__":
    main()
