"""Scopes: the permissions of a role, carried by its access tokens."""

from typing import NewType

Scope = NewType("Scope", str)

SYNC, SUPPORT, ADMIN = Scope("sync"), Scope("support"), Scope("admin")
# All that a token may do before its user's e-mail address is verified, where that is demanded.
UNVERIFIED = Scope("unverified")
SCOPES_OF_ROLE: dict[str, tuple[Scope, ...]] = {
    "user": (SYNC,),
    "support": (SYNC, SUPPORT),
    "admin": (SYNC, SUPPORT, ADMIN),
}


def scopes_of(role: str, *, unverified: bool) -> frozenset[Scope]:
    """Scopes of a user's tokens."""
    return frozenset([UNVERIFIED] if unverified else SCOPES_OF_ROLE[role])
