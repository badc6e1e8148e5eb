"""Goals of the server's speed: figures of the last runs beside them, and the causes of a gap."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- figures: python -m bench goals --draw -->", "<!-- end of goals -->"
RAW, OWN, PEER = "raw asyncpg", "this server", "FastAPI"
SETS, MIXED, FLOOR = "push of 50 sets", "push of 50, half food logs", "constant route"

Figures = Callable[["Runs"], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Results of `bench` (the least number of users), `bench peers` and `bench goals --measure`."""

    standard: Mapping[str, Any]
    peers: Mapping[str, Any]
    extras: Mapping[str, Any]

    @classmethod
    def read(cls, directory: Path = RESULTS) -> "Runs":
        """The results in a directory; what was not measured is empty."""
        standard, peers, extras = (
            json.loads(path.read_text()) if (path := directory / name).exists() else {}
            for name in ("latest.json", "peers.json", "goals.json")
        )
        users = standard.get("users", {})
        return cls(users[min(users, key=int)] if users else {}, peers.get("works", {}), extras)

    def ratio(self, work: str, other: str, figure: str = "per_s") -> float:
        """A figure of this server in that of another; of processor time, the inverse."""
        own, others = (self.peers[work][name][figure] for name in (OWN, other))
        return float(own / others if figure == "per_s" else others / own)

    def in_constant_routes(self, work: str) -> float:
        """The server's processor time of a request, in that of the constant route."""
        return float(self.peers[work][OWN]["server_us"] / self.peers[FLOOR][OWN]["server_us"])


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal, what was measured before the work on it, and where the rest goes if it is missed.

    `work` is the work of `bench peers` whose processor time is shown beside the rest.
    """

    name: str
    before: str
    aims: tuple[float, ...]
    figures: Figures
    form: str
    rest: str
    is_minimum: bool = True
    work: str = ""

    def is_met(self, figures: tuple[float, ...]) -> bool:
        """True if every figure reaches its aim."""
        pairs = zip(figures, self.aims, strict=True)
        return all((it >= aim) if self.is_minimum else (it <= aim) for it, aim in pairs)

    def text(self, figures: tuple[float, ...]) -> str:
        """Figures as the table shows them."""
        return " / ".join(self.form.format(it) for it in figures)


def rows(runs: Runs, goals: tuple[Goal, ...]) -> Iterator[tuple[Goal, tuple[float, ...]]]:
    """Every goal with its figures, none if they were not measured."""
    for goal in goals:
        try:
            yield goal, goal.figures(runs)
        except KeyError:
            yield goal, ()


def lines(runs: Runs, goals: tuple[Goal, ...]) -> Iterator[str]:
    """The table as Markdown, then a sentence for each goal that is missed."""
    yield "| | before | aim | now | |"
    yield "|---|---:|---:|---:|---|"
    missed = []
    for goal, figures in rows(runs, goals):
        sign = "≥" if goal.is_minimum else "≤"
        state = "not measured"
        if figures:
            state = "reached" if goal.is_met(figures) else "missed"
        if state == "missed":
            missed.append(goal)
        now = goal.text(figures) if figures else "–"
        yield f"| {goal.name} | {goal.before} | {sign} {goal.text(goal.aims)} | {now} | {state} |"
    if missed:
        yield ""
    for goal in missed:
        yield f"- *{goal.name}*: {_parts(runs, goal.work)}{goal.rest}"


def write(runs: Runs, goals: tuple[Goal, ...], path: Path) -> Path:
    """Replace what stands between the marks; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join(lines(runs, goals))
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return path


def _parts(runs: Runs, work: str) -> str:
    if work not in runs.peers:
        return ""
    own = runs.peers[work][OWN]
    others = own["all_us"] - own["server_us"]
    return (
        f"of {own['all_us']:,.0f} µs the server takes {own['server_us']:,.0f}, PostgreSQL and"
        f" Valkey {others:,.0f}. "
    )
