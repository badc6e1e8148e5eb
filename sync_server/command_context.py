"""Context of a command: settings, an event loop, and errors as one sentence."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
import uvloop

from sync_server.backup.errors import BackupError
from sync_server.boot import BootError
from sync_server.config.environment import ConfigError
from sync_server.config.settings import Config
from sync_server.logs import configure_logs
from sync_server.store.embedded.process import EmbeddedError

Run = Callable[[Coroutine[Any, Any, object]], object]


@contextmanager
def command_context() -> Iterator[tuple[Config, Run]]:
    """The settings and a uvloop to run in; every expected failure becomes one sentence."""
    # Until the loop listens for it, SIGTERM unwinds the stack like Ctrl-C, so that what was
    # started is stopped.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        config = Config.from_environment()
        configure_logs(config)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            yield config, runner.run
    except ConfigError as error:
        raise click.ClickException(f"Bad settings.\n{error}") from None
    except (BackupError, BootError, EmbeddedError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _terminate(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
