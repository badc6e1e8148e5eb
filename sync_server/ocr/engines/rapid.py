"""PP-OCRv6 through RapidOCR and onnxruntime: offline, from models that are in its wheel.

Only the models that the wheel ships are used: any other would be downloaded.
"""

import io
import logging
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.utils.output import RapidOCROutput

from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.parsing.layout.lines import Line, Point

TUNED = {
    # The classifier of text directions turned a 9 into a 6 and was sure of it.
    "Global.use_cls": False,
    "Global.log_level": "warning",
    "Rec.rec_batch_num": 1,
    "Det.limit_side_len": 960,
    "Det.limit_type": "max",
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
}
# Upright text is read with a mean score near 0.98, text on its side or head below 0.8.
UPRIGHT_SCORE = 0.88
TELLING_CHARACTERS = 3
HIGH = 1.5
"""Times its width: from there the engine takes a text for one on its side."""


class Rapid:
    """The engine with its models loaded; takes some 400 MB and every core while it reads."""

    def __init__(self) -> None:
        self._read = RapidOCR(params=TUNED)
        logging.getLogger("RapidOCR").setLevel(logging.WARNING)

    def __call__(self, photo: Photo) -> list[Line]:
        """The lines of the image, whichever way it was held."""
        with Image.open(io.BytesIO(photo.content)) as opened:
            pixels = np.asarray(opened.convert("RGB"))[:, :, ::-1]
        best, surest = list[Line](), -1.0
        for quarters in (0, 1, 3, 2):
            lines = self._lines(np.ascontiguousarray(np.rot90(pixels, quarters)))
            sure = uprightness(lines)
            if sure > surest:
                best = [turn_back(line, quarters, pixels.shape) for line in lines]
                surest = sure
            if surest >= UPRIGHT_SCORE or not lines:
                break
        return best

    def _lines(self, pixels: NDArray[np.uint8]) -> list[Line]:
        found = self._read(pixels)
        assert isinstance(found, RapidOCROutput)
        if found.boxes is None or found.txts is None or found.scores is None:
            return []
        return [
            Line(text, float(score), _corners(corners))
            for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]


def uprightness(lines: Sequence[Line]) -> float:
    """The mean score of the lines that are long enough to tell; 0 for none, or on its side.

    A text that runs from top to bottom is read well, because the engine turns what is high and
    narrow; a single digit beside it is not.
    """
    telling = [line for line in lines if len(line.text) > TELLING_CHARACTERS]
    upright = [line.score for line in telling if not _is_high(line)]
    return fmean(upright) if 2 * len(upright) > len(telling) else 0.0


def _is_high(line: Line) -> bool:
    left, top, right, bottom = line.box
    return bottom - top > HIGH * (right - left)


def turn_back(line: Line, quarters: int, shape: Sequence[int]) -> Line:
    """The line as it stands in an image of `shape` that was turned left by quarters to read it."""
    height, width = shape[0], shape[1]

    def back(point: Point) -> Point:
        x, y = point
        return ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[quarters]

    one, two, three, four = map(back, line.corners)
    return Line(line.text, line.score, (one, two, three, four))


def _corners(found: NDArray[np.float32]) -> tuple[Point, Point, Point, Point]:
    one, two, three, four = ((float(x), float(y)) for x, y in found)
    return one, two, three, four
