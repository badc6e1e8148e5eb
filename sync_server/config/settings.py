"""The settings: read once from the environment, every problem told at once."""

import base64
import binascii
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from environs import Env, EnvValidationError
from marshmallow.validate import OneOf, Range
from redis.asyncio.connection import parse_url

from sync_server.config.ocr import OcrSettings
from sync_server.config.rate_limits import edge_readers

SECRET_KEY_BYTES = 32
# Of 32 random bytes fewer than 16 are different once in 10^15 keys.
DISTINCT_BYTES = 16
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?")
LOG_LEVELS = ("debug", "info", "warning", "error")


class ConfigError(Exception):
    """The environment holds settings that cannot be used; the text has a line for each."""


def _meant(sentence: str, least: float | None = None, most: float | None = None) -> dict[str, Any]:
    """What a setting means, and its bounds (inclusive), for the reader and for the docs."""
    bounds = [] if least is None and most is None else [Range(least, most)]
    return {"meaning": sentence, "validate": bounds}


@dataclass(frozen=True, slots=True)
class Config(OcrSettings):
    """Everything that can be set; a field's environment variable is its name in capitals.

    Lifetimes ending in `_s` are seconds, sizes ending in `_bytes` are bytes.
    """

    database_url: str = field(
        default="", metadata=_meant("PostgreSQL 15-18; empty: a private one under DATA_DIR")
    )
    migration_database_url: str = field(
        default="",
        metadata=_meant("The same database as its owner, who migrates; empty: DATABASE_URL's user"),
    )
    redis_url: str = field(
        default="", metadata=_meant("Valkey or Redis 7; empty: a private one under DATA_DIR")
    )
    secret_keys: Mapping[str, bytes] = field(
        default_factory=dict,
        repr=False,
        metadata=_meant("Token keys as `kid:base64url,kid:base64url`; the first one signs"),
    )
    host: str = field(default="127.0.0.1", metadata=_meant("The address to listen on"))
    port: int = field(default=8000, metadata=_meant("The port to listen on", 0, 65535))
    data_dir: Path = field(
        default=Path(".data"), metadata=_meant("Where the private database and keys live")
    )
    log_level: str = field(
        default="info", metadata=_meant("debug, info, warning or error") | {"choices": LOG_LEVELS}
    )

    token_issuer: str = field(default="trackforge", metadata=_meant("`iss` of access tokens"))
    token_audience: str = field(default="trackforge", metadata=_meant("`aud` of access tokens"))
    access_token_lifetime_s: int = field(
        default=900, metadata=_meant("How long an access token lasts", 1)
    )
    refresh_token_lifetime_s: int = field(
        default=604_800, metadata=_meant("How long a refresh token lasts", 1)
    )
    session_lifetime_days: int = field(
        default=90, metadata=_meant("How long a session lasts, however often it is refreshed", 1)
    )
    argon2_time_cost: int = field(default=2, metadata=_meant("Argon2id passes", 1))
    argon2_memory_kib: int = field(default=19_456, metadata=_meant("Argon2id memory, KiB", 8))
    argon2_parallelism: int = field(default=1, metadata=_meant("Argon2id lanes", 1))

    push_max_changes: int = field(default=1000, metadata=_meant("Changes in one push", 1))
    push_max_bytes: int = field(
        default=4 * 1024 * 1024, metadata=_meant("A push's body, decompressed", 1)
    )
    record_max_bytes: int = field(default=65_536, metadata=_meant("One record's data", 1))
    import_max_bytes: int = field(default=10 * 1024 * 1024, metadata=_meant("A file to import", 1))
    import_max_rows: int = field(default=100_000, metadata=_meant("Rows of a file to import", 1))
    json_max_depth: int = field(default=16, metadata=_meant("Nesting of a body's JSON", 1, 500))
    pull_max_limit: int = field(default=5000, metadata=_meant("Greatest page of a pull", 1))
    pull_default_limit: int = field(default=500, metadata=_meant("Page of a pull", 1))
    stream_keepalive_s: float = field(
        default=15.0, metadata=_meant("Between a stream's comments", 0.01)
    )

    tombstone_retention_days: int = field(
        default=180, metadata=_meant("How long a deleted record is remembered", 1)
    )
    idempotency_retention_hours: int = field(
        default=48, metadata=_meant("How long a push's answer is kept", 24)
    )
    rejected_retention_days: int = field(
        default=30, metadata=_meant("How long a rejected change is kept", 1)
    )
    audit_retention_days: int = field(
        default=365, metadata=_meant("How long the audit trail goes back", 1)
    )
    cleanup_interval_s: float = field(
        default=3600.0, metadata=_meant("Between two clean-ups of what has expired", 0.01)
    )

    database_pool_size: int = field(
        default=10, metadata=_meant("Connections to PostgreSQL of one process", 1)
    )
    row_level_security: bool = field(
        default=True,
        metadata=_meant("Whether PostgreSQL itself keeps users apart (docs/decisions/0006)"),
    )
    database_timeout_s: float = field(
        default=5.0, metadata=_meant("The longest that a statement may take", 0.01)
    )
    acquire_timeout_s: float = field(
        default=2.0, metadata=_meant("The longest wait for a free connection", 0.01)
    )
    statement_cache_size: int = field(
        default=1024, metadata=_meant("Prepared statements a connection; 0 under PgBouncer", 0)
    )
    drain_delay_s: float = field(
        default=0.5,
        metadata=_meant("How long readiness says 503 after SIGTERM before the door closes", 0),
    )
    drain_timeout_s: float = field(
        default=10.0, metadata=_meant("The longest that a stop waits for requests in flight", 0)
    )

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process; raises ConfigError that names every bad variable."""
        env = Env(eager=False)
        readers: dict[object, Any] = {
            str: env.str, int: env.int, bool: env.bool, float: env.float, Path: env.path,
            Mapping[str, bytes]: env.str, **edge_readers(env),
        }  # fmt: skip
        values: dict[str, Any] = {}
        for setting in fields(cls):
            default = "" if setting.name == "secret_keys" else setting.default
            validate = list(setting.metadata["validate"])
            if choices := setting.metadata.get("choices"):
                validate.append(OneOf(choices))
            values[setting.name] = readers[setting.type](
                setting.name.upper(), default=default, validate=validate or None
            )
        problems = _url_problems(values)
        try:
            env.seal()
        except EnvValidationError as error:
            told = error.error_messages
            by_name = told if isinstance(told, Mapping) else {"": told}
            problems |= {name: " ".join(said) for name, said in by_name.items()}
        if not values["row_level_security"] and not values["statement_cache_size"]:
            problems["ROW_LEVEL_SECURITY"] = "Cannot be off under PgBouncer."
        if values["uploads_url"] and not _BUCKET.fullmatch(values["uploads_url"]):
            problems["UPLOADS_URL"] = "Must be s3://bucket or s3://bucket/prefix."
        try:
            values["secret_keys"] = parse_secret_keys(values["secret_keys"])
        except ValueError as error:
            problems["SECRET_KEYS"] = str(error)
        if problems:
            raise ConfigError("\n".join(f"{name}: {problems[name]}" for name in sorted(problems)))
        return cls(**values)

    @property
    def owner_url(self) -> str:
        """The database as whoever migrates it."""
        return self.migration_database_url or self.database_url

    def log_level_number(self) -> int:
        """The level as the logging module counts it."""
        return logging.getLevelNamesMapping()[self.log_level.upper()]


def _url_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the URLs as text; whether anybody answers there shows later."""
    problems = {}
    for name in ("database_url", "migration_database_url"):
        if values[name] and not values[name].startswith(("postgresql://", "postgres://")):
            problems[name.upper()] = "Must begin with postgresql:// or postgres://."
    if values["redis_url"]:
        try:
            parse_url(values["redis_url"])
        except ValueError as error:
            problems["REDIS_URL"] = str(error)
    return problems


def parse_secret_keys(text: str) -> dict[str, bytes]:
    """Keys by id, in the order written; raises ValueError, whose words never hold the key."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kid, colon, encoded = part.partition(":")
        if not colon or not kid or kid in keys:
            raise ValueError("Must be `kid:base64url` pairs, set apart by commas.")
        try:
            padding = "=" * (-len(encoded) % 4)
            key = base64.b64decode(encoded + padding, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"The key {kid!r} is not base64url.") from None
        if len(key) < SECRET_KEY_BYTES:
            raise ValueError(f"The key {kid!r} is shorter than {SECRET_KEY_BYTES} bytes.")
        if len(set(key)) < DISTINCT_BYTES:
            raise ValueError(f"The key {kid!r} is not random: it repeats itself.")
        keys[kid] = key
    return keys


CONFIG: web.AppKey[Config] = web.AppKey("config", Config)
