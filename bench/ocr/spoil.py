"""Degradation of drawn pages: classes of photographic defects, each from a seed."""

import io
import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.ocr.keystone import keystone

Spoil = Callable[[Image.Image, random.Random], Image.Image]
TUNED = "keystone, tuned on"
"""Class of the pages that the parsers were made with, as the other classes of this ending."""
TUNED_ON = ", tuned on"
LABELS, RECEIPTS = "labels", "receipts"
PAPER = (250, 249, 245)
DESK = (120, 104, 90)


def skewed(page: Image.Image, chance: random.Random) -> Image.Image:
    """Turned by up to 7 degrees."""
    angle = chance.choice((-1, 1)) * chance.uniform(1, 7)
    return page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)


def noisy(page: Image.Image, chance: random.Random) -> Image.Image:
    """Out of focus, grainy, and saved as a poor JPEG."""
    blurred = page.filter(ImageFilter.GaussianBlur(chance.uniform(0.6, 1.2)))
    grain = np.random.default_rng(chance.randrange(2**32)).normal(0, 12, (*page.size[::-1], 1))
    return _as_jpeg(_image(np.asarray(blurred, float) + grain), 45)


def photographed(page: Image.Image, chance: random.Random) -> Image.Image:
    """On a desk, seen from the side, lit from one corner."""
    width, height = page.size
    margin = round(0.06 * width)
    whole = Image.new("RGB", (width + 2 * margin, height + 2 * margin), DESK)
    whole.paste(page, (margin, margin))
    near = [chance.uniform(0, 0.05) for _ in range(8)]
    right, below = whole.width, whole.height
    corners = [(0, 0), (right, 0), (right, below), (0, below)]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    moved = [
        (x - sx * near[2 * at] * right, y - sy * near[2 * at + 1] * below)
        for at, ((x, y), (sx, sy)) in enumerate(zip(corners, signs, strict=True))
    ]
    seen = whole.transform(
        whole.size, Image.Transform.PERSPECTIVE, _perspective(corners, moved),
        Image.Resampling.BICUBIC, fillcolor=DESK,
    )  # fmt: skip
    across = np.linspace(chance.uniform(0.55, 0.75), 1.05, seen.width)[None, :, None]
    down = np.linspace(1.0, chance.uniform(0.75, 1.0), seen.height)[:, None, None]
    lit = np.asarray(seen.filter(ImageFilter.GaussianBlur(0.5)), float) * across * down
    return _as_jpeg(_image(lit), 75)


def turned(page: Image.Image, chance: random.Random) -> Image.Image:
    """Held the wrong way."""
    ways = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return page.transpose(chance.choice(ways))


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _as_jpeg(page: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def _perspective(
    seen: list[tuple[int, int]], there: list[tuple[float, float]]
) -> tuple[float, ...]:
    """Pillow's eight coefficients that take the corners as seen to where they are."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(seen, there, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(wanted)).tolist())


def _same(page: Image.Image, _chance: random.Random) -> Image.Image:
    return page


def _any_way(page: Image.Image, chance: random.Random) -> Image.Image:
    """As drawn, or skewed, photographed or seen at an angle."""
    return chance.choice((_same, skewed, photographed, keystone))(page, chance)


CLASSES: dict[str, tuple[int, Spoil]] = {
    "clean": (30, _same),
    "small print": (17, _same),
    "skewed": (28, skewed),
    "noisy": (28, noisy),
    "photographed": (32, photographed),
    "turned": (28, turned),
    "keystone": (32, keystone),
    TUNED: (32, keystone),
    LABELS: (28, _any_way),
    LABELS + TUNED_ON: (28, _any_way),
    RECEIPTS: (28, _any_way),
    RECEIPTS + TUNED_ON: (28, _any_way),
}
"""The size of letters in pixels, and what is done to the page."""
