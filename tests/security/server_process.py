"""Server in a process of its own, with its log and its memory."""

import os
import re
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from sync_server.config.settings import SETTINGS
from sync_server.store.roles import as_role
from tests.conftest import Stores
from tests.contract.http_client import Server

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Process:
    """A running server."""

    process: "subprocess.Popen[str]"
    api: Server
    log: Path

    @classmethod
    @contextmanager
    def running(cls, stores: Stores, place: Path, **settings: str) -> "Iterator[Process]":
        """`python -m sync_server serve` without rate limits, logging everything to a file.

        It reads no images: with a data directory of its own, it would claim jobs of other tests on
        the same database and fail them, as their images are elsewhere.
        """
        ours = {name.upper() for name in SETTINGS}
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        unlimited = {name: "0" for name in ours if name.startswith("RATE_LIMIT_")}
        chosen = {
            "DATABASE_URL": as_role(stores.database_url),
            "MIGRATION_DATABASE_URL": stores.database_url,
            "REDIS_URL": stores.redis_url,
            "SECRET_KEYS": "process:" + urlsafe_b64encode(os.urandom(32)).decode(),
            "DATA_DIR": str(place),
            "PORT": "0",
            "LOG_LEVEL": "debug",
            "DRAIN_DELAY_S": "0",
            "OCR_PROVIDER": "mock",
            "OCR_PROCESSES": "0",
            "WORKERS": "1",
        }
        log = place / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "sync_server", "serve"],
                cwd=ROOT,
                env=inherited | unlimited | chosen | settings,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        assert process.stdout is not None
        try:
            said = ""
            while not (found := re.search(r"serving +(http\S+)", said)):
                line = process.stdout.readline()
                assert line, said + log.read_text()
                said += line
            yield cls(process, Server(found[1]), log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE_S)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of its socket."""
        parts = urlsplit(self.api.base_url)
        return parts.hostname or "", parts.port or 80

    def memory(self) -> int:
        """Resident bytes."""
        resident: int = psutil.Process(self.process.pid).memory_info().rss
        return resident
