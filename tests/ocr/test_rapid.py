"""The real engine on drawn pages: it works at all; the benchmark measures its accuracy."""

from PIL import Image

from bench.ocr.measure import photo_of
from bench.ocr.pages import Page, menu, sheet
from bench.ocr.score import Score
from sync_server.ocr.engines.registry import load_engine
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.menu.page import parse_menu
from sync_server.ocr.parsing.workout.sheet import parse_workout


def test_a_menu_is_read_whichever_way_it_is_held() -> None:
    """Upside down is the last of the four ways that the engine tries; the first is of it too."""
    page = menu(1, 24)
    image = page.image.transpose(Image.Transpose.ROTATE_180)
    lines = load_engine("rapidocr")(photo_of(Page(page.name, "menu", image, page.texts)))
    score = Score()
    score.add(page, lines, parse_menu(lines), 0.0)
    assert score.dishes.recall == 1.0
    for line in lines:
        left, top, right, bottom = line.box
        assert -2 <= left < right <= image.width + 2
        assert -2 <= top < bottom <= image.height + 2


def test_a_sheet_is_read() -> None:
    page = sheet(1, 28)
    lines = load_engine("rapidocr")(photo_of(page))
    score = Score()
    score.add(page, lines, parse_workout(lines), 0.0)
    assert score.lines.recall == 1.0


def test_nothing_is_read_on_white_paper() -> None:
    blank = Page("blank", "menu", Image.new("RGB", (400, 300), "white"), ())
    assert load_engine("rapidocr")(photo_of(blank)) == []
    tiny = Page("tiny", "menu", Image.new("RGB", (1, 1), "white"), ())
    assert load_engine("rapidocr")(photo_of(tiny)) == []


def test_a_corner_comes_back_from_every_turn() -> None:
    """In an image of 40 x 20, turned left by quarters, the point (x, y) was seen elsewhere."""
    # Imported here: the module loads the inference engine, which collecting the tests need not.
    from sync_server.ocr.engines.rapid import rotate_back

    seen_at = {0: (3, 5), 1: (5, 37), 2: (37, 15), 3: (15, 3)}
    for quarters, point in seen_at.items():
        line = Line("a", 1.0, (point, point, point, point))
        assert rotate_back(line, quarters, (20, 40, 3)).corners[0] == (3, 5)
