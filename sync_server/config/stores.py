"""Settings of PostgreSQL, Valkey and the file store."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync_server.config.parsing import setting


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of PostgreSQL, Valkey and the file store."""

    data_dir: Path = setting(Path(".data"), "Directory of the private database and keys")
    database_url: str = setting("", "PostgreSQL 15-18; empty: a private one under DATA_DIR")
    migration_database_url: str = setting(
        "", "The same database with its owner, for migrations; empty: DATABASE_URL"
    )
    database_replica_url: str = setting(
        "", "A standby of the same PostgreSQL that pages of pulls may be read from; empty: none"
    )
    redis_url: str = setting(
        "",
        "Valkey or Redis 7: redis://host:port/0, redis+cluster://host:port,host:port or "
        "redis+sentinel://host:port,host:port/service (rediss+…: TLS); "
        "empty: a private one under DATA_DIR",
    )
    database_sharded: bool = setting(
        False, "Tables distributed over the nodes of a Citus cluster (docs/scale.md)"
    )
    database_pool_size: int = setting(10, "PostgreSQL connections of one process", 1)
    row_level_security: bool = setting(
        True, "Row-level security in PostgreSQL for each user (docs/decisions/0006)"
    )
    database_timeout_s: float = setting(5.0, "Timeout of a statement", 0.01)
    acquire_timeout_s: float = setting(2.0, "Timeout of waiting for a free connection", 0.01)
    statement_cache_size: int = setting(
        1024, "Prepared statements per connection; 0 under PgBouncer", 0
    )
    uploads_url: str = setting(
        "", "File store of uploads: s3://bucket/prefix; empty: DATA_DIR/uploads"
    )
    s3_endpoint_url: str = setting(
        "", "URL of an S3-compatible server; empty: AWS. Credentials come from AWS_… variables"
    )
    s3_timeout_s: float = setting(10.0, "Timeout of the S3 server", 0.01)

    @property
    def owner_url(self) -> str:
        """URL of the database with its owner, for migrations."""
        return self.migration_database_url or self.database_url

    @property
    def statements_write_several_tables(self) -> bool:
        """True if the database takes statements that write several tables."""
        return not self.database_sharded

    @property
    def statements_join_the_fence(self) -> bool:
        """True if the database takes any statement beside the one that opens its fence."""
        return not self.database_sharded


def store_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Problems by variable of settings that exclude each other."""
    problems = {}
    if not values["row_level_security"] and not values["statement_cache_size"]:
        problems["ROW_LEVEL_SECURITY"] = "Cannot be off under PgBouncer."
    if not values["row_level_security"] and values["database_sharded"]:
        problems["ROW_LEVEL_SECURITY"] = "Cannot be off with DATABASE_SHARDED."
    if values["database_replica_url"] and values["database_sharded"]:
        problems["DATABASE_REPLICA_URL"] = "Cannot be set with DATABASE_SHARDED."
    return problems
