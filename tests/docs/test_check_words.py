"""The lint of words and form reports each broken rule at its line, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import check_words
from tools.terms import OPENINGS, PROSE

ROOT = Path(__file__).parents[2]


def findings(tmp_path: Path, text: str, shown: str = "sync_server/sample.py") -> list[str]:
    """LINE: MESSAGE of each finding in a file with that text."""
    sample = tmp_path / "sample.py"
    sample.write_text(text)
    return [f"{it.line}: {it.message}" for it in check_words.check_file(sample, shown)]


@pytest.mark.parametrize("word", [*sorted(OPENINGS), "What's", "WHO", "Told:"])
def test_a_docstring_that_opens_with_a_relative_clause_is_reported(
    tmp_path: Path, word: str
) -> None:
    for head in ("", "class A:\n    ", "def f():\n    ", "async def f():\n    "):
        text = f'{head}"""{word} is done."""\n'
        (finding,) = findings(tmp_path, text, "tools/sample.py")
        assert finding.startswith(f"{head.count(chr(10)) + 1}: docstring opens with")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("# Whoever asks first.\n", 1),
        ('"""Clock.\n\nIt begins anew.\n"""\n', 3),
        ('def f():\n    """Client that is told so."""\n', 2),
    ],
)
def test_the_old_dialect_in_prose_is_reported(tmp_path: Path, code: str, line: int) -> None:
    (finding,) = findings(tmp_path, code)
    assert finding.startswith(f"{line}: ")
    assert "in prose" in finding
    assert findings(tmp_path, code, "tests/sample.py") == []
    assert findings(tmp_path, 'text = "told anew"\n') == []


def test_pages_are_free_of_the_old_dialect() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    pages += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").glob("*/README.md")]
    words = "|".join(word for word in PROSE if word not in ("somebody", "told"))
    assert not {it.name for it in pages if re.search(rf"\b({words})\b", it.read_text(), re.I)}


def test_a_docstring_of_a_variable_is_read_too(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, 'A = 1\n"""What it is."""\n')
    assert finding.startswith("2: docstring opens with")


def test_a_long_module_is_reported(tmp_path: Path) -> None:
    text = "a = 1\n" * check_words.MAX_MODULE_LINES
    assert findings(tmp_path, text) == []
    (finding,) = findings(tmp_path, text + "b = 1\n")
    assert finding.startswith("251: module has 251 lines")
    assert findings(tmp_path, text + "b = 1\n", "tests/sample.py") == []


def test_an_ignored_type_error_is_reported(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, "a: int = ''  # type" + ": ignore\n")
    assert finding.startswith("1: an error of mypy is ignored")


@pytest.mark.parametrize("opening", ["True if it is stored.", "SHA-256 of a body.", "Whales."])
def test_a_docstring_that_names_the_thing_is_fine(tmp_path: Path, opening: str) -> None:
    assert findings(tmp_path, f'"""{opening}"""\n') == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def read_told(): ...", "read_told"),
        ("class Telling: ...", "Telling"),
        ("def f(asked_at): ...", "asked_at"),
        ("def f(*, kept): ...", "kept"),
        ("MEANT = 1", "MEANT"),
        ("def f():\n    poke = 1", "poke"),
        ("for slips in (): ...", "slips"),
        ("vacated: int = 0", "vacated"),
        ("class A:\n    hearing: int", "hearing"),
        ("self.door = 1", "door"),
        ("import os as refusal", "refusal"),
        ("MOST_PARTS = 1", "MOST_PARTS"),
        ("least_days = 1", "least_days"),
        ("class HTTPKeeper: ...", "HTTPKeeper"),
    ],
)
def test_a_word_of_no_term_in_a_name_is_reported(tmp_path: Path, code: str, name: str) -> None:
    (finding,) = findings(tmp_path, code + "\n")
    assert f'{code.count(chr(10)) + 1}: name "{name}": instead of "' in finding
    assert '" use ' in finding


def test_a_word_is_compared_as_a_whole(tmp_path: Path) -> None:
    assert findings(tmp_path, "untold = basked = at_most = keepers = 1\nprint(told)\n") == []


def test_a_wire_name_is_free(tmp_path: Path) -> None:
    assert findings(tmp_path, "class A:\n    kept: int  # wire name\n") == []


def test_the_sentence_that_names_a_test_is_freer_than_other_names(tmp_path: Path) -> None:
    assert findings(tmp_path, "def test_rows_are_kept_at_most_a_day(): ...\n") == []
    (finding,) = findings(tmp_path, "def test_an_error_is_told(): ...\n")
    assert '"told"' in finding


def test_a_long_function_is_reported_outside_tests(tmp_path: Path) -> None:
    lines = check_words.MAX_SERVER_FUNCTION_LINES
    fits = "def f():\n" + "    print()\n" * (lines - 1)
    long = "async def f():\n" + "    print()\n" * lines
    assert findings(tmp_path, fits) == []
    (finding,) = findings(tmp_path, long)
    assert finding.startswith(f'1: function "f" has {lines + 1} lines')
    assert findings(tmp_path, long, "tests/sample.py") == []
    assert findings(tmp_path, long, "tools/sample.py") == []


def test_a_class_name_that_occurs_twice_is_reported_at_both(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("class A:\n    class Meta: ...\n\nclass B: ...\n")
    two.write_text("\nclass A:\n    class Meta: ...\n")
    found = check_words.repeated_classes([(one, "one.py"), (two, "two.py")])
    assert [str(it) for it in found] == [
        'one.py:1: class "A" is also in two.py: rename one',
        'two.py:2: class "A" is also in one.py: rename one',
    ]


def test_modules_that_import_each_other_are_a_circle() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert check_words.circles(imports) == [["a", "b", "c"], ["d", "e"]]
    assert check_words.circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_the_command_prints_findings_and_fails(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    for text, status in (('"""Clock of a device."""\n', 0), ("told = 1\n", 1)):
        sample.write_text(text)
        command = [sys.executable, str(ROOT / "tools/check_words.py"), str(sample)]
        path = {"PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=path)
        assert run.returncode == status, run.stderr
        assert run.stdout.startswith(f"{sample}:1: name" if status else ""), run.stdout
