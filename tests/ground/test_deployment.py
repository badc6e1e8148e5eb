"""The files for containers say what the code says, as far as that shows without an engine."""

import re
from dataclasses import fields
from pathlib import Path

from sync_server.config import Config

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {setting.name.upper() for setting in fields(Config)}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_the_image_copies_only_what_exists_and_is_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", read("Dockerfile"), re.MULTILINE)
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert set(copied) == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_holds_every_package_that_the_server_imports() -> None:
    lines = read("setup.cfg").partition("include =\n")[2].splitlines()
    packages = {line.strip(" *") for line in lines[: lines.index("")]}
    assert packages <= set(re.findall(r"^COPY (\S+) \1$", read("Dockerfile"), re.MULTILINE))


def test_compose_sets_only_settings_that_exist() -> None:
    server = read("compose.yaml").partition("  server:\n")[2].partition("  postgres:\n")[0]
    assert set(re.findall(r"^      ([A-Z_]+): ", server, re.MULTILINE)) <= SETTINGS


def test_no_secret_has_a_default_in_compose() -> None:
    secrets = re.findall(r"\$\{(\w+)(:\?)?", read("compose.yaml"))
    assert secrets
    assert all(required for _, required in secrets)


def test_the_lock_obeys_the_bounds_and_names_no_index() -> None:
    wanted = set(
        re.findall(r"^    ([A-Za-z][\w.-]*)(?:\[\w+\])?>=", read("setup.cfg"), re.MULTILINE)
    )
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = read(name)
        assert "://" not in lock
        assert not re.search(r"^-", lock, re.MULTILINE)
    locked = {line.partition("==")[0] for line in read("requirements-dev.txt").splitlines()}
    assert {re.sub(r"[-_.]+", "-", package).lower() for package in wanted} <= locked
