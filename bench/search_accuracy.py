"""Accuracy of the search among built-in names, for the queries of tests/catalogue/queries.json.

The queries and the names that people mean by them were written before the ranking. It was tuned on
every second one, from the first; the others are held back.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from sync_server.catalogue.built_in_names import indexed_name
from sync_server.catalogue.load import rows
from sync_server.catalogue.ranking.name_index import NameIndex
from sync_server.catalogue.words import normalize_words

QUERIES = Path(__file__).resolve().parents[1] / "tests" / "catalogue" / "queries.json"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """Names found for a query; `position` is that of the first right one, None if not in SHOWN."""

    kind: str
    query: str
    names: list[str]
    position: int | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of queries with a right name first, and among the first three."""

    first: float
    among_three: float


def built_in_index(kind: str) -> NameIndex:
    """Index of the shipped names of a kind."""
    return NameIndex(
        indexed_name(kind, row["source_id"], row["source_id"], row["name"]) for row in rows(kind)
    )


def answers() -> list[Answer]:
    """Answers to all queries, in the order of the file."""
    return list(_answers())


def _answers() -> Iterator[Answer]:
    indexes = {kind: built_in_index(kind) for kind in ("foods", "exercises")}
    for requested in json.loads(QUERIES.read_text()):
        words = normalize_words(requested["query"]).split()
        hits = indexes[requested["kind"]].strict(words, 20)[:SHOWN]
        names = [name.name for _, name in hits]
        right = tuple(beginning.casefold() for beginning in requested["right"])
        positions = (
            position for position, name in enumerate(names) if name.casefold().startswith(right)
        )
        yield Answer(requested["kind"], requested["query"], names, next(positions, None))


def tuned_and_reserved(found: list[Answer]) -> tuple[list[Answer], list[Answer]]:
    """Answers to the queries that the ranking was tuned on, and to the others."""
    return found[::2], found[1::2]


def accuracy(found: list[Answer]) -> Accuracy:
    """Shares of some answers."""
    first = sum(answer.position == 0 for answer in found)
    among_three = sum(answer.position is not None for answer in found)
    return Accuracy(first / len(found), among_three / len(found))


def table() -> Table:
    """Shares of both halves, by kind."""
    found = answers()
    tuned, reserved = tuned_and_reserved(found)
    shares = Table("", "queries", "right first", "right among three")
    shares.title = "Searches that find what is meant"
    for half, of_half in (("tuned", tuned), ("held back", reserved)):
        for kind in ("foods", "exercises", ""):
            some = [answer for answer in of_half if kind in ("", answer.kind)]
            share = accuracy(some)
            label = f"{half}, {kind or 'all'}"
            shares.add_row(label, str(len(some)), f"{share.first:.0%}", f"{share.among_three:.0%}")
    return shares
