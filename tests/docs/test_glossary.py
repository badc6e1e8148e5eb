"""The glossary is sorted, each entry is one sentence, and each term is used elsewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs/glossary.md"
ENTRIES = re.findall(r"^- \*\*(.+?)\*\*: (.*?)(?=^- |\Z)", GLOSSARY.read_text(), re.DOTALL | re.M)


@cache
def _corpus() -> str:
    """Code and documentation without the glossary, in lower case and with single blanks."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    modules = [*(ROOT / "sync_server").rglob("*.py"), *(ROOT / "schema").rglob("*.py")]
    texts = [file.read_text() for file in [*pages, *modules] if file != GLOSSARY]
    return re.sub(r"[\s_]+", " ", " ".join(texts)).lower()


def test_terms_are_sorted_and_unique() -> None:
    terms = [term for term, _ in ENTRIES]
    assert terms == sorted(set(terms), key=str.lower)
    assert len(terms) >= 30


@pytest.mark.parametrize(("term", "definition"), ENTRIES, ids=[term for term, _ in ENTRIES])
def test_a_term_is_defined_in_one_sentence_and_used(term: str, definition: str) -> None:
    assert re.fullmatch(r"[^.]+(?:\.\S[^.]*)*\.", definition.strip(), re.DOTALL), definition
    assert re.search(rf"\b{re.escape(term.lower())}s?\b", _corpus()), term
