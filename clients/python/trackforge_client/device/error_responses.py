"""Answers that are not what was asked for, told apart by what has to happen next."""

import email.utils
import time
from collections.abc import Mapping

from trackforge_client.device.errors import (
    AccountDeleted,
    ClientError,
    Refused,
    Unavailable,
    UpgradeRequired,
)
from trackforge_client.device.json_types import Json
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document


def problem(response: Response) -> ClientError | None:
    """The error that an answer stands for; None for a success or a 304.

    Only a problem document with a `code` counts as the server's own word. Anything else with an
    error status, such as the page of a hotel's network, is trouble that passes.
    """
    status = response.status
    if 200 <= status < 300 or status == 304:
        return None
    told = _problem_document(response)
    code, detail = str(told.get("code", "")), str(told.get("detail") or told.get("title") or "")
    detail = detail or f"The server answered {status}"
    if code == "account_deleted":
        return AccountDeleted(detail)
    if code and status == 426:
        return UpgradeRequired(detail)
    if code and 400 <= status < 500 and status not in (408, 429):
        errors = told.get("errors")
        return Refused(status, code, detail, errors if isinstance(errors, dict) else None)
    retry_after_s = _seconds(response.headers.get("retry-after"))
    return Unavailable(detail, status=status, retry_after_s=retry_after_s)


def not_understood(response: Response, error: Exception) -> Unavailable:
    """For a success whose body is not what the contract says: somebody else answered."""
    return Unavailable(f"The answer was not understood: {error}", status=response.status)


def _problem_document(response: Response) -> Mapping[str, Json]:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    try:
        return document(response.body)
    except ValueError:
        return {}


def _seconds(value: str | None) -> float | None:
    """`Retry-After` in seconds: a number, or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
