"""Interface of an OCR engine: from an image to lines of text."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sync_server.ocr.parsing.layout.lines import Line

ImageKind: TypeAlias = Literal["menu", "workout", "label"]


@dataclass(frozen=True, slots=True)
class Photo:
    """Upright image, encoded as PNG or JPEG; `digest` is the SHA-256 of the upload, hexadecimal."""

    content: bytes
    digest: str
    kind: ImageKind


class Engine(Protocol):
    """Text recognition: all lines of an image, in any order, with corners in pixels."""

    def __call__(self, photo: Photo) -> list[Line]:
        """The lines of the image."""
