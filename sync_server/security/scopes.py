"""What a role may do: the scopes that its access tokens carry."""

from typing import NewType

Scope = NewType("Scope", str)

SYNC, SUPPORT, ADMIN = Scope("sync"), Scope("support"), Scope("admin")
SCOPES_OF_ROLE: dict[str, tuple[Scope, ...]] = {
    "user": (SYNC,),
    "support": (SYNC, SUPPORT),
    "admin": (SYNC, SUPPORT, ADMIN),
}
