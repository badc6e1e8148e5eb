"""Effect of OCR on other requests: probes of an idle server, and of one that runs OCR."""

import asyncio
import io
import time
from collections.abc import Sequence

import aiohttp
from rich.table import Table

from bench.meter import percentile
from bench.ocr.pages import menu
from bench.stage import SERVE, stage

IMAGES, LETTERS = 12, 30
PAUSE_S, IDLE_S = 0.005, 10.0


def measure() -> Table:
    """Latencies of `/health/live` while nothing is read, and while images are, without a pause."""
    with stage(SERVE, OCR_PROVIDER="rapidocr", RATE_LIMIT_OCR="0") as staged:
        (account,) = staged.accounts(1)
        idle, busy, took = asyncio.run(_measure(staged.base_url, account.token))
    table = Table("", "probes", "p50 ms", "p99 ms", "greatest ms", title_justify="left")
    table.title = f"{IMAGES} images in {took:.1f} s, {60 * IMAGES / took:.0f} a minute"
    for what, latencies in (("idle", idle), ("reading", busy)):
        figures = (percentile(latencies, share) for share in (0.5, 0.99, 1.0))
        table.add_row(what, f"{len(latencies):,}", *(f"{figure:.2f}" for figure in figures))
    return table


async def _measure(base_url: str, token: str) -> tuple[list[float], list[float], float]:
    headers = {"Authorization": f"Bearer {token}", "Prefer": "respond-async"}
    async with aiohttp.ClientSession(base_url, headers=headers) as http:
        images = [_image(number) for number in range(IMAGES + 1)]
        await _read(http, images[:1])  # the models are loaded by then
        idle = await _probe(http, asyncio.create_task(asyncio.sleep(IDLE_S)))
        began = time.perf_counter()
        reading = asyncio.create_task(_read(http, images[1:]))
        busy = await _probe(http, reading)
        return idle, busy, time.perf_counter() - began


def _image(number: int) -> bytes:
    buffer = io.BytesIO()
    menu(number, LETTERS).image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


async def _read(http: aiohttp.ClientSession, images: Sequence[bytes]) -> None:
    """Send the images, and wait until all are read."""
    waiting = set()
    for image in images:
        form = aiohttp.FormData({"image": image})
        async with http.post("/api/v1/ocr/menu", data=form) as answer:
            waiting.add((await answer.json())["id"])
    while waiting:
        await asyncio.sleep(0.1)
        for id in list(waiting):
            async with http.get(f"/api/v1/ocr/jobs/{id}") as answer:
                if (await answer.json())["state"] == "done":
                    waiting.remove(id)


async def _probe(http: aiohttp.ClientSession, until: "asyncio.Task[None]") -> list[float]:
    taken = []
    while not until.done():
        began = time.perf_counter()
        async with http.get("/health/live") as answer:
            await answer.read()
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE_S)
    await until
    return taken
