"""Scopes: the permissions of a role, carried by its access tokens."""

from typing import NewType

Scope = NewType("Scope", str)

SYNC, SUPPORT, ADMIN = Scope("sync"), Scope("support"), Scope("admin")
SCOPES_OF_ROLE: dict[str, tuple[Scope, ...]] = {
    "user": (SYNC,),
    "support": (SYNC, SUPPORT),
    "admin": (SYNC, SUPPORT, ADMIN),
}
