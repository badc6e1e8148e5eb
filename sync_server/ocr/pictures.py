"""Files of images: their format by their content, and data that no photograph has."""

import re
from dataclasses import dataclass

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


def format_of(content: bytes) -> str | None:
    """Name of the format; None for none that is accepted."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def reject_trailing_data(content: bytes) -> None:
    """Raise CorruptImage for trailing data: it may be a web page or an archive."""
    kind = format_of(content)
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
