"""The clock of requests."""

import datetime


def utc_now() -> datetime.datetime:
    """Present moment, in UTC."""
    return datetime.datetime.now(datetime.UTC)
