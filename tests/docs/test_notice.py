"""NOTICE names the third-party files that are there, and every one that has a licence beside it."""

import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTICE = (ROOT / "NOTICE").read_text()
# The project's own licence, and its copies in packages.
OWN = {"LICENSE", "NOTICE", "clients/python/LICENSE", "clients/typescript/LICENSE"}


def test_every_file_of_the_notice_exists() -> None:
    named = re.findall(r"(?:sync_server|tests|bench|clients)/[\w./*-]*[\w*]", NOTICE)
    assert len(named) > 10
    assert [it for it in named if not list(ROOT.glob(it))] == []


def test_every_licence_of_others_is_named() -> None:
    licences = {
        str(path.relative_to(ROOT))
        for folder in ("sync_server", "schema", "migrations", "clients", "tests", "bench", "docs")
        for path in (ROOT / folder).rglob("*")
        if re.search(r"LICENSE|NOTICE|COPYING", path.name) and "node_modules" not in path.parts
    }
    words = re.findall(r"[\w./*-]*[\w*]", NOTICE)
    missing = {
        it
        for it in licences - OWN
        if not any(fnmatch(it, word) or Path(it).name == Path(word).name for word in words)
    }
    assert missing == set()
    texts = {(ROOT / it).read_text() for it in OWN if Path(it).name == "LICENSE"}
    assert len(texts) == 1
