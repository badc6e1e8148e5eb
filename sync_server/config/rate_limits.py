"""The settings of the server's edge: how much one caller may ask, from where, and on whose page."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Self, TypeVar

from environs import Env
from marshmallow import ValidationError, fields
from marshmallow.validate import Range

MOST_SECONDS = 31 * 86_400
MOST_AMOUNT = 10**9
_LIMIT = re.compile(r"([0-9]{1,10})/([0-9]{1,7})")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")

Networks = tuple[IPv4Network | IPv6Network, ...]
Origins = tuple[str, ...]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` within any `seconds`; an amount of 0 is no limit. Written `300/60`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """What the text says; raises ValueError."""
        if text == "0":
            return cls(0, 1)
        written = _LIMIT.fullmatch(text)
        if written is None:
            raise ValueError("Must be `amount/seconds`, such as 300/60, or 0 for no limit.")
        amount, seconds = int(written[1]), int(written[2])
        if amount > MOST_AMOUNT or not 1 <= seconds <= MOST_SECONDS:
            raise ValueError(f"At most {MOST_AMOUNT} within 1 to {MOST_SECONDS} seconds.")
        return cls(amount, seconds)

    def __str__(self) -> str:
        return f"{self.amount}/{self.seconds}" if self.amount else "0"


def parse_origins(text: str) -> Origins:
    """The origins of a comma list, each as a browser sends it, or `*`; raises ValueError."""
    origins = _parts(text)
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is no origin, such as https://app.example.com.")
    return origins


def parse_networks(text: str) -> Networks:
    """The networks of a comma list; an address is a network of one. Raises ValueError."""
    networks = []
    for part in _parts(text):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise ValueError(f"{part!r} is no address or network: {error}.") from None
    return tuple(networks)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


class _LimitField(fields.Field[Limit]):
    def _deserialize(self, value: Any, *_: object, **__: object) -> Limit:
        return _told(Limit.parse, value)


class _OriginsField(fields.Field[Origins]):
    def _deserialize(self, value: Any, *_: object, **__: object) -> Origins:
        return _told(parse_origins, value)


class _NetworksField(fields.Field[Networks]):
    def _deserialize(self, value: Any, *_: object, **__: object) -> Networks:
        return _told(parse_networks, value)


def _told(parse: Callable[[str], _Value], text: str) -> _Value:
    try:
        return parse(text.strip())
    except ValueError as error:
        raise ValidationError(str(error)) from None


def edge_readers(env: Env) -> Mapping[object, Any]:
    """How the environment's text becomes each of the types of this module."""
    kinds: dict[object, tuple[str, type[fields.Field[Any]]]] = {
        Limit: ("limit", _LimitField),
        Origins: ("origins", _OriginsField),
        Networks: ("networks", _NetworksField),
    }
    for name, kind in kinds.values():
        env.add_parser_from_field(name, kind)
    return {type_: getattr(env, name) for type_, (name, _) in kinds.items()}


def _meant(sentence: str) -> dict[str, Any]:
    return {"meaning": sentence, "validate": []}


def _bounded(sentence: str, least: float) -> dict[str, Any]:
    return {"meaning": sentence, "validate": [Range(least)]}


def _limited(sentence: str) -> dict[str, Any]:
    return _meant(f"{sentence}, as amount/seconds; 0: no limit")


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """The part of the settings that only the edge reads."""

    rate_limit_login_ip: Limit = field(
        default=Limit(300, 900), metadata=_limited("Failed log-ins from one address")
    )
    rate_limit_login_account: Limit = field(
        default=Limit(20, 900), metadata=_limited("Failed log-ins to one e-mail")
    )
    rate_limit_register_ip: Limit = field(
        default=Limit(5000, 3600), metadata=_limited("Registrations from one address")
    )
    rate_limit_register_account: Limit = field(
        default=Limit(100, 3600), metadata=_limited("Registrations of one e-mail")
    )
    rate_limit_refresh_family: Limit = field(
        default=Limit(60, 60), metadata=_limited("Refreshes of one session")
    )
    rate_limit_password_account: Limit = field(
        default=Limit(20, 900), metadata=_limited("Wrong passwords of somebody who is logged in")
    )
    rate_limit_push_changes: Limit = field(
        default=Limit(300_000, 60), metadata=_limited("Changes that one user pushes")
    )
    rate_limit_pull_requests: Limit = field(
        default=Limit(1200, 60), metadata=_limited("Pulls of one user")
    )
    rate_limit_ocr: Limit = field(
        default=Limit(10, 3600), metadata=_limited("Pictures that are read for one user")
    )
    rate_limit_export: Limit = field(
        default=Limit(10, 3600), metadata=_limited("Exports of one user")
    )
    head_timeout_s: float = field(
        default=10.0, metadata=_bounded("The longest that a request's head may take", 0.01)
    )
    body_timeout_s: float = field(
        default=30.0, metadata=_bounded("The longest that a request's body may take", 0.01)
    )
    keepalive_timeout_s: float = field(
        default=75.0, metadata=_bounded("How long a connection may rest between requests", 0.01)
    )
    send_timeout_s: float = field(
        default=60.0, metadata=_bounded("How long a peer may not read what we send", 0.01)
    )
    max_connections: int = field(
        default=10_000, metadata=_bounded("Connections of one process; the idlest goes", 1)
    )
    trusted_proxies: Networks = field(
        default=(),
        metadata=_meant("Proxies whose X-Forwarded-For is believed: networks, set apart by commas"),
    )
    cors_origins: Origins = field(
        default=(),
        metadata=_meant("Pages that may call the API: origins, set apart by commas; * is any"),
    )
