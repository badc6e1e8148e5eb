"""Upload of other apps' logs, parsed by the server."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.multipart import File, encode_form
from trackforge_client.device.session import Session
from trackforge_client.device.wire import document

Format = Literal[
    "strong", "hevy", "fitnotes", "body_weight", "fitbod", "garmin", "jefit", "strengthlog",
    "myfitnesspal", "cronometer", "macrofactor", "loseit", "yazio", "fatsecret", "samsung_health",
    "fit", "tcx", "gpx", "trackforge",
]  # fmt: skip
Unit = Literal["kg", "lb"]
HealthApp = Literal["apple-health", "health-connect"]
Export: TypeAlias = "bytes | Path | str"
"""Export of another app: its bytes, or the path of its file."""

FORMATS: tuple[Format, ...] = get_args(Format)


async def upload(
    session: Session,
    export: Export,
    format: Format | None,
    weight_unit: Unit | None,
    dry_run: bool,
    mapping: Mapping[str, str | None],
) -> dict[str, Json]:
    """Import result: records that the server created, or with `dry_run` would create."""
    content, name = _loaded(export)
    fields: dict[str, str] = {"dry_run": "true" if dry_run else "false"}
    if format is not None:
        fields["format"] = format
    if weight_unit is not None:
        fields["weight_unit"] = weight_unit
    if mapping:
        fields["mapping"] = json.dumps(dict(mapping))
    body, media_type = encode_form(File("file", name, content, "text/csv"), fields)
    # Without an Idempotency-Key: a repeated import changes nothing.
    response = await session.call("POST", "/imports", body, headers={"content-type": media_type})
    try:
        return document(response.body)
    except ValueError as error:
        raise invalid_response(response, error) from error


async def upload_health(
    session: Session, app: HealthApp, export: Export, dry_run: bool
) -> dict[str, Json]:
    """Import result of a phone's health export, sent as it is."""
    content, _ = _loaded(export)
    path = f"/imports/{app}?dry_run={'true' if dry_run else 'false'}"
    media_type = {"content-type": "application/octet-stream"}
    response = await session.call("POST", path, content, headers=media_type)
    try:
        return document(response.body)
    except ValueError as error:
        raise invalid_response(response, error) from error


def _loaded(export: Export) -> tuple[bytes, str]:
    if isinstance(export, bytes):
        return export, "export.csv"
    path = Path(export)
    return path.read_bytes(), path.name


def describe_import(result: Mapping[str, Json]) -> Iterator[str]:
    """Lines of text that describe an import result."""
    first, last = result.get("first_date"), result.get("last_date")
    yield f"{result['format']}: {first} to {last}" if first else f"{result['format']}: no days"
    created = ", ".join(f"{n} {name}" for name, n in _object(result, "made").items() if n)
    yield f"{'would create' if result['dry_run'] else 'created'} {created or 'nothing'}"
    yield f"corrected {result['corrected']}, unchanged {result['unchanged']}"
    exercises = _object(result, "exercises")
    for entry in _objects(exercises, "matched"):
        source = "your own" if entry["source"] == "own" else "built in"
        yield f"  {entry['name']} is {entry['matched_name']} ({source}, {entry['score']})"
    for entry in _objects(exercises, "new"):
        yield f"  {entry['name']} is new"
    if result["unreadable_count"]:
        yield f"not readable: {result['unreadable_count']} lines"
    for entry in _objects(result, "unreadable"):
        yield f"  line {entry['line']}: {entry['reason']} | {entry['text']}"


def _object(result: Mapping[str, Json], name: str) -> dict[str, Json]:
    value = result.get(name)
    return value if isinstance(value, dict) else {}


def _objects(result: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    value = result.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
