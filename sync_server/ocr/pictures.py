"""Uploaded images: known by their content, decoded once in full, written anew without extras."""

import io
import re
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageOps

# Pixels are counted here, from the head of the file, before any is decoded.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_SIDE = 16_384
# Beyond this a PNG takes seconds to write; as a JPEG of this quality it reads the same.
PNG_PIXELS = 4_000_000
JPEG_QUALITY = 92
# What may stand behind a photograph: padding, further images of the same shot, its short film.
_JPEG_TAIL = re.compile(rb"\x00*\Z|\xff\xd8|.{4}ftyp|.{0,64}MotionPhoto|\x00\x00\x01\x0a", re.S)
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


class NotAnImage(Exception):
    """The bytes are of no format that is taken."""


class TooLarge(Exception):
    """The image has more pixels than are taken."""


class Broken(Exception):
    """The image ends early, or is something else as well; the text says which."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright image without metadata: `content` is a JPEG or a PNG, as `suffix` says."""

    content: bytes
    suffix: str
    width: int
    height: int


def picture_of(content: bytes, most_pixels: int) -> Picture:
    """The image of an upload; raises NotAnImage, TooLarge or Broken."""
    if _format(content) is None:
        raise NotAnImage
    _refuse_tail(content)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > most_pixels or max(width, height) > MOST_SIDE:
                raise TooLarge(f"{width} × {height}")
            opened.load()
            return _written(_plain(_upright(opened)), opened.format or "")
    except (TooLarge, Broken):
        raise
    except Exception as error:
        # Decoders of hostile bytes raise whatever they like.
        raise Broken("It cannot be decoded, or ends early.") from error


def _format(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _refuse_tail(content: bytes) -> None:
    """Raise Broken when the bytes go on after the image: they may be a page or an archive too."""
    kind = _format(content)
    if kind == "JPEG":
        clean = _JPEG_TAIL.match(content, jpeg_end(content)) is not None
    elif kind == "PNG":
        # IEND is its type and checksum; a PNG without one ends early, which decoding tells.
        end = content.find(b"IEND\xae\x42\x60\x82")
        clean = end < 0 or not content[end + 8 :].strip(b"\0")
    else:
        clean = len(content) <= int.from_bytes(content[4:8], "little") + 9
    if not clean:
        raise Broken("There is something else behind the image.")


def jpeg_end(content: bytes) -> int:
    """Where a JPEG's first image ends (ISO/IEC 10918-1, B.1); its length when it does not end."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            at = content.find(b"\xff", at)
            if at < 0:
                return len(content)
            continue
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in _STANDALONE:
            at += 2
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return at + 2 if content[at : at + 2] == b"\xff\xd9" else len(content)


def _upright(image: Image.Image) -> Image.Image:
    # Metadata that nobody can read is no reason to refuse a photograph.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _plain(image: Image.Image) -> Image.Image:
    """The image in three colours, what is transparent in white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        paper = Image.new("RGB", over.size, "white")
        paper.paste(over, mask=over.getchannel("A"))
        return paper
    return image if image.mode == "RGB" else image.convert("RGB")


def _written(image: Image.Image, source: str) -> Picture:
    """Encoded anew from its pixels alone."""
    # Encoders keep a profile, a comment or a place that they find here.
    image.info.clear()
    buffer = io.BytesIO()
    if source == "PNG" and image.width * image.height <= PNG_PIXELS:
        image.save(buffer, "PNG", compress_level=1)
        return Picture(buffer.getvalue(), "png", *image.size)
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return Picture(buffer.getvalue(), "jpg", *image.size)
