"""Meter of a stretch of work: wall time, CPU time of each process and of all others."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Pids:
    """The processes that work together; PostgreSQL's number is its postmaster's.

    `workers` are the processes that the server has started to serve requests.
    """

    server: int
    postgres: int
    valkey: int
    workers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A stretch of work. `cpu` holds processor seconds by who spent them, times are seconds."""

    records: int
    seconds: float
    cpu: Mapping[str, float]
    latencies: list[float] = field(default_factory=list)


class Meter:
    """A stopwatch that also reads the processor time of the processes that take part."""

    def __init__(self, pids: Pids) -> None:
        self._pids = pids
        self._cpu = self._read()
        self._started = time.perf_counter()

    def stop(self, records: int, latencies: list[float]) -> Measure:
        """Time spent since the meter was started."""
        seconds = time.perf_counter() - self._started
        cpu = {name: spent - self._cpu[name] for name, spent in self._read().items()}
        ours = cpu["server"] + cpu["postgres"] + cpu["valkey"] + cpu["load"]
        cpu["others"] = max(0.0, cpu.pop("machine") - ours)
        return Measure(records, seconds, cpu, latencies)

    def _read(self) -> dict[str, float]:
        machine = psutil.cpu_times()
        return {
            "server": sum(processor_s(pid) for pid in (self._pids.server, *self._pids.workers)),
            "postgres": _family(self._pids.postgres),
            "valkey": processor_s(self._pids.valkey),
            "load": time.process_time(),
            "machine": machine.user + machine.nice + machine.system,
        }


def processor_s(pid: int) -> float:
    """Seconds on a processor, of all threads: to the nanosecond where the kernel counts so."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((it / "schedstat").read_text().split()[0]) for it in threads) / 1e9
    except (OSError, IndexError):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)


def _family(pid: int) -> float:
    """Its own time, that of the children that live, and that of those that have ended."""
    parent = psutil.Process(pid)
    ended = parent.cpu_times()
    spent = float(ended.children_user + ended.children_system)
    for process in (parent, *parent.children(recursive=True)):
        try:
            spent += processor_s(process.pid)
        except psutil.NoSuchProcess:
            continue
    return spent


def percentile(latencies: list[float], share: float) -> float:
    """The latency that `share` of all (0 to 1) do not pass, in milliseconds."""
    ranked = sorted(latencies)
    return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]
