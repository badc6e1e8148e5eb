"""Normalization of an uploaded image in a process of its own, the only one with Pillow."""

import signal

from sync_server.ocr.pictures import NormalizedImage


def normalize_within(limit_s: float, content: bytes, max_pixels: int) -> NormalizedImage:
    """Normalize an image in a process of its own, which dies after `limit_s` processor seconds."""
    from sync_server.ocr.recoding import normalize_image

    signal.setitimer(signal.ITIMER_PROF, limit_s)
    return normalize_image(content, max_pixels)
