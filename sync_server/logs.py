"""The log: one JSON object a line for machines, coloured lines where a person is looking."""

import hashlib
import hmac
import logging
import sys

import structlog

from sync_server.config.settings import Config

IDS = ("user", "actor", "session")
"""Fields of events that have the id of a user or a session."""
HASH_LENGTH = 16


def hashed_id(key: bytes, id: str) -> str:
    """Name of a user or session outside: HMAC-SHA-256 of the id, 16 hex digits."""
    return hmac.new(key, id.encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]


def configure_logs(config: Config) -> None:
    """Send our events and those of the libraries to stderr, in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if key := config.observability.log_id_key:
        shared.append(_with_hashed_ids(key.encode()))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(config.serving.log_level_number()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendered: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(config.serving.log_level_number())
    # Alembic tells the name of its dialect at every start.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # A pool that cannot connect says so with a traceback each time; requests say it in a line.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


def _with_hashed_ids(key: bytes) -> structlog.typing.Processor:
    def hash_ids(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        for name in IDS:
            if event.get(name):
                event[name] = hashed_id(key, str(event[name]))
        return event

    return hash_ids
