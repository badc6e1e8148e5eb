"""Mapping of exercise names to exercises, chosen by the user for this and later imports."""

from collections.abc import Collection, Mapping

import orjson

from schema.ids import UserId, is_uuid
from sync_server.imports.exercise_matching.words import normalize_name
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection
from sync_server.web.errors import InvalidRequest

Choices = dict[str, str | None]
"""Exercise ids by normalized name; None for an exercise of its own."""

MAX_NAMES = 1000
MAX_NAME = 500
# Remembered names of one user; the longest unused are removed.
MAX_REMEMBERED = 5000

READ = """
SELECT name, exercise_id::text FROM exercise_mappings WHERE user_id = $1::text::uuid
"""
WRITE = """
INSERT INTO exercise_mappings (user_id, name, exercise_id, chosen_at)
SELECT user_id, name, exercise_id, now()
FROM heads, unnest($2::text[], $3::text[]::uuid[]) AS chosen (name, exercise_id)
WHERE user_id = $1::text::uuid
ON CONFLICT (user_id, name) DO UPDATE
SET exercise_id = excluded.exercise_id, chosen_at = excluded.chosen_at
"""
REMOVE_OLDEST = """
DELETE FROM exercise_mappings
WHERE user_id = $1::text::uuid AND name IN (
  SELECT name FROM exercise_mappings WHERE user_id = $1::text::uuid
  ORDER BY chosen_at DESC, name OFFSET $2
)
"""


def parse_mapping(text: bytes) -> Choices:
    """Choices of the form's JSON object of names to ids; raises InvalidRequest."""
    try:
        mapping = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid("Must be a JSON object of names and exercise ids.") from None
    if not isinstance(mapping, dict) or len(mapping) > MAX_NAMES:
        raise _invalid(f"Must be a JSON object of at most {MAX_NAMES} names.")
    choices: Choices = {}
    for name, id in mapping.items():
        normalized = normalize_name(name)
        if not normalized or len(name) > MAX_NAME or "\0" in name:
            raise _invalid(f"Names have 1 to {MAX_NAME} characters, without NUL.")
        if id is not None and not (isinstance(id, str) and is_uuid(id)):
            raise _invalid(f"{name}: Must be an exercise's id, or null for an exercise of its own.")
        choices[normalized] = id
    return choices


def check_mapping(choices: Mapping[str, str | None], known_ids: Collection[str]) -> None:
    """Raise InvalidRequest if an id is neither the user's nor a built-in one."""
    for name, id in choices.items():
        if id is not None and id not in known_ids:
            raise _invalid(f"{name}: There is no such exercise.")


async def read_remembered(connection: Reads, user_id: UserId) -> Choices:
    """Choices of the user's earlier imports."""
    rows = await connection.fetch(READ, user_id)
    return {row["name"]: row["exercise_id"] for row in rows}


async def remember(connection: Connection, user_id: UserId, choices: Choices) -> None:
    """Store choices for later imports."""
    await connection.execute(WRITE, user_id, list(choices), list(choices.values()))
    await connection.execute(REMOVE_OLDEST, user_id, MAX_REMEMBERED)


def _invalid(reason: str) -> InvalidRequest:
    return InvalidRequest(reason, errors={"mapping": [reason]})
