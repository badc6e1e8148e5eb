"""An image with the boxes that were read in it, beside the drafts that came of it."""

import itertools
import random
from pathlib import Path

from PIL import Image, ImageDraw

from bench.ocr.measure import photo_of
from bench.ocr.pages import Page, menu
from bench.ocr.paper import font
from bench.ocr.spoil import CLASSES
from sync_server.ocr.engines.registry import load_engine
from sync_server.ocr.parsing.drafts import DishDraft
from sync_server.ocr.parsing.menu.page import parse_menu

SEEN = {"section": "#7b3fa0", "name": "#1769aa", "description": "#8a6d1d", "price": "#2e7d32",
        "nutrients": "#c2410c"}  # fmt: skip
UNREAD = "#9e9e9e"
LETTERS, LEADING = 22, 40
FAMILY = "font_source_sans_pro"


def draw(path: Path) -> Path:
    """Read a drawn menu, as if photographed, and draw what came of it; the path."""
    size, spoil = CLASSES["photographed"]
    drawn = (menu(number, size) for number in itertools.count())
    made = next(it for it in drawn if it.dishes[0].energy_kcal and it.image.height > 1100)
    page = Page(made.name, "menu", spoil(made.image, random.Random("picture")), made.texts)
    read = parse_menu(load_engine("rapidocr")(photo_of(page)))
    image = page.image.copy()
    pen = ImageDraw.Draw(image)
    for dish in read.items:
        for name, seen in dish.sources.items():
            pen.rectangle(seen.box, outline=SEEN[name], width=3)
    for line in read.unread:
        pen.rectangle(line.box, outline=UNREAD, width=3)
    table = _table(read.items, [line.text for line in read.unread], image.height)
    whole = Image.new("RGB", (image.width + table.width, image.height), "white")
    whole.paste(image, (0, 0))
    whole.paste(table, (image.width, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.save(path, optimize=True)
    return path


def _table(dishes: tuple[DishDraft, ...], unread: list[str], height: int) -> Image.Image:
    plain, bold = (font(FAMILY, LETTERS, bold=heavy) for heavy in (False, True))
    table = Image.new("RGB", (760, height), "white")
    pen = ImageDraw.Draw(table)
    y = LEADING
    pen.text((30, y), "section", "black", bold)
    for x, head in ((170, "name"), (460, "price"), (600, "energy")):
        pen.text((x, y), head, "black", bold)
    for dish in dishes:
        y += LEADING
        price = f"{dish.price:.2f} {dish.currency or ''}" if dish.price is not None else "–"
        energy = f"{dish.energy_kcal:g} kcal" if dish.energy_kcal else "–"
        for x, text, kind in (
            (30, dish.section or "–", "section"), (170, dish.name, "name"),
            (460, price, "price"), (600, energy, "nutrients"),
        ):  # fmt: skip
            pen.text((x, y), text, SEEN[kind], plain)
        if dish.description:
            y += round(0.7 * LEADING)
            pen.text((170, y), dish.description, SEEN["description"], plain)
    y += 2 * LEADING
    pen.text((30, y), "unread: " + " · ".join(unread), UNREAD, plain)
    return table
