"""The part of an import that computes and waits for nobody: from bytes to records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from sync_server.imports.csv_table import NoTable, Table, TooManyRows
from sync_server.imports.exercise_matching.match import Exercises, Match
from sync_server.imports.formats.registry import read_file
from sync_server.imports.parsed_file import Log, Trouble, UnitNeeded
from sync_server.imports.records import (
    Importer,
    Made,
    body_records,
    exercise_id,
    own_exercises,
    workout_records,
)
from sync_server.web.errors import InvalidRequest
from sync_server.web.errors import TooManyRows as TooManyRowsError


@dataclass(frozen=True, slots=True)
class Meant:
    """What a file means for one user: `new` gives the ids of names that mean no exercise."""

    records: list[Made]
    troubles: list[Trouble]
    matches: Mapping[str, Match]
    new: Mapping[str, str]


def read_log(content: bytes, format: str, asked: str | None, most: int) -> tuple[Table, Log]:
    """The file's table and what it says; raises InvalidRequest or TooManyRows."""
    try:
        return read_file(content, format, asked, most)
    except NoTable as error:
        raise InvalidRequest(str(error), errors={"file": [str(error)]}) from None
    except UnitNeeded:
        reason = "The file does not say in which unit its weights are: kg or lb?"
        raise InvalidRequest(reason, errors={"weight_unit": [reason]}) from None
    except TooManyRows:
        raise TooManyRowsError(f"A file has at most {most} rows.") from None


def meaning(log: Log, importer: Importer, known: Exercises) -> Meant:
    """The records that a log means."""
    names = dict.fromkeys(one.exercise for workout in log.workouts for one in workout.sets)
    matches: dict[str, Match] = {}
    new: dict[str, str] = {}
    first_spelling: dict[str, str] = {}
    for name in names:
        own_id = exercise_id(importer.user_id, name)
        match = known.meant_by(name, own_id)
        if match is not None:
            matches[name] = match
        else:
            new[name] = own_id
            first_spelling.setdefault(own_id, name)
    ids = new | {name: match.exercise.id for name, match in matches.items()}
    found = list(workout_records(log, importer, ids))
    used = {str(one.data["exercise_id"]) for one in found if _is_set(one)}
    everything = [
        *own_exercises(log, importer, first_spelling, used),
        *found,
        *body_records(log, importer),
    ]
    return Meant(
        [one for one in everything if isinstance(one, Made)],
        [*log.troubles, *(one for one in everything if isinstance(one, Trouble))],
        matches,
        new,
    )


def _is_set(one: Made | Trouble) -> TypeGuard[Made]:
    return isinstance(one, Made) and one.collection == "workout_sets"
