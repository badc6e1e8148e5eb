"""Processor time of the scoring of searches, which does not depend on the machine's load."""

import time
from collections.abc import Iterator, Sequence

import orjson
from rich.table import Table

from bench.meter import percentile
from bench.search import EXERCISES, OWN, WORDS, own_foods
from bench.search_accuracy import built_in_index
from sync_server.catalogue.ranking.name_index import IndexedName, NameIndex
from sync_server.catalogue.ranking.personal_ranking import find_names, personal_name
from sync_server.catalogue.ranking.steps import result_of
from sync_server.catalogue.words import normalize_words

ROUNDS, LIMIT = 30, 20


def table() -> Table:
    """Milliseconds of processor time by what is typed, of a user with OWN foods."""
    own, none = NameIndex(_own_names()), NameIndex()
    foods, exercises = built_in_index("foods"), built_in_index("exercises")
    measured = {what: _times(own, foods, queries) for what, queries in WORDS.items()}
    measured["exercises"] = _times(none, exercises, EXERCISES)
    measured["all"] = [one for times in measured.values() for one in times]
    result = Table("", "searches", "p50 ms", "p99 ms", title_justify="left")
    result.title = f"Processor time of scoring, {OWN} foods of one's own"
    for what, times in measured.items():
        figures = (f"{percentile(times, share):.2f}" for share in (0.5, 0.99))
        result.add_row(what, f"{len(times):,}", *figures)
    return result


def _own_names() -> Iterator[IndexedName]:
    for body in own_foods():
        for change in orjson.loads(body)["changes"]:
            data = change["data"]
            yield personal_name(change["id"], data["name"], data.get("brand"))


def _times(personal: NameIndex, built_in: NameIndex, queries: Sequence[str]) -> list[float]:
    times = []
    for number in range(ROUNDS * len(queries)):
        words = normalize_words(queries[number % len(queries)]).split()
        began = time.thread_time()
        result_of(find_names(personal, built_in, words, LIMIT))
        times.append(time.thread_time() - began)
    # The first round fills the caches, as a server's first searches do.
    return times[len(queries) :]
