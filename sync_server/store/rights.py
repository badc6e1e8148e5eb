"""Rights of the application's role, granted by the owner of the tables."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sync_server.store.roles import Role

# Roles belong to the whole server: another database's migration may make it at the same moment.
CREATE = """
DO $$ BEGIN
  CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE{password};
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


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
