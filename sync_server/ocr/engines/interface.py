"""The interface of an engine, and the choice of one by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol, TypeAlias

from sync_server.ocr.parsing.layout.lines import Line

Kind: TypeAlias = Literal["menu", "workout"]


@dataclass(frozen=True, slots=True)
class Photo:
    """An upright image, encoded as PNG or JPEG; `digest` is that of the upload, in hexadecimal."""

    content: bytes
    digest: str
    kind: Kind


class Engine(Protocol):
    """Reads everything that is written in an image.

    The lines come in no order; their corners are pixels of the image.
    """

    def __call__(self, photo: Photo) -> list[Line]:
        """The lines of the image."""


def _mock() -> Engine:
    from sync_server.ocr.engines.mock import read_mock

    return read_mock


def _rapidocr() -> Engine:
    # Only here, where it is needed: it loads an inference engine of some 200 MB.
    from sync_server.ocr.engines.rapid import Rapid

    return Rapid()


ENGINES: dict[str, Callable[[], Engine]] = {"mock": _mock, "rapidocr": _rapidocr}


@cache
def engine(provider: str) -> Engine:
    """The engine of this name, made once a process."""
    return ENGINES[provider]()
