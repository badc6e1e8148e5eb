"""The Sent-At header: the device's time of sending, outside of what an Idempotency-Key protects.

The same bytes under the same key may be sent again at any time, each time with another header.
"""

from aiohttp import web

from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.web.errors import InvalidRequest
from sync_server.web.openapi import Parameter

NAME = "Sent-At"
_MAX_DIGITS = len(str(MAX_CLOCK))

SENT_AT = {
    NAME: Parameter(
        {"type": "integer", "minimum": 1, "maximum": MAX_CLOCK, "example": 1795399905123500},
        "The device's time of sending, in microseconds since the Unix epoch; takes precedence over "
        "the body's `sent_at` and may differ when the same push is sent again",
    )
}


def sent_at_of(request: web.Request) -> int | None:
    """Microseconds since the Unix epoch, None without the header; raises InvalidRequest."""
    values = request.headers.getall(NAME, [])
    if not values:
        return None
    text = values[0]
    if len(values) == 1 and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        sent_at = int(text)
        if 1 <= sent_at <= MAX_CLOCK:
            return sent_at
    raise InvalidRequest(errors={NAME: ["Must be microseconds since the Unix epoch, below 2^53."]})
