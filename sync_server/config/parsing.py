"""Parsers of settings: networks, origins, token keys; and the declaration of a setting."""

import base64
import binascii
import ipaddress
import re
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network
from typing import NewType, TypeVar

from marshmallow.validate import OneOf, Range

SECRET_KEY_BYTES = 32
# Of 32 random bytes fewer than 16 are different once in 10^15 keys.
MIN_DISTINCT_BYTES = 16
MAX_WORKERS = 256
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?:[0-9]{1,5}|\*))?")

Workers = NewType("Workers", int)
"""Number of server processes; 0: one per core."""

Networks = tuple[IPv4Network | IPv6Network, ...]
Origins = tuple[str, ...]
_Value = TypeVar("_Value")


def setting(
    default: _Value,
    description: str,
    minimum: float | None = None,
    maximum: float | None = None,
    *,
    choices: tuple[str, ...] = (),
    unit: str = "",
) -> _Value:
    """Dataclass field of a setting, with its description and inclusive bounds as metadata."""
    validators: list[Range | OneOf] = []
    if minimum is not None or maximum is not None:
        validators.append(Range(minimum, maximum))
    if choices:
        validators.append(OneOf(choices))
    metadata = {"description": description + unit, "validate": validators}
    return field(default=default, metadata=metadata)


def parse_origins(text: str) -> Origins:
    """Origins of a comma-separated list, as browsers send them, or `*`; raises ValueError.

    `http://localhost:*` is any port of a host.
    """
    origins = _items(text)
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is not an origin such as https://app.example.com.")
    return origins


def parse_networks(text: str) -> Networks:
    """Networks of a comma-separated list; an address is a network of one. Raises ValueError."""
    networks = []
    for item in _items(text):
        try:
            networks.append(ipaddress.ip_network(item))
        except ValueError as error:
            raise ValueError(f"{item!r} is not an address or a network: {error}.") from None
    return tuple(networks)


def parse_workers(text: str) -> Workers:
    """Number of processes, 0 for `auto`; raises ValueError."""
    if text == "auto":
        return Workers(0)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_WORKERS:
        raise ValueError(f"Must be auto or a number from 1 to {MAX_WORKERS}.")
    return Workers(int(text))


def parse_secret_keys(text: str) -> dict[str, bytes]:
    """Keys by id, in the order written; raises ValueError, without the key in its message."""
    keys: dict[str, bytes] = {}
    for item in _items(text):
        kid, colon, encoded = item.partition(":")
        if not colon or not kid or kid in keys:
            raise ValueError("Must be comma-separated `kid:base64url` pairs.")
        try:
            padding = "=" * (-len(encoded) % 4)
            key = base64.b64decode(encoded + padding, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"The key {kid!r} is not base64url.") from None
        if len(key) < SECRET_KEY_BYTES:
            raise ValueError(f"The key {kid!r} is shorter than {SECRET_KEY_BYTES} bytes.")
        if len(set(key)) < MIN_DISTINCT_BYTES:
            raise ValueError(f"The key {kid!r} is not random: its bytes repeat.")
        keys[kid] = key
    return keys


def _items(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (item.strip() for item in text.split(","))))
