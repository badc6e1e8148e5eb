"""Commands of the OCR benchmarks."""

import json
from pathlib import Path

import click
from rich.console import Console

from bench.machine import machine
from bench.ocr import picture
from bench.ocr.load import measure as load_ocr
from bench.ocr.measure import ALL as OCR_CLASSES
from bench.ocr.measure import measure as measure_ocr
from bench.ocr.measure import merge as merge_ocr
from bench.ocr.report import print_results as print_ocr_results
from bench.ocr.report import write as write_ocr
from bench.stage import ROOT
from sync_server.ocr.engines.registry import load_engine

OCR = ROOT / "bench/results/ocr.json"
PAGE = ROOT / "docs/benchmarks.md"
PICTURE = ROOT / "docs/pictures/ocr.png"
console = Console(width=150)


@click.command(name="ocr")
@click.option("--kinds", default=8, show_default=True, help="Menus, and sheets, of each class.")
@click.option("--engine", default="rapidocr", show_default=True)
@click.option("--only", multiple=True, type=click.Choice(OCR_CLASSES), help="Classes to measure.")
@click.option("--draw", is_flag=True, help="Put the figures into docs/benchmarks.md.")
@click.option("--out", type=click.Path(path_type=Path), default=OCR, show_default=True)
def ocr_(kinds: int, engine: str, only: tuple[str, ...], draw: bool, out: Path) -> None:
    """Accuracy and speed of OCR, by class of images; prints every mistake."""
    found = measure_ocr(load_engine(engine), kinds, console.print, only or OCR_CLASSES)
    head = {"machine": machine(), "engine": engine}
    if only and out.exists():
        found = merge_ocr(json.loads(out.read_text()), found)
    out.write_text(json.dumps(head | found, indent=1) + "\n")
    print_ocr_results(head | found, console)
    console.print(f"written to {out}")
    if draw:
        console.print(f"written: {write_ocr(head | found, PAGE)}")


@click.command(name="ocr-load")
def ocr_load() -> None:
    """Latency of other requests while OCR runs."""
    console.print(load_ocr())


@click.command(name="ocr-picture")
def ocr_picture() -> None:
    """Draw an image, what was read in it, and the drafts, for the guide."""
    console.print(f"written: {picture.draw(PICTURE)}")


OCR_COMMANDS = (ocr_, ocr_load, ocr_picture)
