"""Plain words, similarity, scores and barcodes: the pure part of the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.catalogue.barcode import BadBarcode, check_digit, spellings
from sync_server.catalogue.scoring import fuzzy_matches, fuzzy_score, match_score
from sync_server.catalogue.words import normalize_words, similarity

WORDS = st.text("abcdeé ", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème brûlée, Domino's", "creme brulee domino"),
        ("Berries", "berri"),
        ("berry", "berri"),
        ("Tomatoes / potatoes", "tomato potato"),
        ("Swiss hummus", "swiss hummus"),
        ("STRASSE straße", "strasse strasse"),
        ("１２ ½ cup", "12 1 2 cup"),
        ("100% (whole-wheat)", "100 whole wheat"),
        ("Гречка", "гречка"),
        ("%_?!", ""),
    ],
)
def test_names_are_plain_words(text: str, words: str) -> None:
    assert normalize_words(text) == words


@given(st.text(max_size=40))
def test_plain_words_are_letters_and_digits_only(text: str) -> None:
    words = normalize_words(text)
    assert words == " ".join(words.split())
    assert all(word.isalnum() for word in words.split())


@given(WORDS, WORDS)
def test_likeness_is_from_0_to_1_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == 1


def test_scores_rank_as_promised() -> None:
    query = "whole milk"
    names = [
        "whole milk",
        "whole milk powder",
        "milk whole fresh",
        "cheese of whole milk",
        "milk of a whole cow",
        "wholegrain bread with milk",
    ]
    scores = [match_score(query, name) for name in names]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[0] == 1
    assert match_score(query, "milk skimmed") == 0
    assert match_score("egg", "egg yolk") > match_score("egg", "eggplant")


@given(WORDS.map(normalize_words), WORDS.map(normalize_words))
def test_a_score_is_from_0_to_1(query: str, name: str) -> None:
    assert 0 <= match_score(query, name) <= 1
    readings = [fuzzy_matches(word, name.split()) for word in query.split()]
    assert 0 <= fuzzy_score(readings, name) <= 0.4


def test_a_mistyped_word_finds_the_likeliest_first() -> None:
    vocabulary = ["milk", "mill", "silk", "rice"]
    assert next(iter(fuzzy_matches("mlik", vocabulary))) == "milk"
    assert "rice" not in fuzzy_matches("mlik", vocabulary)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("4006381333931", ["4006381333931"]),
        ("036000291452", ["36000291452"]),
        ("96385074", ["96385074"]),
        ("04252614", ["42100005264", "4252614"]),
        ("042100005264", ["42100005264", "4252614"]),
        ("10614141000415", ["10614141000415"]),
    ],
)
def test_a_barcode_has_all_its_spellings(code: str, expected: list[str]) -> None:
    assert spellings(code) == expected


@given(st.integers(1, 10**11 - 1))
def test_every_upc_and_its_ean_are_one(number: int) -> None:
    body = f"{number:011}"
    code = body + check_digit(body)
    assert spellings(code) == spellings("0" + code) == spellings("00" + code)


@given(st.integers(10**11, 10**12 - 1), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, slip: int) -> None:
    right = check_digit(str(number))
    wrong = str((int(right) + slip) % 10)
    with pytest.raises(BadBarcode):
        spellings(f"{number}{wrong}")
