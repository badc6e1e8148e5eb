"""Images with barcodes, as packages have them."""

import numpy as np
import zxingcpp
from PIL import Image

PAPER = 235
MODULE = 3
"""Width of the thinnest bar in pixels."""


def barcode_image(*codes: tuple[str, str, float]) -> Image.Image:
    """Paper with barcodes side by side: format, digits, and degrees to turn each."""
    paper = Image.new("L", (560 * len(codes), 560), PAPER)
    for number, (format, text, degrees) in enumerate(codes):
        made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, format))
        bars = Image.fromarray(np.asarray(made.to_image(scale=MODULE))).convert("L")
        turned = bars.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
        left = 560 * number + (560 - turned.width) // 2
        paper.paste(turned, (left, (560 - turned.height) // 2))
    return paper.convert("RGB")
