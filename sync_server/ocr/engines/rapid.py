"""RapidOCR engine: PP-OCRv6 on onnxruntime, offline.

Only models in the wheel are used: any other would be downloaded.
"""

import io
import logging
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidocr.utils.output import RapidOCROutput

from sync_server.ocr.engines.interface import Photo
from sync_server.ocr.engines.line_reader import NARROW, LineReader
from sync_server.ocr.parsing.layout.lines import Line, Point

TUNED = {
    # The classifier of text directions turned a 9 into a 6 with high confidence.
    "Global.use_cls": False,
    "Global.log_level": "warning",
    "Rec.rec_batch_num": 1,
    "Rec.rec_img_shape": NARROW,
    "Det.limit_side_len": 960,
    "Det.limit_type": "max",
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
    # Threads of a session wait for each other by spinning: two of them took 2.2 times the
    # processor time of one for the same text.
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
# Mean scores: near 0.98 for upright text, below 0.8 for rotated text.
UPRIGHT_SCORE = 0.88
MIN_SCORED_CHARACTERS = 3
VERTICAL_RATIO = 1.5
"""Height to width; from this ratio on the engine treats a text as rotated."""


class Rapid:
    """Engine with loaded models: some 400 MB, and one core while it runs."""

    def __init__(self) -> None:
        self._read = LineReader(params=TUNED)
        logging.getLogger("RapidOCR").setLevel(logging.WARNING)

    def __call__(self, photo: Photo) -> list[Line]:
        """Lines of the image, tried in four orientations."""
        with Image.open(io.BytesIO(photo.content)) as opened:
            pixels = np.asarray(opened.convert("RGB"))[:, :, ::-1]
        best, best_score = list[Line](), -1.0
        for quarters in (0, 1, 3, 2):
            lines = self._lines(np.ascontiguousarray(np.rot90(pixels, quarters)))
            score = uprightness(lines)
            if score > best_score:
                best = [rotate_back(line, quarters, pixels.shape) for line in lines]
                best_score = score
            if best_score >= UPRIGHT_SCORE or not lines:
                break
        return best

    def _lines(self, pixels: NDArray[np.uint8]) -> list[Line]:
        output = self._read(pixels)
        assert isinstance(output, RapidOCROutput)
        if output.boxes is None or output.txts is None or output.scores is None:
            return []
        return [
            Line(text, float(score), _corners(corners))
            for corners, text, score in zip(output.boxes, output.txts, output.scores, strict=True)
        ]


def uprightness(lines: Sequence[Line]) -> float:
    """Mean score of the lines with enough characters; 0 for none, or if most are vertical.

    The engine rotates vertical text itself and reads it well; a single digit beside it, not.
    """
    scored = [line for line in lines if len(line.text) > MIN_SCORED_CHARACTERS]
    upright = [line.score for line in scored if not _is_high(line)]
    return fmean(upright) if 2 * len(upright) > len(scored) else 0.0


def _is_high(line: Line) -> bool:
    left, top, right, bottom = line.box
    return bottom - top > VERTICAL_RATIO * (right - left)


def rotate_back(line: Line, quarters: int, shape: Sequence[int]) -> Line:
    """The line in coordinates of the unrotated image, of size `shape`."""
    height, width = shape[0], shape[1]

    def back(point: Point) -> Point:
        x, y = point
        return ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[quarters]

    one, two, three, four = map(back, line.corners)
    return Line(line.text, line.score, (one, two, three, four))


def _corners(output: NDArray[np.float32]) -> tuple[Point, Point, Point, Point]:
    one, two, three, four = ((float(x), float(y)) for x, y in output)
    return one, two, three, four
