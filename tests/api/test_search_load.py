"""Load of searches: no scoring on the event loop, a bounded number of words, a rate limit."""

import asyncio
import threading
from collections.abc import Iterable, Sequence

import pytest

from sync_server.catalogue.ranking.name_index import (
    MAX_FUZZY_WORDS,
    Accept,
    IndexedName,
    NameIndex,
    Scored,
)
from sync_server.catalogue.ranking.personal_ranking import MAX_WORDS_OF_A_NAME, personal_name
from sync_server.catalogue.ranking.steps import Steps
from sync_server.catalogue.ranking.vocabulary import Vocabulary
from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from tests.conftest import running
from tests.support.client import Client
from tests.support.sample_records import new_id, whole

CLOCK = 1_790_000_000_000_001
pytestmark = pytest.mark.usefixtures("catalogue")


async def test_names_are_scored_in_the_worker_thread(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    strict = NameIndex.strict_steps

    def recorded(
        self: NameIndex, words: Sequence[str], limit: int, accept: Accept | None = None
    ) -> Steps[Scored]:
        threads.append(threading.current_thread())
        return strict(self, words, limit, accept)

    monkeypatch.setattr(NameIndex, "strict_steps", recorded)
    async with running(config) as server:
        client = Client(server.base_url)
        await client.register()
        status, found = await client.call("GET", "/foods/search?q=egg")
    assert (status, bool(found["foods"])) == (200, True)
    assert len(threads) == 2
    assert threading.main_thread() not in threads


def test_a_long_name_has_a_bounded_number_of_words() -> None:
    name = personal_name("1", " ".join(f"w{number}" for number in range(66)), "brand")
    (parts,) = name.forms
    assert sum(map(len, parts)) == MAX_WORDS_OF_A_NAME


def test_a_query_of_many_misspelt_words_compares_a_bounded_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []

    def similar(_vocabulary: Vocabulary, word: str) -> Steps[dict[str, float]]:
        compared.append(word)
        yield
        return {}

    monkeypatch.setattr(Vocabulary, "similar_steps", similar)
    NameIndex([personal_name("1", "Butter", None)]).similar([f"nowhere{n}" for n in range(32)], 5)
    assert len(compared) == MAX_FUZZY_WORDS


async def test_searches_and_barcodes_have_a_limit(config: Config) -> None:
    async with running(config.changed(rate_limit_search=Limit(2, 60))) as server:
        client, other = Client(server.base_url), Client(server.base_url)
        await client.register()
        await other.register()
        assert (await client.call("GET", "/foods/search?q=egg"))[0] == 200
        assert (await client.call("GET", "/foods/barcode/4006381333931"))[0] == 404
        status, problem = await client.call("GET", "/exercises/search?q=squat")
        assert (status, problem["code"]) == (429, "rate_limited")
        assert (await other.call("GET", "/exercises/search?q=squat"))[0] == 200


async def test_searches_at_once_build_an_index_once(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    fill = NameIndex.fill

    def recorded(self: NameIndex, names: Iterable[IndexedName]) -> Steps[None]:
        known = list(names)
        if [name.name for name in known] == ["Own porridge"]:
            built.append(threading.current_thread())
        return fill(self, known)

    monkeypatch.setattr(NameIndex, "fill", recorded)
    async with running(config) as server:
        client = Client(server.base_url)
        await client.register()
        data = whole("foods") | {"name": "Own porridge"}
        change = {"collection": "foods", "id": new_id(), "op": "put", "clock": CLOCK, "data": data}
        await client.push({"device_id": new_id(), "changes": [change]})
        found = await asyncio.gather(
            *(client.call("GET", "/foods/search?q=porridge") for _ in range(4))
        )
    assert [hits["foods"][0]["name"] for _, hits in found] == ["Own porridge"] * 4
    assert len(built) == 1
