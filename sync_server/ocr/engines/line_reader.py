"""RapidOCR that pads narrow lines little, and reads them again wider if that is unsure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecognizer, TextRecOutput

HEIGHT = 48
"""Height of the lines of the model, in pixels."""

NARROW, USUAL = [3, HEIGHT, 96], [3, HEIGHT, 320]
"""Least shapes of lines. Padding all to the usual width costs a third of the recognition."""

SURE_SCORE = 0.97
"""Least score of a narrow line that is not read again: those that read otherwise are below."""


class LineReader(RapidOCR):
    """Engine with two least widths of lines; of two readings of a line the surer one counts."""

    def recognize_txt(self, img: list[NDArray[np.uint8]]) -> TextRecOutput:
        """Texts and scores of the cut-out lines."""
        found = super().recognize_txt(img)
        unsure = [
            number
            for number, (line, score) in enumerate(zip(img, found.scores, strict=True))
            if score < SURE_SCORE and line.shape[1] * HEIGHT < USUAL[2] * line.shape[0]
        ]
        if not unsure:
            return found
        # Loaded by the first reading.
        recognizer: TextRecognizer = vars(self)["text_rec"]
        recognizer.rec_image_shape = USUAL
        try:
            again = super().recognize_txt([img[number] for number in unsure])
        finally:
            recognizer.rec_image_shape = NARROW
        return _surer(found, again, unsure)


def _surer(found: TextRecOutput, again: TextRecOutput, numbers: Sequence[int]) -> TextRecOutput:
    """Readings, with those of a second attempt at these numbers that have a higher score."""
    texts, scores = list(found.txts or ()), list(found.scores)
    for number, text, score in zip(numbers, again.txts or (), again.scores, strict=True):
        if score > scores[number]:
            texts[number], scores[number] = text, score
    # The package declares its tuples of texts as tuples of one.
    return replace(found, txts=cast("tuple[str]", tuple(texts)), scores=scores)
