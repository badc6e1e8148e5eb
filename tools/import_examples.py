"""Page of import examples: for each format a file of the tests and the records made of it."""

import datetime
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from schema.ids import UserId
from sync_server.catalogue.load import rows
from sync_server.imports.convert import convert, parse_archive, parse_upload
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.records import ImportContext
from tests.imports.files import APPLE_HEALTH, DIARIES, GPX, NEEDS_UNIT, SMALL, TCX

USER = UserId("11111111-1111-4111-8111-111111111111")
MAX_ROWS = 1000
MAX_RECORD_BYTES = 65_536
FILE_LINES, LINE_LENGTH = 14, 150
"""Lines of a file that are shown, and characters of each."""
RECORDS = 2
"""Records of each collection that are shown."""
WORDS = """\
A small file of each format in text, as the tests have it, and the first records that it becomes.
Both are from the code and the tests, so they show what the server does. Ids are left out.
[Import formats](import-formats.md) has the rules."""


def files() -> dict[str, str]:
    """Files by format."""
    recordings = {"tcx": TCX, "gpx": GPX, "apple_health": APPLE_HEALTH}
    return SMALL | DIARIES | recordings


def import_examples_page() -> str:
    """The page."""
    exercises = [
        KnownExercise(row["source_id"], row["name"], "catalogue", row["equipment"])
        for row in rows("exercises")
    ]
    matcher = ExerciseMatcher([], exercises)
    lines = ["# Import examples", "", "<!-- Written by `make generated`. -->", "", WORDS, ""]
    for format, text in sorted(files().items()):
        lines += [f"## {format}", "", "```text", *_excerpt(text), "```", "", "```json"]
        lines += [*_records(_parse(format, text), format, matcher), "```", ""]
    return "\n".join(lines)


def _excerpt(text: str) -> Iterator[str]:
    shown = text.rstrip("\n").split("\n")
    for line in shown[:FILE_LINES]:
        yield line[:LINE_LENGTH] + ("…" if len(line) > LINE_LENGTH else "")
    if len(shown) > FILE_LINES:
        yield "…"


def _parse(format: str, text: str) -> ParsedFile:
    if format != "apple_health":
        unit = "kg" if format in NEEDS_UNIT else None
        return parse_upload(text.encode(), format, unit, MAX_ROWS)[2]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export.xml"
        path.write_text(text)
        return parse_archive(path, format, MAX_ROWS)[2]


def _records(parsed: ParsedFile, format: str, matcher: ExerciseMatcher) -> Iterator[str]:
    """Records as JSON, the first of each collection."""
    context = ImportContext(USER, format, datetime.UTC, MAX_RECORD_BYTES)
    shown: dict[str, int] = {}
    for record in convert(parsed.in_zone(datetime.UTC), context, matcher).records:
        shown[record.collection] = shown.get(record.collection, 0) + 1
        if shown[record.collection] <= RECORDS:
            data = {name: it for name, it in record.data.items() if not name.endswith("_id")}
            yield json.dumps({record.collection: data}, ensure_ascii=False)
