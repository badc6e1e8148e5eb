"""Pins the images of Dockerfile, compose.yaml and CI to the digests that their tags have now.

Usage: python -m tools.pin_images [--check]

A digest is asked of the registry by `docker buildx imagetools inspect`, which is part of Docker. A
pinned image is `NAME:TAG@sha256:…`: the tag says what it is, the digest decides what is pulled.
`--check` only prints the images without a digest, with status 1 if there are any.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("Dockerfile", "compose.yaml", ".github/workflows/ci.yml")
_IMAGE = re.compile(
    r"^(?P<key>FROM |\s+image: |\s+container: )(?P<name>[\w./-]+:[\w.-]+)"
    r"(?P<digest>@sha256:[0-9a-f]{64})?",
    re.MULTILINE,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def images(text: str) -> dict[str, str]:
    """Digest of each image that a file names, empty without one."""
    return {match["name"]: match["digest"] or "" for match in _IMAGE.finditer(text)}


def pinned(text: str, digest_of: Callable[[str], str]) -> str:
    """The text with the present digest of every image."""
    return _IMAGE.sub(
        lambda match: f"{match['key']}{match['name']}@{digest_of(match['name'])}", text
    )


def registry_digest(name: str) -> str:
    """Digest that a tag has at its registry; raises RuntimeError without an answer."""
    command = ("docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}")
    try:
        answer = subprocess.run(
            [*command, name], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"docker gave no digest of {name}: {error}") from error
    digest = answer.stdout.strip()
    if answer.returncode != 0 or not _DIGEST.fullmatch(digest):
        raise RuntimeError(f"docker gave no digest of {name}: {answer.stderr.strip()[-300:]}")
    return digest


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Exit status; pins the images, or checks that they are pinned."""
    texts = {root / name: (root / name).read_text("utf-8") for name in FILES}
    if "--check" in arguments:
        loose = sorted(
            {it for text in texts.values() for it, pin in images(text).items() if not pin}
        )
        print("\n".join(f"no digest: {name}" for name in loose) or "Every image has a digest.")
        return 1 if loose else 0
    try:
        # All digests are known before a file changes.
        found = {name: registry_digest(name) for text in texts.values() for name in images(text)}
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in texts.items():
        path.write_text(pinned(text, found.__getitem__), "utf-8")
    print("\n".join(f"{name}@{digest}" for name, digest in sorted(found.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
