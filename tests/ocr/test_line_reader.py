"""Recognition of lines with two least widths: of two readings the surer one counts."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecOutput

from sync_server.ocr.engines.line_reader import NARROW, USUAL, LineReader

READINGS = {
    # Width of the line: reading by least width.
    50: {96: ("33, 70", 0.96), 320: ("33,70", 0.99)},
    60: {96: ("12.50", 0.99)},
    70: {96: ("Soup", 0.9), 320: ("Soap", 0.8)},
    400: {96: ("A line that is wider", 0.5)},
}


def test_the_surer_of_two_readings_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = SimpleNamespace(rec_image_shape=NARROW)
    widths: list[int] = []

    def recognize(_: RapidOCR, lines: list[NDArray[np.uint8]]) -> TextRecOutput:
        width = recognizer.rec_image_shape[2]
        widths.append(width)
        texts, scores = zip(*(READINGS[line.shape[1]][width] for line in lines), strict=True)
        return TextRecOutput(txts=texts, scores=list(scores))

    monkeypatch.setattr(RapidOCR, "recognize_txt", recognize)
    reader = object.__new__(LineReader)
    vars(reader)["text_rec"] = recognizer
    found = reader.recognize_txt([np.zeros((48, width, 3), np.uint8) for width in READINGS])
    assert [*(found.txts or ())] == ["33,70", "12.50", "Soup", "A line that is wider"]
    assert found.scores == [0.99, 0.99, 0.9, 0.5]
    assert widths == [NARROW[2], USUAL[2]]
    assert recognizer.rec_image_shape == NARROW
