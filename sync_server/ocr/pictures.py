"""Uploaded images: format detected by content, fully decoded, re-encoded without metadata."""

import io
import re
import signal
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageOps

# The pixel limit is checked below, from the file's header, before decoding.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_SIDE = 16_384
# A larger PNG takes seconds to encode; a JPEG of this quality is recognized equally well.
PNG_PIXELS = 4_000_000
JPEG_QUALITY = 92
# Allowed after a photograph: padding, further images of the same shot, its video.
_JPEG_TAIL = re.compile(rb"\x00*\Z|\xff\xd8|.{4}ftyp|.{0,64}MotionPhoto|\x00\x00\x01\x0a", re.S)
# A segment with a length, or the end of the image; FF before FF is filling (ISO/IEC 10918-1, B.1).
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
MAX_SEGMENTS, MAX_SCANS, MAX_FILLING = 2000, 100, 65_536
"""Limits of a JPEG. Every scan decodes the whole image; progressive files have some ten scans."""


class UnknownImageFormat(Exception):
    """The bytes are of no accepted format."""


class TooManyPixels(Exception):
    """The image has too many pixels."""


class CorruptImage(Exception):
    """The image is truncated or has trailing data; the text is the reason."""


@dataclass(frozen=True, slots=True)
class NormalizedImage:
    """Upright image without metadata; `content` is a JPEG or PNG, named by `suffix`."""

    content: bytes
    suffix: str
    width: int
    height: int


def normalize_image(content: bytes, max_pixels: int) -> NormalizedImage:
    """Normalize an uploaded image; raises UnknownImageFormat, TooManyPixels or
    CorruptImage. It may take long: see `run_in_child`."""
    if _format(content) is None:
        raise UnknownImageFormat
    _reject_trailing_data(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > max_pixels or max(width, height) > MAX_SIDE:
                raise TooManyPixels(f"{width} × {height}")
            opened.load()
            return _encode(_to_rgb(_upright(opened)), opened.format or "")
    except (TooManyPixels, CorruptImage):
        raise
    except Exception as error:
        # Decoders raise arbitrary exceptions for hostile bytes.
        raise CorruptImage("It cannot be decoded, or ends early.") from error


def normalize_within(limit_s: float, content: bytes, max_pixels: int) -> NormalizedImage:
    """Normalize an image in a process of its own, which dies after `limit_s` processor seconds."""
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    return normalize_image(content, max_pixels)


def _format(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _reject_trailing_data(content: bytes) -> None:
    """Raise CorruptImage for trailing data: it may be a web page or an archive."""
    kind = _format(content)
    if kind == "JPEG":
        clean = _JPEG_TAIL.match(content, jpeg_end(content)) is not None
    elif kind == "PNG":
        # IEND with its checksum; a PNG without one is truncated, which decoding detects.
        end = content.find(b"IEND\xae\x42\x60\x82")
        clean = end < 0 or not content[end + 8 :].strip(b"\0")
    else:
        clean = len(content) <= int.from_bytes(content[4:8], "little") + 9
    if not clean:
        raise CorruptImage("There is other data after the image.")


def jpeg_end(content: bytes) -> int:
    """End of a JPEG's first image (ISO/IEC 10918-1, B.1); the length without an end marker.

    Raises CorruptImage for more segments, scans or bytes between segments than cameras write.
    """
    at, scans, filling = 2, 0, 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(content, at)
        if found is None:
            return len(content)
        # A scan's pixels follow its segment; before the first scan nothing lies in between.
        filling += 0 if scans else found.start() - at
        at, marker = found.end(), content[found.end() - 1]
        if marker == END_OF_IMAGE:
            return at
        scans += marker == START_OF_SCAN
        if scans > MAX_SCANS or filling > MAX_FILLING:
            break
        at += max(2, int.from_bytes(content[at : at + 2], "big"))
    raise CorruptImage("It has more parts than a photograph.")


def _upright(image: Image.Image) -> Image.Image:
    # Unreadable metadata is no reason to reject a photograph.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    """The image in RGB, transparency on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        paper = Image.new("RGB", over.size, "white")
        paper.paste(over, mask=over.getchannel("A"))
        return paper
    return image if image.mode == "RGB" else image.convert("RGB")


def _encode(image: Image.Image, source: str) -> NormalizedImage:
    """Encode the pixels without metadata."""
    # Encoders would copy a profile, comment or location from here.
    image.info.clear()
    buffer = io.BytesIO()
    if source == "PNG" and image.width * image.height <= PNG_PIXELS:
        image.save(buffer, "PNG", compress_level=1)
        return NormalizedImage(buffer.getvalue(), "png", *image.size)
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return NormalizedImage(buffer.getvalue(), "jpg", *image.size)
