"""Sessions of a sharded database: its settings, and the messages that begin a transaction.

Each function gives what one PostgreSQL needs unless DATABASE_SHARDED is set.
"""

from collections.abc import Mapping, Sequence

from sync_server.config.settings import Config

SESSION = {
    # Workers get the settings of a transaction, without which row-level security hides all rows.
    "citus.propagate_set_commands": "local",
    # The filter of pg_class costs a new connection 1.3 s, in the look-up of types.
    "citus.override_table_visibility": "off",
    # A generic plan has no value of the distribution column to find the node by.
    "plan_cache_mode": "auto",
}
"""Session settings that differ from those of one PostgreSQL."""

CATALOGUE_SESSION = {"citus.enable_local_execution": "off"}
"""Session settings of the load of the catalogue, which writes what it has just read."""


def session_settings(config: Config) -> Mapping[str, str]:
    """Start-up parameters of a server's connections."""
    return SESSION if config.stores.database_sharded else {}


def catalogue_settings(config: Config) -> Mapping[str, str]:
    """Session settings of the connection that loads the catalogue."""
    return CATALOGUE_SESSION if config.stores.database_sharded else {}


def messages(statements: Sequence[str], config: Config) -> Sequence[str]:
    """The statements as messages: one in all, or one each.

    A sharded database repeats the message of a SET LOCAL on each node, with all that is in it.
    """
    return statements if config.stores.database_sharded else ["; ".join(statements)]
