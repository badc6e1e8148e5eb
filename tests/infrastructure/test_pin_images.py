"""Images by digest: the tool that pins them, and the state of this checkout."""

import os
from pathlib import Path

import pytest

from tools import pin_images

DIGEST = "sha256:" + "0123456789abcdef" * 4
TEXT = "# syntax\nFROM python:3.11-slim AS app\nFROM app\n    image: valkey/valkey:9\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with images, and a `docker` that answers with the file `digest`."""
    for name in pin_images.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\ncat {tmp_path}/digest\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_images_are_pinned_to_the_digest_of_their_tag(checkout: Path) -> None:
    (checkout / "digest").write_text(DIGEST + "\n")
    assert pin_images.main(["--check"], checkout) == 1
    assert pin_images.main([], checkout) == 0
    for name in pin_images.FILES:
        assert (checkout / name).read_text() == TEXT.replace(
            "3.11-slim AS", f"3.11-slim@{DIGEST} AS"
        ).replace("valkey:9", f"valkey:9@{DIGEST}")
    assert pin_images.main(["--check"], checkout) == 0
    # A later run replaces the digests.
    (checkout / "digest").write_text(DIGEST.replace("0", "f"))
    assert pin_images.main([], checkout) == 0
    assert DIGEST not in (checkout / "Dockerfile").read_text()


@pytest.mark.parametrize("answer", ["", "sha256:short", "<html>"])
def test_without_a_digest_nothing_changes(checkout: Path, answer: str) -> None:
    (checkout / "digest").write_text(answer)
    assert pin_images.main([], checkout) == 1
    assert (checkout / "Dockerfile").read_text() == TEXT


def test_every_image_of_this_checkout_has_a_version_and_all_have_digests_or_none() -> None:
    found = {
        name: digest
        for file in pin_images.FILES
        for name, digest in pin_images.images((pin_images.ROOT / file).read_text()).items()
    }
    assert {"postgres:18", "valkey/valkey:9", "python:3.11-slim-bookworm"} <= set(found)
    assert not any(name.endswith(":latest") for name in found)
    assert len({bool(digest) for digest in found.values()}) == 1, "make pin-images"
