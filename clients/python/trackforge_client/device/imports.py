"""Logs of other apps: the server reads them, and this device pulls what came of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.json_types import Json
from trackforge_client.device.multipart import File, encoded
from trackforge_client.device.session import Session
from trackforge_client.device.wire import document

Format = Literal["strong", "hevy", "fitnotes", "body_weight"]
Unit = Literal["kg", "lb"]
Export: TypeAlias = "bytes | Path | str"
"""Another app's export: its bytes, or the path of its file."""

FORMATS: tuple[Format, ...] = ("strong", "hevy", "fitnotes", "body_weight")


async def upload(
    session: Session, export: Export, format: Format, weight_unit: Unit | None, dry_run: bool
) -> dict[str, Json]:
    """What the server made of the file, or with `dry_run` would make."""
    content, name = _loaded(export)
    fields: dict[str, str] = {"format": format, "dry_run": "true" if dry_run else "false"}
    if weight_unit is not None:
        fields["weight_unit"] = weight_unit
    body, media_type = encoded(File("file", name, content, "text/csv"), fields)
    # Without a key: a repeat finds everything unchanged.
    response = await session.call("POST", "/imports", body, headers={"content-type": media_type})
    try:
        return document(response.body)
    except ValueError as error:
        raise not_understood(response, error) from error


def _loaded(export: Export) -> tuple[bytes, str]:
    if isinstance(export, bytes):
        return export, "export.csv"
    path = Path(export)
    return path.read_bytes(), path.name


def told(answer: Mapping[str, Json]) -> Iterator[str]:
    """An import's answer in words, a line at a time."""
    first, last = answer.get("first_date"), answer.get("last_date")
    yield f"{answer['format']}: {first} to {last}" if first else f"{answer['format']}: no days"
    made = ", ".join(f"{n} {name}" for name, n in _object(answer, "made").items() if n)
    yield f"{'would make' if answer['dry_run'] else 'made'} {made or 'nothing'}"
    yield f"corrected {answer['corrected']}, unchanged {answer['unchanged']}"
    exercises = _object(answer, "exercises")
    for one in _objects(exercises, "matched"):
        source = "your own" if one["source"] == "own" else "built in"
        yield f"  {one['name']} is {one['matched_name']} ({source}, {one['score']})"
    for one in _objects(exercises, "new"):
        yield f"  {one['name']} is new"
    if answer["unreadable_count"]:
        yield f"not taken: {answer['unreadable_count']} lines"
    for one in _objects(answer, "unreadable"):
        yield f"  line {one['line']}: {one['reason']} | {one['text']}"


def _object(answer: Mapping[str, Json], name: str) -> dict[str, Json]:
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _objects(answer: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    value = answer.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
