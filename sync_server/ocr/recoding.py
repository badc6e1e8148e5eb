"""Uploaded images, fully decoded and encoded again without metadata.

Pillow is imported by the processes that do it, not by the server.
"""

import io
from contextlib import suppress

from PIL import Image, ImageOps

from sync_server.ocr.pictures import (
    CorruptImage,
    NormalizedImage,
    TooManyPixels,
    UnknownImageFormat,
    format_of,
    reject_trailing_data,
)

# The pixel limit is checked below, from the file's header, before decoding.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_SIDE = 16_384
# A larger PNG takes seconds to encode; a JPEG of this quality is recognized equally well.
PNG_PIXELS = 4_000_000
JPEG_QUALITY = 92


def normalize_image(content: bytes, max_pixels: int) -> NormalizedImage:
    """Normalize an uploaded image; raises UnknownImageFormat, TooManyPixels or
    CorruptImage. It may take long: see `normalize_within`."""
    if format_of(content) is None:
        raise UnknownImageFormat
    reject_trailing_data(content)
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
