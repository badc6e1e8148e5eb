"""Metrics of the reading of images: the queue, the readers, and the time that an image takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Gauge, Histogram

READ_SECONDS = Histogram(
    "trackforge_ocr_seconds",
    "Time to read an image, by kind and outcome.",
    ("kind", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60),
)
WAITING = Gauge(
    "trackforge_ocr_jobs_waiting",
    "Images that wait to be read, as the processes that read images count them.",
    multiprocess_mode="mostrecent",
)
READERS = Gauge(
    "trackforge_ocr_readers",
    "Readers of images, by state: reading, or idle.",
    ("state",),
    multiprocess_mode="livesum",
)


@contextmanager
def reading() -> Iterator[None]:
    """Count a reader as busy within the block."""
    READERS.labels("reading").inc()
    READERS.labels("idle").dec()
    try:
        yield
    finally:
        READERS.labels("idle").inc()
        READERS.labels("reading").dec()
