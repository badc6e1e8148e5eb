"""CPU profile of the server, sampled by py-spy under load."""

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.table import Table

from bench import bulk, load
from bench.runs import BATCH, CONNECTIONS, HISTORY, PAGE, apart
from bench.stage import Stage, stage

SAMPLES_PER_S = 400
SECONDS = 6
BATCHES = 1_500
# The part that a frame belongs to, by a piece of its file's path; the first that fits counts.
PARTS = (
    ("asyncpg", "database client (asyncpg)"),
    ("redis", "cache client (redis-py)"),
    ("aiohttp", "HTTP (aiohttp, yarl, multidict)"),
    ("yarl", "HTTP (aiohttp, yarl, multidict)"),
    ("multidict", "HTTP (aiohttp, yarl, multidict)"),
    ("zstd", "compression"),
    ("schema/", "validation (schema)"),
    ("sync_server/sync/", "sync"),
    ("sync_server/days/", "day views"),
    ("sync_server/", "the rest of the server"),
)
LOOP = "event loop, system calls"


def profile(top: int) -> Iterator[tuple[str, Table]]:
    """For pushes and pulls: shares by part, then by line, of the server's running time."""
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which(
        "py-spy"
    )
    if program is None:
        raise click.ClickException("py-spy is not installed: pip install py-spy")
    with stage() as staged:
        accounts = staged.accounts(CONNECTIONS)
        for account in accounts:
            bulk.add_records(staged.database_url, account.user_id, HISTORY)
        bulk.settle(staged.database_url)
        place, pids = staged.base_url, staged.pids
        works: dict[str, Callable[[], object]] = {
            "push, batches of 50": lambda: apart(
                load.push_storm, place, pids, accounts, BATCHES, BATCH
            ),
            "pull, pages of 500 without day views": lambda: apart(
                load.pull_storm, place, pids, accounts, SECONDS, PAGE, "none"
            ),
            "pull, pages of 500 with the touched days": lambda: apart(
                load.pull_storm, place, pids, accounts, SECONDS, PAGE, "touched"
            ),
        }
        for title, work in works.items():
            stacks = _sample(program, staged, work)
            yield f"{title}: by part", _table(_by_part(stacks), stacks.total(), 20)
            yield (
                f"{title}: by line, with all that it calls",
                _table(_inclusive(stacks), stacks.total(), top),
            )


def _sample(program: str, staged: Stage, work: Callable[[], object]) -> Counter[tuple[str, ...]]:
    """Number of samples of each stack of frames, outermost first."""
    with tempfile.NamedTemporaryFile(suffix=".stacks") as file:
        command = [
            program, "record", "--pid", str(staged.pids.server), "--rate", str(SAMPLES_PER_S),
            "--duration", str(SECONDS), "--format", "raw", "--output", file.name, "--nonblocking",
        ]  # fmt: skip
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as sampler:
            work()
            sampler.wait()
        stacks: Counter[tuple[str, ...]] = Counter()
        for line in Path(file.name).read_text().splitlines():
            stack, _, seen = line.rpartition(" ")
            stacks[tuple(frame for frame in stack.split(";") if frame)] += int(seen)
        return stacks


def _by_part(stacks: Counter[tuple[str, ...]]) -> Counter[str]:
    parts: Counter[str] = Counter()
    for stack, seen in stacks.items():
        parts[_part(stack)] += seen
    return parts


def _part(stack: tuple[str, ...]) -> str:
    """Part of the code that runs: that of the innermost known frame."""
    for frame in reversed(stack):
        for piece, part in PARTS:
            if piece in frame and not _outside(frame):
                return part
    return LOOP


def _outside(frame: str) -> bool:
    """True if the frame belongs to the command line, which is at the root of every stack."""
    return any(it in frame for it in ("__main__.py", "serve.py", "serve_commands.py"))


def _inclusive(stacks: Counter[tuple[str, ...]]) -> Counter[str]:
    lines: Counter[str] = Counter()
    for stack, seen in stacks.items():
        for frame in set(stack):
            if ("sync_server/" in frame or "schema/" in frame) and not _outside(frame):
                lines[frame] += seen
    return lines


def _table(counts: Counter[str], total: int, top: int) -> Table:
    table = Table("share", "", show_header=False)
    for name, seen in counts.most_common(top):
        table.add_row(f"{seen / max(total, 1):.1%}", name)
    return table
