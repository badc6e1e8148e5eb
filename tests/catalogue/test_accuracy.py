"""Accuracy of the search: both halves of the kept queries, with the figures as floors."""

import gzip

import pytest

from bench.search_accuracy import Answer, accuracy, answers, tuned_and_reserved
from tools import make_popularity


@pytest.fixture(scope="module")
def halves() -> tuple[list[Answer], list[Answer]]:
    return tuned_and_reserved(answers())


def test_at_least_150_queries_half_of_them_reserved(
    halves: tuple[list[Answer], list[Answer]],
) -> None:
    tuned, reserved = halves
    assert len(tuned) + len(reserved) >= 150
    assert abs(len(tuned) - len(reserved)) <= 1
    queries = {(answer.kind, answer.query) for answer in (*tuned, *reserved)}
    assert len(queries) == len(tuned) + len(reserved)


def test_tuned_queries_find_what_is_meant(halves: tuple[list[Answer], list[Answer]]) -> None:
    share = accuracy(halves[0])
    assert share.first >= 0.85, [answer for answer in halves[0] if answer.position != 0]
    assert share.among_three >= 0.95, [answer for answer in halves[0] if answer.position is None]


def test_reserved_queries_find_what_is_meant(halves: tuple[list[Answer], list[Answer]]) -> None:
    share = accuracy(halves[1])
    assert share.first >= 0.85
    assert share.among_three >= 0.95


def test_popularity_is_that_of_the_script() -> None:
    assert gzip.decompress(make_popularity.TARGET.read_bytes()) == make_popularity.packed()
