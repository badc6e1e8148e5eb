"""Uploads: accepted images are normalized, other files are rejected."""

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sync_server.ocr.pictures import (
    CorruptImage,
    TooManyPixels,
    UnknownImageFormat,
    jpeg_end,
)
from sync_server.ocr.recoding import normalize_image
from tests.ocr.images import (
    JPEG_HEAD,
    JPEG_SCAN,
    JPEG_SIZE,
    SVG,
    claimed_png,
    drawn,
    encoded,
    jpeg,
    many_scans,
    noted_png,
    photograph,
    png,
)

MAX_PIXELS = 50_000_000


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("index.html", "<script>alert(1)</script>")
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(
    ("kind", "suffix"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "jpg"), ("MPO", "jpg")]
)
def test_each_format_is_known_by_its_content(kind: str, suffix: str) -> None:
    options = {"save_all": True, "append_images": [drawn("another")]} if kind == "MPO" else {}
    picture = normalize_image(encoded(drawn(), kind, **options), MAX_PIXELS)
    assert (picture.suffix, picture.width, picture.height) == (suffix, 320, 80)
    assert opened(picture.content).size == (320, 80)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK", "F"])
def test_every_mode_of_colour_becomes_plain(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode == "F" else "PNG"
    content = encoded(
        drawn().convert("L").convert(mode) if mode == "I;16" else drawn().convert(mode), kind
    )
    if kind == "TIFF":
        with pytest.raises(UnknownImageFormat):
            normalize_image(content, MAX_PIXELS)
        return
    assert opened(normalize_image(content, MAX_PIXELS).content).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert opened(normalize_image(encoded(clear), MAX_PIXELS).content).getpixel((5, 5)) == (
        255,
        255,
        255,
    )


def test_an_image_is_held_upright() -> None:
    """Orientation 6: the camera was turned, the rows run from top to bottom."""
    picture = normalize_image(photograph(turn=6), MAX_PIXELS)
    assert (picture.width, picture.height) == (80, 320)


@pytest.mark.parametrize("content", [photograph(), noted_png()], ids=["jpeg", "png"])
def test_nothing_but_pixels_is_kept(content: bytes) -> None:
    assert b"CANARY" in content
    stored = normalize_image(content, MAX_PIXELS).content
    assert b"CANARY" not in stored
    assert not opened(stored).getexif()


@pytest.mark.parametrize(
    "content",
    [b"", b"a", SVG, b"GIF89a" + bytes(40), b"%PDF-1.7 " + bytes(40), archive(), b"RIFF1234WAVE"],
)
def test_what_is_no_image_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(UnknownImageFormat):
        normalize_image(content, MAX_PIXELS)


@pytest.mark.parametrize("tail", [archive(), b"<script>alert(1)</script>", SVG, b"%PDF-1.7"])
@pytest.mark.parametrize(
    "image", [png(), jpeg(), encoded(drawn(), "WEBP")], ids=["png", "jpg", "webp"]
)
def test_something_else_behind_the_image_is_refused(image: bytes, tail: bytes) -> None:
    with pytest.raises(CorruptImage, match="after the image"):
        normalize_image(image + tail, MAX_PIXELS)


@pytest.mark.parametrize("tail", [bytes(1000), jpeg("the same in small"), b"\0\0\0\x18ftypmp42"])
def test_what_phones_write_behind_a_photograph_is_taken(tail: bytes) -> None:
    assert normalize_image(jpeg() + tail, MAX_PIXELS).width == 320


@pytest.mark.parametrize(
    "image", [png(), jpeg(), encoded(drawn(), "WEBP")], ids=["png", "jpg", "webp"]
)
def test_an_image_that_ends_early_is_refused(image: bytes) -> None:
    for length in (len(image) // 2, len(image) * 9 // 10):
        with pytest.raises(CorruptImage):
            normalize_image(image[:length], MAX_PIXELS)


@pytest.mark.parametrize("size", [(1, 65_535), (65_535, 1), (8_000, 8_000), (2**31 - 1, 2**31 - 1)])
def test_a_size_that_nobody_photographs_is_refused_undecoded(size: tuple[int, int]) -> None:
    with pytest.raises((TooManyPixels, CorruptImage)):
        normalize_image(claimed_png(*size), MAX_PIXELS)


def test_pixels_are_counted_to_the_last() -> None:
    image = encoded(drawn(size=(100, 50)))
    assert normalize_image(image, 5000).width == 100
    with pytest.raises(TooManyPixels):
        normalize_image(image, 4999)


def test_a_bomb_is_refused_by_its_head() -> None:
    """15 KB that would be 400 megapixels."""
    bomb = encoded(Image.new("1", (20_000, 20_000)))
    assert len(bomb) < 100_000
    with pytest.raises(TooManyPixels):
        normalize_image(bomb, MAX_PIXELS)


@pytest.mark.parametrize("scans", [101, 300, 100_000])
def test_a_jpeg_of_many_scans_is_refused_undecoded(scans: int) -> None:
    content = many_scans(7000, scans)
    started = time.process_time()
    with pytest.raises(CorruptImage, match="more parts"):
        normalize_image(content, MAX_PIXELS)
    assert time.process_time() - started < 0.5


def test_an_ordinary_progressive_jpeg_is_accepted() -> None:
    assert normalize_image(encoded(drawn(), "JPEG", progressive=True), MAX_PIXELS).width == 320
    assert normalize_image(many_scans(200, 20), MAX_PIXELS).width == 200


@pytest.mark.parametrize(
    "filling",
    [
        b"\xff" * 10_000_000,
        b"\xff\x00" * 5_000_000,
        b"\xff\xd0" * 5_000_000,
        b"\xff\xfe\x00\x02" * 2_500_000,
        b"\x00" * 10_000_000,
    ],
    ids=["FF", "FF 00", "restarts", "comments", "zeros"],
)
@pytest.mark.parametrize("place", ["before the size", "in the scan"])
def test_filling_costs_no_time(filling: bytes, place: str) -> None:
    parts = (
        [filling, JPEG_SIZE, JPEG_SCAN]
        if place == "before the size"
        else [JPEG_SIZE, JPEG_SCAN, filling]
    )
    started = time.process_time()
    with pytest.raises((CorruptImage, TooManyPixels)):
        normalize_image(JPEG_HEAD + b"".join(parts) + b"\x00\xff\xd9", MAX_PIXELS)
    assert time.process_time() - started < 0.5


@given(st.sampled_from([png(), jpeg(), photograph(), encoded(drawn(), "WEBP")]), st.data())
def test_any_damage_is_refused_or_survived(image: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(image) - 1))
    damaged = (
        image[:at] + data.draw(st.binary(max_size=8)) + image[at + data.draw(st.integers(0, 8)) :]
    )
    try:
        picture = normalize_image(damaged, 100_000)
    except (UnknownImageFormat, TooManyPixels, CorruptImage):
        return
    assert opened(picture.content).size == (picture.width, picture.height)


@given(st.binary(max_size=200))
def test_the_end_of_anything_is_somewhere_in_it(tail: bytes) -> None:
    assert 0 <= jpeg_end(b"\xff\xd8" + tail) <= len(tail) + 400 + 65_537
