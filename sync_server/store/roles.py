"""The database's roles: the owner, who migrates, and the application, who may only use rows."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

APPLICATION = "trackforge_app"

# Roles belong to the whole server: another database's migration may make it at the same moment.
CREATE = """
DO $$ BEGIN
  CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE{password};
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


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


async def admit(connection: AsyncConnection, role: Role) -> None:
    """Make the application's role when it is missing, and let it use rows, never tables.

    The caller is the owner. Nothing is done when the application is the owner itself.
    """
    query = text("SELECT current_user = :name, to_regrole(quote_ident(:name)) IS NOT NULL")
    is_owner, exists = (await connection.execute(query, {"name": role.name})).one()
    if not role.name or is_owner:
        return
    name = '"' + role.name.replace('"', '""') + '"'
    if not exists:
        password = role.password.replace("'", "''")
        await connection.exec_driver_sql(
            CREATE.format(name=name, password=f" PASSWORD '{password}'" if password else "")
        )
    for grant in (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
        f"REVOKE UPDATE ON audit FROM {name}",
    ):
        await connection.exec_driver_sql(grant)
