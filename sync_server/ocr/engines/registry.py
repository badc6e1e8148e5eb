"""Registry of the engines, by provider name."""

from collections.abc import Callable
from functools import cache

from sync_server.ocr.engines.interface import Engine
from sync_server.ocr.engines.mock import mock_lines


def _mock() -> Engine:
    return mock_lines


def _rapidocr() -> Engine:
    # Imported on demand: it loads an inference engine of some 200 MB.
    from sync_server.ocr.engines.rapid import Rapid

    return Rapid()


ENGINES: dict[str, Callable[[], Engine]] = {"mock": _mock, "rapidocr": _rapidocr}


@cache
def load_engine(provider: str) -> Engine:
    """The engine of this name, loaded once per process."""
    return ENGINES[provider]()
