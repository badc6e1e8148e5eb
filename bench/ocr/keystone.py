"""Keystone and curl: a page photographed at an angle of up to 30 degrees, and not lying flat."""

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.ocr.pages import Page
from sync_server.ocr.parsing.layout.lines import Box, Line

MIN_ANGLE, MAX_ANGLE = 12.0, 30.0
MAX_ROLL = 4.0
MAX_CURL = 0.06
"""Height of the curl in widths of the page."""
CELL = 16
"""Pixels between the points whose places are computed; in between they are interpolated."""
DESK = (120, 104, 90)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """Position of a page of width and height 2 `half`, curled along x, before a camera."""

    half: tuple[float, float]
    distance: float
    rotation: Floats
    curl: float
    edge: bool

    def project(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Image positions of points of the page, both relative to the centres."""
        points = np.stack([x, y, self._lift(x)]).reshape(3, -1)
        turned = self.rotation @ points
        depth = turned[2] + self.distance
        seen = turned[:2] * self.distance / depth
        return seen[0].reshape(x.shape), seen[1].reshape(x.shape)

    def page_at(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Points of the page at image positions (fixed-point iteration over the curl)."""
        rays = np.stack([u, v, np.full_like(u, self.distance)]).reshape(3, -1) / self.distance
        rays = self.rotation.T @ rays
        origin = self.rotation.T @ np.array([0.0, 0.0, -self.distance])
        height = np.zeros(rays.shape[1])
        for _ in range(12):
            along = (height - origin[2]) / rays[2]
            x, y = origin[0] + along * rays[0], origin[1] + along * rays[1]
            height = self._lift(np.clip(x, -1.2 * self.half[0], 1.2 * self.half[0]))
        return x.reshape(u.shape), y.reshape(u.shape)

    def _lift(self, x: Floats) -> Floats:
        share = x / self.half[0]
        shape = ((share + 1) / 2) ** 2 if self.edge else np.cos(share * math.pi / 2)
        return np.asarray(-self.curl * 2 * self.half[0] * shape, float)


def camera(size: tuple[int, int], chance: random.Random) -> Camera:
    """A camera before a page of this size: tilted, turned, rolled."""
    width, height = size
    angle = math.radians(chance.uniform(MIN_ANGLE, MAX_ANGLE))
    toward = chance.uniform(0, math.tau)
    roll = math.radians(chance.uniform(-MAX_ROLL, MAX_ROLL))
    # Rotation by `angle` around an axis in the page, then in the image (Rodrigues).
    ax, ay = math.cos(toward), math.sin(toward)
    skew = np.array([[0, 0, ay], [0, 0, -ax], [-ay, ax, 0]])
    tilt = np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew
    spin = np.array([
        [math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1],
    ])  # fmt: skip
    curl = chance.choice((-1, 1)) * chance.uniform(0, MAX_CURL)
    distance = chance.uniform(1.3, 2.0) * max(width, height)
    return Camera((width / 2, height / 2), distance, spin @ tilt, curl, chance.random() < 0.5)


def keystone(page: Image.Image, chance: random.Random) -> Image.Image:
    """The page on a desk, seen from an angle of 12 to 30 degrees, curled."""
    width, height = page.size
    view = camera(page.size, chance)
    across, down = np.meshgrid(np.linspace(-0.5, 0.5, 41), np.linspace(-0.5, 0.5, 41))
    u, v = view.project(across * width, down * height)
    margin = 0.03 * width
    left, top = u.min() - margin, v.min() - margin
    out = round(u.max() + margin - left), round(v.max() + margin - top)
    seen = _draw(page, view, (left, top), out)
    light = np.linspace(chance.uniform(0.7, 0.85), 1.05, seen.width)[None, :, None]
    pixels = np.asarray(seen.filter(ImageFilter.GaussianBlur(0.4)), float) * light
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _draw(
    page: Image.Image, view: Camera, start: tuple[float, float], out: tuple[int, int]
) -> Image.Image:
    desk = Image.new("RGB", (page.width + 2 * CELL, page.height + 2 * CELL), DESK)
    desk.paste(page, (CELL, CELL))
    columns, lines = -(-out[0] // CELL), -(-out[1] // CELL)
    across, down = np.meshgrid(np.arange(columns + 1) * CELL, np.arange(lines + 1) * CELL)
    u, v = np.asarray(across + start[0], np.float64), np.asarray(down + start[1], np.float64)
    x, y = view.page_at(u, v)
    x = np.clip(x + page.width / 2 + CELL, 0, desk.width - 1)
    y = np.clip(y + page.height / 2 + CELL, 0, desk.height - 1)
    mesh = []
    for row in range(lines):
        for column in range(columns):
            corners = ((row, column), (row + 1, column), (row + 1, column + 1), (row, column + 1))
            place = column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL
            mesh.append((place, [float(n) for at in corners for n in (x[at], y[at])]))
    size = columns * CELL, lines * CELL
    drawn = desk.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
    return drawn.crop((0, 0, *out))


def lines_of(page: Page, view: Camera) -> list[Line]:
    """The texts of a page as an engine would box them, without drawing and reading."""
    pairs = zip(page.texts, page.boxes, strict=True)
    return [_line(text, box, page.image.size, view) for text, box in pairs]


def _line(text: str, box: Box, size: tuple[int, int], view: Camera) -> Line:
    """The rectangle around a text, along the chord from its start to its end."""
    left, top, right, bottom = box
    across, down = np.meshgrid(np.linspace(left, right, 9), np.array([top, bottom]))
    u, v = view.project(across - size[0] / 2, down - size[1] / 2)
    begin, end = (u[:, 0].mean(), v[:, 0].mean()), (u[:, -1].mean(), v[:, -1].mean())
    angle = math.atan2(end[1] - begin[1], end[0] - begin[0])
    cos, sin = math.cos(angle), math.sin(angle)
    along, over = u * cos + v * sin, v * cos - u * sin
    ends = [(x, y) for y in (over.min(), over.max()) for x in (along.min(), along.max())]
    one, two, four, three = ((float(x * cos - y * sin), float(x * sin + y * cos)) for x, y in ends)
    return Line(text, 0.98, (one, two, three, four))
