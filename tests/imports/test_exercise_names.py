"""Exercise names of the apps: the exercises that they find, checked by hand; real logs."""

from collections import Counter

import pytest

from bench.matching import NAME_COLUMNS, checked_names, found, matched_sets
from sync_server.catalogue.load import rows
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.lookups.exercise_names import ALIASES, UNMATCHED, read_data

LANGUAGES = ("de", "es", "fr", "pt", "zh")


@pytest.fixture(scope="module")
def catalogue() -> list[KnownExercise]:
    return [
        KnownExercise(row["source_id"], row["name"], "catalogue", row["equipment"])
        for row in rows("exercises")
    ]


@pytest.fixture(scope="module")
def matcher(catalogue: list[KnownExercise]) -> ExerciseMatcher:
    return ExerciseMatcher([], catalogue)


def test_names_that_were_checked_by_hand(matcher: ExerciseMatcher) -> None:
    """The file names the exercise of each name; where it is empty, none of the catalogue fits."""
    checked = checked_names()
    assert len(checked) >= 300
    assert {row["app"] for row in checked} == {
        "strong", "hevy", "fitnotes", "jefit", "strengthlog",
    }  # fmt: skip
    wrong = {row["name"]: found(matcher, row["name"]) for row in checked
             if found(matcher, row["name"]) != row["exercise"]}  # fmt: skip
    assert wrong == {}


@pytest.mark.parametrize("log", NAME_COLUMNS)
def test_95_percent_of_the_sets_of_real_logs_find_their_exercise(
    matcher: ExerciseMatcher, log: str
) -> None:
    matched, all = matched_sets(matcher, log)
    assert matched / all >= 0.95


def test_every_name_of_the_list_finds_its_exercise(
    matcher: ExerciseMatcher, catalogue: list[KnownExercise]
) -> None:
    names = {exercise.name for exercise in catalogue}
    assert set(ALIASES.values()) <= names
    assert {
        alias: found(matcher, alias)
        for alias, name in ALIASES.items()
        if found(matcher, alias) != name
    } == {}
    assert not UNMATCHED & set(ALIASES)


def test_every_translation_finds_the_exercise_of_its_english_name(
    matcher: ExerciseMatcher,
) -> None:
    counts: Counter[str] = Counter()
    for english, others in read_data("exercise_translations.txt"):
        expected = found(matcher, english)
        assert expected, english
        for names in others.split("|"):
            language, _, listed = names.strip().partition(":")
            for name in listed.split(";"):
                assert found(matcher, name.strip()) == expected, (language, name)
                counts[language] += 1
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Bankdrücken (Langhantel)", "Barbell Bench Press - Medium Grip"),
        ("Schrägbankdrücken (Kurzhantel)", "Incline Dumbbell Press"),
        ("Kniebeugen (Multipresse)", "Smith Machine Squat"),
        ("Sentadilla con barra", "Barbell Squat"),
        ("Press de banca (mancuernas)", "Dumbbell Bench Press"),
        ("Développé couché avec haltères", "Dumbbell Bench Press"),
        ("Supino inclinado com halteres", "Incline Dumbbell Press"),
        ("上斜哑铃卧推", "Incline Dumbbell Press"),
        ("史密斯卧推", "Smith Machine Bench Press"),
        ("坐姿划船 (器械)", "Leverage Iso Row"),
        # Not the barbell's.
        ("Peso muerto rumano (Mancuerna)", ""),
        ("Trizepsdrücken (Maschine)", ""),
        ("Kreuzheben (Kettlebell)", ""),
    ],
)
def test_equipment_of_other_languages(matcher: ExerciseMatcher, name: str, expected: str) -> None:
    assert found(matcher, name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("BENCH PRESS (BARBELL)", "Barbell Bench Press - Medium Grip"),
        ("Barbell Bench Presses", "Barbell Bench Press - Medium Grip"),
        ("DB Bench Press", "Dumbbell Bench Press"),
        ("Press, Bench (bb)", "Barbell Bench Press - Medium Grip"),
        ("Leg Press (Quad Focus)", "Leg Press"),
        ("Bench Press (Pause)", ""),
        ("Push Up (Weighted)", ""),
        ("Pull Up (Assisted)", ""),
        ("Back Extension (Machine)", ""),
        ("Squat (Kettlebell)", ""),
        ("", ""),
        ("()", ""),
    ],
)
def test_spellings_and_variations(matcher: ExerciseMatcher, name: str, expected: str) -> None:
    assert found(matcher, name) == expected


def test_suggestions_are_similar_and_below_matches(matcher: ExerciseMatcher) -> None:
    for name, similar in (
        ("Romanian Deadlift (Dumbbell)", "Romanian Deadlift"),
        ("Bench Press (Pause)", "Barbell Bench Press - Medium Grip"),
        ("Rumänisches Kreuzheben (Kurzhantel)", "Romanian Deadlift"),
    ):
        suggested = matcher.suggest(name)
        assert similar in [match.exercise.name for match in suggested], name
        assert len(suggested) <= 3
        scores = [match.score for match in suggested]
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score < 0.85 for score in scores)
    assert matcher.suggest("Zzz") == []


def test_the_users_choice_comes_first(catalogue: list[KnownExercise]) -> None:
    mine = KnownExercise("mine", "My bench", "own")
    matcher = ExerciseMatcher(
        [mine],
        catalogue,
        {"bench press (barbell)": "mine", "squat (barbell)": None, "deadlift": "gone"},
    )
    match = matcher.match("Bench Press  (Barbell)", "")
    assert match
    assert (match.exercise, match.score, match.chosen) == (mine, 1.0, True)
    assert matcher.match("Squat (Barbell)", "") is None
    # The chosen exercise was deleted since.
    assert found(matcher, "Deadlift") == "Barbell Deadlift"
