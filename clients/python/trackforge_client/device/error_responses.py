"""Error responses as exceptions, by the reaction that they need."""

import email.utils
import time
from collections.abc import Mapping

from trackforge_client.device.errors import (
    AccountDeleted,
    ClientError,
    RequestRejected,
    SecondFactorRequired,
    Unavailable,
    UpgradeRequired,
)
from trackforge_client.device.json_types import Json
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document


def response_error(response: Response) -> ClientError | None:
    """Exception of a response; None for a success or a 304.

    Only a problem document with a `code` is from the server. Any other error response, such as the
    page of a captive portal, is a temporary failure.
    """
    status = response.status
    if 200 <= status < 300 or status == 304:
        return None
    fields = _problem_fields(response)
    code, detail = (
        str(fields.get("code", "")),
        str(fields.get("detail") or fields.get("title") or ""),
    )
    detail = detail or f"The server answered {status}"
    if code == "account_deleted":
        return AccountDeleted(detail)
    if code == "second_factor_required":
        methods, options = fields.get("methods"), fields.get("passkey_options")
        return SecondFactorRequired(
            detail,
            str(fields.get("challenge", "")),
            [str(it) for it in methods] if isinstance(methods, list) else [],
            options if isinstance(options, dict) else None,
        )
    if code and status == 426:
        return UpgradeRequired(detail)
    if code and 400 <= status < 500 and status not in (408, 429):
        errors, restored = fields.get("errors"), fields.get("restored_version")
        return RequestRejected(
            status,
            code,
            detail,
            errors if isinstance(errors, dict) else None,
            restored if isinstance(restored, int) else None,
        )
    retry_after_s = _seconds(response.headers.get("retry-after"))
    return Unavailable(detail, status=status, retry_after_s=retry_after_s)


def invalid_response(response: Response, error: Exception) -> Unavailable:
    """Exception of a success with an unexpected body, such as a captive portal's page."""
    return Unavailable(f"The response was not understood: {error}", status=response.status)


def _problem_fields(response: Response) -> Mapping[str, Json]:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    try:
        return document(response.body)
    except ValueError:
        return {}


def _seconds(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header, a number or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None
