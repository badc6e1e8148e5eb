"""Normalized words, scores, indexes and barcodes: the pure part of the catalogue."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.catalogue.barcode import BadBarcode, check_digit, spellings
from sync_server.catalogue.ranking.match_score import match_score
from sync_server.catalogue.ranking.name_form import form_of, split_name
from sync_server.catalogue.ranking.name_index import EXACT, FUZZY, IndexedName, NameIndex
from sync_server.catalogue.ranking.steps import result_of
from sync_server.catalogue.ranking.synonyms import synonymous
from sync_server.catalogue.ranking.vocabulary import Vocabulary
from sync_server.catalogue.words import normalize_words

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


def scores(query: str, *names: str) -> list[float]:
    return [match_score(query.split(), form_of(split_name(name))) for name in names]


def test_a_match_of_the_thing_itself_is_better() -> None:
    ranked = scores(
        "milk",
        "Milk",
        "Milk, whole",
        "Milk, canned, condensed, sweetened",
        "Cheese, milk",
        "Milk shakes, thick chocolate",
        "Milkfish, raw",
        "Cheese, goat, hard, with rind, of milk",
    )
    assert ranked == sorted(set(ranked), reverse=True)
    assert scores("egg", "Egg, yolk")[0] > scores("egg", "Eggplant, raw")[0]
    assert scores("almond", "Nuts, almonds")[0] > scores("almond", "Candies, almond bars")[0]
    assert scores("milk", "Cream, sour") == [0]


@given(WORDS, st.lists(WORDS, min_size=1, max_size=4))
def test_a_score_is_from_0_to_1(query: str, parts: list[str]) -> None:
    words, form = normalize_words(query).split(), form_of(split_name(", ".join(parts)))
    assert 0 <= match_score(words, form) <= 1.000001
    if form.words:
        assert match_score(form.words, form) > 0.5


def index(*names: str) -> NameIndex:
    return NameIndex(IndexedName(name, name, [split_name(name)], 0.5) for name in names)


@given(st.lists(WORDS.filter(normalize_words), min_size=1, max_size=6, unique=True))
def test_every_name_is_found_by_itself(names: list[str]) -> None:
    found = index(*names)
    for name in names:
        hits = found.strict(normalize_words(name).split(), len(names))
        same = {other for other in names if normalize_words(other) == normalize_words(name)}
        assert {hit.name for score, hit in hits if score == EXACT} == same


def test_words_are_joined_and_split_as_the_names_have_them() -> None:
    found = index("Barbell Deadlift", "Sit-Up", "Pullups")
    for query, name in (
        ("dead lift", "Barbell Deadlift"),
        ("situp", "Sit-Up"),
        ("pull up", "Pullups"),
    ):
        assert [hit.name for _, hit in found.strict(query.split(), 5)] == [name], query


def test_a_mistyped_word_finds_the_likeliest_first() -> None:
    vocabulary = Vocabulary(["milk", "mill", "silk", "rice", "chicken"])
    assert next(iter(vocabulary.similar("mlik"))) == "milk"
    assert "rice" not in vocabulary.similar("mlik")
    assert list(vocabulary.similar("chiken")) == ["chicken"]
    assert vocabulary.similar("nutella") == {}
    assert vocabulary.similar("mil") == {}


def test_words_are_compared_some_at_a_time_with_one_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vocabulary = Vocabulary([f"{letter}hicken" for letter in "abcdefghijkl"] + ["milk", "mill"])
    words = ("chiken", "chickn", "mlik")
    found = [list(vocabulary.similar(word).items()) for word in words]
    monkeypatch.setattr("sync_server.catalogue.ranking.vocabulary.WORDS_AT_ONCE", 3)
    assert [
        list(vocabulary.similar(word).items()) for word in ("chiken", "chickn", "mlik")
    ] == found
    assert found[0]


def test_unknown_words_are_named_and_left_out() -> None:
    found = index("Toast, plain", "Butter").similar(["tosat", "nutella"], 5)
    assert [hit.name for _, hit in found.names] == ["Toast, plain"]
    assert found.unknown == ["nutella"]
    assert all(0 < score < FUZZY for score, _ in found.names)


def test_less_popular_names_are_cut_off_without_changing_the_best() -> None:
    names = [
        IndexedName(str(number), f"Rice {number} {'x ' * (number % 7)}", [], number % 11 / 11)
        for number in range(200)
    ]
    names = [replace(name, forms=[split_name(name.name)]) for name in names]
    every = NameIndex(names).strict(["rice"], 200)
    assert NameIndex(names).strict(["rice"], 5) == every[:5]


@pytest.mark.parametrize(
    ("kind", "name", "form"),
    [
        ("foods", "Eggplant, raw", "aubergine raw"),
        ("foods", "Crustaceans, shrimp, raw", "prawn raw"),
        ("exercises", "Romanian Deadlift", "rdl"),
    ],
)
def test_names_have_forms_with_synonyms(kind: str, name: str, form: str) -> None:
    forms = [
        " ".join(word for part in parts for word in part)
        for parts in synonymous(kind, split_name(name))
    ]
    assert form in forms


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


def test_an_index_is_built_and_searched_in_short_steps() -> None:
    """Other requests have their turn between two steps."""
    words = [f"{first}{second}hicken" for first in "abcdefghijklm" for second in "nopqrstuvwxyz"]
    names = [IndexedName(word, word, [[[word]]], 0.5) for word in words]
    index = NameIndex()
    assert sum(1 for _ in index.fill(names)) >= len(names)
    assert len(index) == len(names)
    steps = index.similar_steps(["anhicxen"], 5)
    assert next(steps) is None
    assert [name.id for _, name in result_of(steps).names] == [
        name.id for _, name in NameIndex(names).similar(["anhicxen"], 5).names
    ]
