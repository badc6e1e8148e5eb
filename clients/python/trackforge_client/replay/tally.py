"""Counters of a replay: requests, latencies, results by status, and differences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from trackforge_client.device.json_types import Json
from trackforge_client.replay.final_state import FinalState
from trackforge_client.replay.verify import Difference

MAX_SHOWN_DIFFERENCES = 40


@dataclass(frozen=True, slots=True)
class ExchangeResult:
    """Repeated exchange with its differences; `number` is its line in the recording, from 1."""

    number: int
    device: str
    request: str
    latency_s: float
    differences: list[Difference] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"exchange {self.number}, {self.device}: {self.request}"]
        return "\n".join([*lines, *(f"    {difference}" for difference in self.differences)])


@dataclass(slots=True)
class Tally:
    """Counters of one replay; latencies in seconds from request to complete response.

    `foreign_changes` is the number of recorded changes of devices that are not on the recording.
    """

    exchanges: list[ExchangeResult] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)
    pulled: int = 0
    retries: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    elapsed_s: float = 0.0
    users: list[FinalState] = field(default_factory=list)
    foreign_changes: int = 0

    @property
    def mismatches(self) -> list[ExchangeResult]:
        """Exchanges whose responses differ from the recorded ones."""
        return [exchange for exchange in self.exchanges if exchange.differences]

    def count(self, exchange: ExchangeResult, body: Json) -> None:
        """Counts one response with its body."""
        self.exchanges.append(exchange)
        parts = body if isinstance(body, dict) else {}
        for part in (parts, parts.get("push"), parts.get("pull")):
            if isinstance(part, dict):
                results, changes = part.get("results"), part.get("changes")
                for result in results if isinstance(results, list) else ():
                    if isinstance(result, dict):
                        self.results[str(result.get("status"))] += 1
                self.pulled += len(changes) if isinstance(changes, list) else 0

    def summary(self, verified: bool) -> str:
        """Report as text, differences last."""
        seconds = max(self.elapsed_s, 1e-9)
        pushed = self.results.total()
        latencies = [exchange.latency_s for exchange in self.exchanges]
        share = [f"{share * 1000:.1f} ms" for share in percentiles(latencies)]
        lines = [
            f"requests    {len(latencies)} in {seconds:.1f} s"
            f" ({len(latencies) / seconds:.0f}/s), {self.retries} retried,"
            f" {self.skipped.total()} skipped{self._skip_reasons()}",
            f"records     {pushed} pushed ({pushed / seconds:.0f}/s),"
            f" {self.pulled} pulled ({self.pulled / seconds:.0f}/s)",
            f"latency     p50 {share[0]}, p90 {share[1]}, p99 {share[2]}, max {share[3]}",
            "results     " + (_counts(self.results) or "none"),
        ]
        for state in self.users:
            lines += ["", *str(state).splitlines()]
        if verified:
            lines += ["", self._verdict()]
        return "\n".join(lines)

    def _skip_reasons(self) -> str:
        return f" ({_counts(self.skipped)})" if self.skipped else ""

    def _verdict(self) -> str:
        mismatches = self.mismatches
        if not mismatches:
            return "verified    every response equals the recorded one"
        found = len(mismatches)
        shown = [str(mismatch) for mismatch in mismatches[:MAX_SHOWN_DIFFERENCES]]
        if found > MAX_SHOWN_DIFFERENCES:
            shown.append(f"… and {found - MAX_SHOWN_DIFFERENCES} more")
        count = "1 response differs" if found == 1 else f"{found} responses differ"
        if self.foreign_changes:
            shown.append(
                f"note: {self.foreign_changes} recorded changes are of devices that are not in this"
                " recording; a replay cannot have them"
            )
        return "\n".join([f"{count} from the recording", *shown])


def percentiles(values: Sequence[float]) -> tuple[float, float, float, float]:
    """p50, p90, p99 and maximum by nearest rank; zeros for no values."""
    ranked = sorted(values) or [0.0]
    last = len(ranked) - 1
    p50, p90, p99 = (ranked[min(last, int(len(ranked) * part))] for part in (0.5, 0.9, 0.99))
    return p50, p90, p99, ranked[-1]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())
