"""Steps before the first request: private stores, keys, tables, the catalogue."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from urllib.parse import urlsplit

import asyncpg
import structlog

from sync_server.catalogue.load import load_catalogue
from sync_server.config.environment import ConfigError
from sync_server.config.passkey_origins import PasskeyOrigins
from sync_server.config.settings import Config
from sync_server.config.stored_keys import with_keys
from sync_server.sharding.placement import NotPlaced, place_tables
from sync_server.sharding.session import catalogue_settings
from sync_server.store.embedded import stores as embedded
from sync_server.store.embedded.supervision import Program
from sync_server.store.migrate import migrate
from sync_server.store.migrated import Migrated, MigrationFailed, NewerSchema, OldPostgres
from sync_server.store.postgres import bypass_row_level_security, create_pool
from sync_server.store.roles import Role, as_role
from sync_server.store.schema_state import revisions

OWNS_TABLES = """
SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'catalogue_foods'::regclass
"""
LOCAL_PAGES = ("http://localhost:*", "http://127.0.0.1:*")
UNREACHABLE = (
    OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError,
    MigrationFailed,
)  # fmt: skip


log = structlog.get_logger(__name__)


class BootError(Exception):
    """The server cannot start; the text is one sentence that says why."""


@contextmanager
def stores(config: Config) -> Iterator[Config]:
    """The settings with every URL filled in; what was started for them ends with the block.

    Raises EmbeddedError when the data directory or a program is at fault.
    """
    with supervised_stores(config) as (ready, _):
        yield ready


@contextmanager
def supervised_stores(config: Config) -> Iterator[tuple[Config, list[Program]]]:
    """The same, with the programs that were started, for their supervision."""
    if config.stores.database_url and config.stores.redis_url:
        yield config, []
        return
    private = embedded.start(
        config.stores.data_dir,
        postgres=not config.stores.database_url,
        valkey=not config.stores.redis_url,
    )
    try:
        config = config.changed(redis_url=config.stores.redis_url or private.redis_url)
        if private.database_url:
            config = config.changed(
                database_url=as_role(private.database_url),
                migration_database_url=private.database_url,
            )
        yield config, private.programs
    finally:
        private.stop()


@contextmanager
def stores_to_read(config: Config) -> Iterator[Config]:
    """The settings for a command that only reads, also beside a server on the private stores."""
    if config.stores.database_url:
        yield config
    elif url := embedded.running_url(config.stores.data_dir):
        yield with_keys(config.changed(database_url=url), private=True)
    else:
        private = embedded.start(config.stores.data_dir, valkey=False)
        try:
            yield with_keys(config.changed(database_url=private.database_url), private=True)
        finally:
            private.stop()


def allow_local_pages(config: Config) -> Config:
    """The settings with the pages of this machine allowed, unless CORS_ORIGINS is set."""
    return config if config.serving.cors_origins else config.changed(cors_origins=LOCAL_PAGES)


def allow_local_passkeys(config: Config) -> Config:
    """The settings with passkeys of this machine's pages, unless PASSKEY_RP_ID is set."""
    if config.auth.passkey_rp_id:
        return config
    origins = config.auth.passkey_origins or PasskeyOrigins(LOCAL_PAGES)
    return config.changed(passkey_rp_id="localhost", passkey_origins=origins)


def require_second_factor(config: Config) -> Config:
    """The settings with a second factor for staff, unless SECOND_FACTOR is set."""
    return config if config.auth.second_factor else config.changed(second_factor="staff")


def resolve_extras(config: Config, *, worker: bool = False) -> Config:
    """The settings with an OCR provider; raises ConfigError when a needed extra is missing.

    A server without the extra `ocr` leaves images to workers, unless OCR_PROVIDER asks for it.
    """
    missing = []
    if config.stores.uploads_url and find_spec("aiobotocore") is None:
        missing.append(_missing("UPLOADS_URL", "s3"))
    if config.observability.otel_exporter_otlp_endpoint and find_spec("opentelemetry") is None:
        missing.append(_missing("OTEL_EXPORTER_OTLP_ENDPOINT", "otel"))
    if config.ocr.ocr_provider != "mock" and find_spec("rapidocr") is None:
        if config.ocr.ocr_provider or worker:
            missing.append(_missing("OCR_PROVIDER", "ocr"))
        else:
            config = config.changed(ocr_processes=0)
            log.warning(
                "images are not read by this server", install="pip install 'trackforge-sync[ocr]'"
            )
    if missing:
        raise ConfigError("\n".join(missing))
    return config.changed(ocr_provider=config.ocr.ocr_provider or "rapidocr")


def _missing(setting: str, extra: str) -> str:
    return f"{setting}: Needs the extra `{extra}`: pip install 'trackforge-sync[{extra}]'."


async def prepare(config: Config, *, placing: bool = False) -> Migrated:
    """Bring the tables up to date and load the catalogue; raises BootError.

    Tables that a migration has made are placed on their nodes (docs/scale.md), and with `placing`
    all that are not yet; else one that is not is an error.
    """
    try:
        done = await migrate(config.stores.owner_url, Role.of(config.stores.database_url))
        if done.is_newer:
            return done
        if done.applied or done.indexes:
            steps = [*done.applied, *done.indexes]
            log.info("the database was migrated", revision=done.revision, steps=steps)
        is_new = bool(done.applied) and revisions()[0] != done.applied[0][:4]
        role = Role.of(config.stores.database_url).name
        placed = await place_tables(config, role, missing=placing or is_new)
        await _load_catalogue(config)
    except (OldPostgres, NewerSchema, NotPlaced) as error:
        raise BootError(str(error)) from None
    except UNREACHABLE as error:
        where = config.stores.owner_url.rpartition("@")[2] or urlsplit(config.stores.owner_url).path
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BootError(f"The database at {where} cannot be used: {reason}") from error
    return replace(done, placed=tuple(placed))


async def _load_catalogue(config: Config) -> None:
    """Load the catalogue as the owner of the tables; a server without rights finds it loaded."""
    connection = await asyncpg.connect(
        config.stores.owner_url,
        timeout=5.0,
        statement_cache_size=config.stores.statement_cache_size,
    )
    try:
        if await connection.fetchval(OWNS_TABLES):
            # Not as start-up parameters: PgBouncer, behind which a server may be, refuses them.
            for name, value in catalogue_settings(config).items():
                await connection.execute(f"SET {name} = '{value}'")
            await load_catalogue(connection)
    finally:
        await connection.close()


async def has_no_users(config: Config) -> bool:
    """True if there are no accounts."""
    async with (
        await create_pool(config) as pool,
        bypass_row_level_security(pool, config) as connection,
    ):
        return not await connection.fetchval("SELECT EXISTS (SELECT FROM users)")


def listen(config: Config) -> socket.socket:
    """A socket bound to HOST and PORT, not yet listening; raises BootError when it is taken."""
    family = socket.AF_INET6 if ":" in config.serving.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((config.serving.host, config.serving.port))
        # Listening at once would let clients wait for a server that may not come.
    except OSError as error:
        bound.close()
        raise BootError(
            f"Cannot listen on {config.serving.host} port {config.serving.port}: {error.strerror}."
        ) from None
    return bound
