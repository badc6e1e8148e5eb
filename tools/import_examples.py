"""Page of import examples: for each format a file of the tests and the records made of it."""

import datetime
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from schema.ids import UserId, catalogue_id
from sync_server.catalogue.load import rows
from sync_server.imports.convert import ARCHIVE_FORMATS, convert, parse_archive, parse_upload
from sync_server.imports.exercise_matching.exercise_index import KnownExercise
from sync_server.imports.exercise_matching.match import ExerciseMatcher
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.records import ImportContext
from tests.imports.files import APPLE_HEALTH, DIARIES, GPX, NEEDS_UNIT, SMALL, TCX
from tests.imports.fit_writer import fit_file, strength_workout
from tests.imports.health_connect_file import ROWS, TABLES, database
from tools.fit_text import fit_lines

USER = UserId("11111111-1111-4111-8111-111111111111")
MAX_ROWS = 1000
MAX_RECORD_BYTES = 65_536
FILE_LINES, LINE_LENGTH = 14, 150
"""Lines of a file that are shown, and characters of each."""
RECORDS = 2
"""Records of each collection that are shown."""
RECORDED = datetime.datetime(2026, 9, 11, 16, 30, tzinfo=datetime.UTC)
WORDS = """\
A small file of each format, as the tests have it, and the first records that it becomes.
Both are from the code and the tests, so they show what the server does. Ids are left out.
Of files that are no text the decoded content is shown: messages of FIT, rows of Health Connect.
[Import formats](import-formats.md) has the rules; [export examples](export-examples.md) are the
other direction."""


def files() -> dict[str, bytes]:
    """Files by format."""
    texts = SMALL | DIARIES | {"tcx": TCX, "gpx": GPX, "apple_health": APPLE_HEALTH}
    binary = {"fit": fit_file(*strength_workout(RECORDED)), "health_connect": database()}
    return {name: text.encode() for name, text in texts.items()} | binary


def import_examples_page() -> str:
    """The page."""
    exercises = [_known(row) for row in rows("exercises")]
    matcher = ExerciseMatcher([], exercises)
    lines = ["# Import examples", "", "<!-- Written by `make generated`. -->", "", WORDS, ""]
    for format, content in sorted(files().items()):
        lines += [f"## {format}", "", "```text", *excerpt(_text(format, content)), "```", ""]
        lines += ["```json", *_records(_parse(format, content), format, matcher), "```", ""]
    return "\n".join(lines)


def _known(row: Mapping[str, str]) -> KnownExercise:
    id = catalogue_id("exercises", row["source"], row["source_id"])
    return KnownExercise(id, row["name"], "catalogue", row["equipment"])


def _text(format: str, content: bytes) -> str:
    """Text of a file; the decoded content of one that is no text."""
    if format == "fit":
        return "\n".join(fit_lines(content))
    if format == "health_connect":
        return "\n".join(_table_lines())
    return content.decode()


def _table_lines() -> Iterator[str]:
    """Rows of Health Connect's tables, the first of each with the names of its columns."""
    for table, found in ROWS.items():
        columns = (column.split()[0] for column in TABLES[table].split(", "))
        names = [name.split(",")[0] for name in columns]
        row = " ".join(f"{name}={value}" for name, value in zip(names, found[0], strict=False))
        yield f"{table}: {row}"


def excerpt(text: str) -> Iterator[str]:
    """The first lines of a text, each cut."""
    shown = text.rstrip("\n").split("\n")
    for line in shown[:FILE_LINES]:
        yield line[:LINE_LENGTH] + ("…" if len(line) > LINE_LENGTH else "")
    if len(shown) > FILE_LINES:
        yield "…"


def _parse(format: str, content: bytes) -> ParsedFile:
    if format not in ARCHIVE_FORMATS:
        unit = "kg" if format in NEEDS_UNIT else None
        return parse_upload(content, format, unit, MAX_ROWS)[2]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export"
        path.write_bytes(content)
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
