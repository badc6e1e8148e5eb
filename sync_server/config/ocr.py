"""Settings of images and of reading them (OCR)."""

from dataclasses import dataclass

from sync_server.config.parsing import setting
from sync_server.config.units import MIB

OCR_PROVIDERS = ("rapidocr", "mock")


@dataclass(frozen=True, slots=True)
class OcrSettings:
    """Settings of images and of reading them (OCR)."""

    ocr_provider: str = setting(
        "", "OCR engine: rapidocr, mock (sample texts); empty: rapidocr where it is installed",
        choices=("", *OCR_PROVIDERS),
    )  # fmt: skip
    ocr_processes: int = setting(1, "Images read in parallel; 0: only by `worker` processes", 0, 64)
    ocr_time_limit_s: float = setting(30.0, "Timeout of reading one image", 0.01)
    ocr_decode_time_limit_s: float = setting(10.0, "Processor time of decoding an upload", 0.001)
    ocr_wait_s: float = setting(60.0, "Timeout of a request that waits for its image", 0.01)
    ocr_max_waiting: int = setting(16, "Maximum images that requests wait for; above: 503", 1)
    ocr_max_jobs: int = setting(1000, "Maximum jobs in the queue; above: 503", 1)
    ocr_lease_s: float = setting(30.0, "Lease of a job; expired leases go to other workers", 0.1)
    ocr_retention_hours: int = setting(24, "Retention of images and of their results", 1)
    ocr_max_bytes: int = setting(10 * MIB, "Maximum size of an image", 1)
    ocr_max_pixels: int = setting(50_000_000, "Maximum pixels of an image", 1)
    ocr_quota_bytes: int = setting(100 * MIB, "Maximum size of one user's stored images", 1)
