"""Barcodes in images: four formats, at any angle."""

import pytest
from PIL import ImageFilter

from sync_server.ocr.engines.barcodes import MAX_SIDE, read_barcodes
from tests.ocr.barcode_images import barcode_image
from tests.ocr.images import drawn, encoded

CODES = {
    "EAN13": ("4006381333931", "4006381333931", "EAN-13"),
    "EAN8": ("96385074", "96385074", "EAN-8"),
    "UPCA": ("036000291452", "0036000291452", "EAN-13"),
    "UPCE": ("04252614", "0042100005264", "UPC-E"),
}


@pytest.mark.parametrize("degrees", [0, 15, 30, 45, 60, 90, 135, 180, 250, 300])
@pytest.mark.parametrize("format", CODES)
def test_a_barcode_is_read_at_any_angle(format: str, degrees: float) -> None:
    """A UPC-A is the EAN-13 that begins with 0; a UPC-E is written out."""
    written, text, read_as = CODES[format]
    found = read_barcodes(encoded(barcode_image((format, written, degrees))))
    assert [(code.text, code.format) for code in found] == [(text, read_as)]


def test_several_barcodes_are_read_and_a_repeated_one_once() -> None:
    image = barcode_image(
        ("EAN13", "4006381333931", 0), ("EAN8", "96385074", 0), ("EAN13", "4006381333931", 0)
    )
    assert {code.text for code in read_barcodes(encoded(image))} == {"4006381333931", "96385074"}


def test_a_blurred_photograph_of_many_pixels_is_read() -> None:
    image = barcode_image(("EAN13", "4006381333931", 0)).filter(ImageFilter.GaussianBlur(1))
    large = image.resize((2 * MAX_SIDE, 2 * MAX_SIDE))
    assert [code.text for code in read_barcodes(encoded(large, "JPEG"))] == ["4006381333931"]


def test_a_page_without_bars_has_none() -> None:
    assert read_barcodes(encoded(drawn("4006381333931"))) == ()
