"""Roles of the database: the owner, who migrates, and the application, who may only use rows."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

APPLICATION = "trackforge_app"


@dataclass(frozen=True, slots=True)
class Role:
    """Database role of the application."""

    name: str
    password: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """The user that a PostgreSQL URL names."""
        parts = urlsplit(url)
        return cls(unquote(parts.username or ""), unquote(parts.password or ""))


def as_role(url: str, name: str = APPLICATION) -> str:
    """The same database and password under another user's name."""
    parts = urlsplit(url)
    _, at, place = parts.netloc.rpartition("@")
    _, colon, password = parts.netloc[: -len(at + place)].partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}{colon}{password}@{place}"))
