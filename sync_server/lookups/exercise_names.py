"""Names that apps and gyms have for built-in exercises, from `data/exercise_names.txt`."""

from collections.abc import Iterator
from importlib.resources import files


def read_data(name: str) -> Iterator[tuple[str, str]]:
    """The two sides of each line `left = right` of a data file; `#` begins a comment."""
    text = (files("sync_server.lookups") / "data" / name).read_text("utf-8")
    for line in text.splitlines():
        left, equals, right = line.partition(" = ")
        if equals and not line.startswith("#"):
            yield left.strip(), right.strip()


def _read_names() -> Iterator[tuple[str, str]]:
    for name, others in read_data("exercise_names.txt"):
        for other in others.split(";"):
            yield other.strip(), name


ALIASES = {other: name for other, name in _read_names() if name != "-"}
"""The catalogue's name by another name, in lower case."""

UNMATCHED = frozenset(other for other, name in _read_names() if name == "-")
"""Names, in lower case, that mean another exercise than the built-in one of this spelling."""
