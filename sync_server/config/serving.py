"""Settings of the process and its connections."""

import logging
from dataclasses import dataclass

from sync_server.config.parsing import Networks, Origins, Workers, setting

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Settings of the process and its connections."""

    host: str = setting("127.0.0.1", "Address to listen on")
    port: int = setting(8000, "Port to listen on", 0, 65535)
    workers: Workers = setting(
        Workers(1), "Server processes on the port; auto: one per core. SIGHUP replaces them"
    )
    log_level: str = setting("info", "debug, info, warning or error", choices=LOG_LEVELS)
    head_timeout_s: float = setting(10.0, "Timeout of receiving a request's headers", 0.01)
    body_timeout_s: float = setting(30.0, "Timeout of receiving a request's body", 0.01)
    keepalive_timeout_s: float = setting(75.0, "Timeout of an idle connection", 0.01)
    send_timeout_s: float = setting(60.0, "Timeout of a client that does not read", 0.01)
    max_connections: int = setting(
        10_000, "Maximum connections of one process; above it, the idlest is closed", 1
    )
    user_writes: int = setting(2, "Writes of one user at work at once, in one process", 1)
    user_reads: int = setting(4, "Reads of one user at work at once, in one process", 1)
    user_queue: int = setting(
        32, "Requests of one user that wait for these, of each kind; above: 429", 0
    )
    user_queue_timeout_s: float = setting(10.0, "Timeout of this wait; after it: 429", 0.01)
    stream_keepalive_s: float = setting(15.0, "Interval between a stream's comments", 0.01)
    drain_delay_s: float = setting(
        0.5, "Time after SIGTERM when readiness is 503 and connections are still accepted", 0
    )
    drain_timeout_s: float = setting(10.0, "Timeout of open requests after SIGTERM", 0)
    trusted_proxies: Networks = setting(
        (), "Networks of proxies whose X-Forwarded-For is trusted, comma-separated"
    )
    cors_origins: Origins = setting(
        (),
        "Origins of pages that may call the API, comma-separated; * is any, `http://localhost:*` "
        "any port; empty: none, or with private stores the pages of this machine",
    )

    def log_level_number(self) -> int:
        """Level as a number of the logging module."""
        return logging.getLevelNamesMapping()[self.log_level.upper()]
