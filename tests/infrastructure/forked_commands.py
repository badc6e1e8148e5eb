"""Commands of the server in processes that are forked from one which has imported all of them.

A command that is started the usual way spends 1.4 s of the processor's time on imports. The starts
of `serve`, `worker` and of one command are the usual ones (test_command_line.py).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    status: int
    stdout: str
    stderr: str


class ForkedCommands:
    """Process that runs one command after the other, each in a fork of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.infrastructure.forked_commands"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, environment: Mapping[str, str], said: str = "") -> Done:
        """Run `python -m sync_server` with arguments, an environment and its standard input."""
        sent, answers = self._parent.stdin, self._parent.stdout
        assert sent is not None
        assert answers is not None
        with self._lock:
            sent.write(json.dumps([arguments, dict(environment), said]) + "\n")
            sent.flush()
            return Done(*json.loads(answers.readline()))

    def close(self) -> None:
        """End the process."""
        self._parent.communicate(timeout=30)


def _serve_commands() -> None:
    """Run the commands that lines of the standard input name, until it ends."""
    from sync_server.__main__ import COMMANDS

    for module in COMMANDS:
        import_module(f"sync_server.{module}")
    for line in sys.stdin:
        arguments, environment, said = json.loads(line)
        with ExitStack() as stack:
            given, *printed = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(said.encode())
            given.seek(0)
            child = os.fork()
            if not child:
                _become(arguments, environment, (given, *printed))
            _, status = os.waitpid(child, 0)
            texts = [_text_of(file) for file in printed]
        print(json.dumps([os.waitstatus_to_exitcode(status), *texts]), flush=True)


def _become(
    arguments: list[str], environment: dict[str, str], files: tuple[IO[bytes], ...]
) -> None:
    """Be the command, and end as its process would."""
    import traceback

    from sync_server.__main__ import main

    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 -- the one of the parent has read ahead
    os.environ.clear()
    os.environ.update(environment)
    status: object = 70
    try:
        main(arguments, prog_name="python -m sync_server")
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0)


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    _serve_commands()
