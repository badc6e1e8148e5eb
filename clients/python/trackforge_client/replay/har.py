"""Import of HAR files (HTTP Archive 1.2), as browsers and proxies export them."""

import base64
import binascii
import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trackforge_client.device.session import API
from trackforge_client.replay.exchange import Exchange, RecordingError
from trackforge_client.replay.recorder import exchange_of

UNKNOWN_USER = "unknown"
"""User of requests without a token: browsers remove it from exported files."""


def read_har(path: Path, device: str) -> list[Exchange]:
    """Exchanges with the API in a HAR file, in the order of their start; raises RecordingError.

    Other requests, preflights and requests without a response are left out. Secrets are removed.
    """
    try:
        entries = json.loads(path.read_text("utf-8-sig"))["log"]["entries"]
        timed = [(_start_s(entry), entry) for entry in entries if _is_api_call(entry)]
        timed.sort(key=lambda pair: pair[0])
        first_s = timed[0][0] if timed else 0.0
        exchanges = [_exchange(entry, start - first_s, device) for start, entry in timed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingError(f"{path}: not a HAR file ({error!r})") from error
    if not exchanges:
        raise RecordingError(f"{path}: no request to {API}/ has a response")
    return list(_with_users(exchanges))


def _is_api_call(entry: Mapping[str, Any]) -> bool:
    request, status = entry["request"], int(entry["response"]["status"])
    return (
        f"{API}/" in urlsplit(request["url"]).path and request["method"] != "OPTIONS" and status > 0
    )


def _start_s(entry: Mapping[str, Any]) -> float:
    started = datetime.datetime.fromisoformat(entry["startedDateTime"])
    return started.timestamp()


def _exchange(entry: Mapping[str, Any], t: float, device: str) -> Exchange:
    request, response = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    path = url.path[url.path.index(f"{API}/") :]
    text = (request.get("postData") or {}).get("text")
    return exchange_of(
        device=device,
        t=round(t, 6),
        method=request["method"],
        path=f"{path}?{url.query}" if url.query else path,
        headers=_headers(request),
        body=None if text is None else text.encode("utf-8", "surrogatepass"),
        status=int(response["status"]),
        response_headers=_headers(response),
        response=_content(response.get("content") or {}),
    )


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    return {str(each["name"]).lower(): str(each["value"]) for each in message.get("headers", [])}


def _content(content: Mapping[str, Any]) -> bytes:
    text = content.get("text") or ""
    if content.get("encoding") != "base64":
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError(f"response content: {error}") from error


def _with_users(exchanges: list[Exchange]) -> Iterator[Exchange]:
    """The exchanges, each without a token assigned to the user of the last sign-in."""
    user = next((each.user for each in exchanges if each.user is not None), UNKNOWN_USER)
    for exchange in exchanges:
        user = exchange.user or user
        is_sign_in = exchange.path.startswith(f"{API}/auth/")
        yield exchange if exchange.user or is_sign_in else replace(exchange, user=user)
