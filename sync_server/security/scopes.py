"""Scopes: the permissions of a role, carried by its access tokens."""

from typing import NewType

Scope = NewType("Scope", str)

SYNC, SUPPORT, ADMIN = Scope("sync"), Scope("support"), Scope("admin")
# All that a token may do before its user's e-mail address is verified, where that is demanded.
UNVERIFIED = Scope("unverified")
# Mark of a session without the second factor that the role needs: it has the scopes of a user.
ONE_FACTOR = Scope("one-factor")
SCOPES_OF_ROLE: dict[str, tuple[Scope, ...]] = {
    "user": (SYNC,),
    "support": (SYNC, SUPPORT),
    "admin": (SYNC, SUPPORT, ADMIN),
}


def scopes_of(role: str, *, unverified: bool, one_factor: bool) -> frozenset[Scope]:
    """Scopes of a user's tokens; `one_factor` if the session lacks a factor that staff needs."""
    if unverified:
        return frozenset([UNVERIFIED])
    if one_factor and role != "user":
        return frozenset([*SCOPES_OF_ROLE["user"], ONE_FACTOR])
    return frozenset(SCOPES_OF_ROLE[role])
