"""The settings of reading images: which engine, how much at once, where uploads are kept."""

from dataclasses import dataclass, field
from typing import Any

from marshmallow.validate import Range

from sync_server.config.rate_limits import EdgeSettings

PROVIDERS = ("rapidocr", "mock")


def _meant(sentence: str, least: float | None = None, most: float | None = None) -> dict[str, Any]:
    bounds = [] if least is None and most is None else [Range(least, most)]
    return {"meaning": sentence, "validate": bounds}


@dataclass(frozen=True, slots=True)
class OcrSettings(EdgeSettings):
    """The part of the settings that only reading images and keeping uploads need."""

    ocr_provider: str = field(
        default="rapidocr",
        metadata=_meant("What reads images: rapidocr, or mock, which makes texts up")
        | {"choices": PROVIDERS},
    )
    ocr_processes: int = field(
        default=1,
        metadata=_meant("Images that a process reads at once; 0 leaves all to workers", 0, 64),
    )
    ocr_time_limit_s: float = field(
        default=30.0, metadata=_meant("The longest that reading one image may take", 0.01)
    )
    ocr_wait_s: float = field(
        default=60.0, metadata=_meant("The longest that a request waits for its image", 0.01)
    )
    ocr_max_waiting: int = field(
        default=16, metadata=_meant("Images waiting beyond which requests get 503", 1)
    )
    ocr_max_jobs: int = field(
        default=1000, metadata=_meant("Jobs waiting beyond which new ones get 503", 1)
    )
    ocr_lease_s: float = field(
        default=30.0,
        metadata=_meant("After how long without a sign of life a job is taken up by another", 0.1),
    )
    ocr_retention_hours: int = field(
        default=24, metadata=_meant("How long an image and what was read in it are kept", 1)
    )
    ocr_max_bytes: int = field(default=10 * 1024 * 1024, metadata=_meant("An image to read", 1))
    ocr_max_pixels: int = field(
        default=50_000_000, metadata=_meant("Pixels of an image to read", 1)
    )
    ocr_quota_bytes: int = field(
        default=100 * 1024 * 1024, metadata=_meant("All of a user's images that are kept", 1)
    )
    uploads_url: str = field(
        default="",
        metadata=_meant("Where uploads are kept: s3://bucket/prefix; empty: DATA_DIR/uploads"),
    )
    s3_endpoint_url: str = field(
        default="",
        metadata=_meant("An S3-compatible server; empty: AWS. Keys come from AWS_… as usual"),
    )
    s3_timeout_s: float = field(
        default=10.0, metadata=_meant("The longest that the S3 server may take to answer", 0.01)
    )
