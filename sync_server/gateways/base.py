"""Interface of push services, and what one says about a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import aiohttp

PUSH_TIMEOUT_S = 5.0
LIFETIME_S = 86_400
"""Time for which a push service keeps a message for a device that is off."""
MESSAGE = b"sync"
"""Whole payload of every message, where a push service demands one."""
COLLAPSE = "sync"
"""Key under which a push service replaces an earlier message that it has not delivered."""
MAX_RETRY_S = 86_400.0
MAX_ANSWER_BYTES = 16 * 1024

Address = Mapping[str, str]
"""Address of a device at its push service, as `gateways.addresses` reads it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Answer of a push service: `sent`, `dead` for an address that will never work, or `failed`.

    `reason` is a code of the service or a status; `retry_after_s` the wait that it asks for.
    """

    outcome: Literal["sent", "dead", "failed"]
    reason: str = ""
    retry_after_s: float | None = None


class Gateway(Protocol):
    """One kind of push service."""

    async def wake(self, address: Address) -> Delivery:
        """Send the message; a failure of the network is a `failed` delivery."""

    async def close(self) -> None:
        """Close the connections."""


SENT = Delivery("sent")


def failed(reason: str, headers: Mapping[str, str] | None = None) -> Delivery:
    """A failed delivery with the wait of the answer's Retry-After."""
    text = (headers or {}).get("Retry-After", "")
    wait = min(float(text), MAX_RETRY_S) if text.isdigit() else None
    return Delivery("failed", reason, wait)


async def read_answer(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of an answer's body, at most MAX_ANSWER_BYTES."""
    content = bytearray()
    async for part in response.content.iter_any():
        content += part
        if len(content) >= MAX_ANSWER_BYTES:
            break
    return bytes(content[:MAX_ANSWER_BYTES])
