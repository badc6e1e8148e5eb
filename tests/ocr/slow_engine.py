"""Slow reading in a pool process, without an engine: a module of its own, which loads quickly."""

import time

from sync_server.ocr.engine_pool import Draft, read_image
from sync_server.ocr.engines.interface import Photo

SECONDS = 1.0


def read_slowly(provider: str, photo: Photo) -> Draft:
    """Draft of an image after a second of the processor."""
    until = time.process_time() + SECONDS
    while time.process_time() < until:
        pass
    return read_image(provider, photo)
