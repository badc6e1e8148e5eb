"""Barcodes in an image: EAN-13, EAN-8, UPC-A and UPC-E, at any angle."""

import importlib.util
import io
from typing import TYPE_CHECKING

from sync_server.ocr.parsing.drafts import BarcodeDraft

if TYPE_CHECKING:
    from PIL import Image

MAX_SIDE = 2400
"""Pixels; the bars of a barcode that fills a fifth of such a side are four pixels wide."""
TURN_DEGREES = 45
"""Second attempt: barcodes are found up to some 20 degrees from upright and from lying."""
IS_INSTALLED = importlib.util.find_spec("zxingcpp") is not None
"""True with the extra `ocr`; without it no barcode is found."""


def read_barcodes(content: bytes) -> tuple[BarcodeDraft, ...]:
    """Barcodes of an encoded image, each once; the check digits are right."""
    if not IS_INSTALLED:
        return ()
    from PIL import Image

    with Image.open(io.BytesIO(content)) as opened:
        gray = opened.convert("L")
    small = gray.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    found = _find(small) or _find(small.rotate(TURN_DEGREES, expand=True, fillcolor=255))
    return found or (_find(gray) if gray.size != small.size else ())


def _find(image: "Image.Image") -> tuple[BarcodeDraft, ...]:
    import zxingcpp

    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.EANUPC)
    by_text = {one.text: BarcodeDraft(one.text, str(one.format)) for one in found if one.valid}
    return tuple(by_text.values())
