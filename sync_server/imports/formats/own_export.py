"""Export of this server (`GET /users/me/export`): a JSON object per line, records among them."""

from collections.abc import Iterator

import orjson

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.ids import is_uuid
from sync_server.imports.csv_table import CsvTable, NotCsv, RowLimitExceeded
from sync_server.imports.parsed_file import ExportedRecord, InvalidLine, LineError, ParsedFile

NAME = "trackforge"
KIND, FORMAT, FORMAT_VERSION = b'{"kind":"header"', "trackforge-export", 1


def recognizes(content: bytes) -> bool:
    """True if the file begins as an export does."""
    return content.lstrip().startswith(KIND)


def parse(content: bytes, max_rows: int) -> tuple[CsvTable, ParsedFile]:
    """Live records of an export; raises NotCsv, RowLimitExceeded."""
    lines = content.split(b"\n")
    _check_header(lines[0])
    if len(lines) - 1 > max_rows:
        raise RowLimitExceeded
    records: list[ExportedRecord] = []
    errors: list[LineError] = []
    for number, line in enumerate(lines[1:], 2):
        try:
            records += _records(line, number)
        except InvalidLine as error:
            errors.append(LineError(number, str(error)))
    texts = [line.decode("utf-8", "replace") for line in lines]
    return CsvTable(texts, ",", []), ParsedFile(records=tuple(records), errors=tuple(errors))


def _check_header(line: bytes) -> None:
    """Raise NotCsv unless this version can read the export."""
    try:
        header = orjson.loads(line)
        known = header["format"] == FORMAT and header["format_version"] == FORMAT_VERSION
        newer = header["schema_version"] > SCHEMA_VERSION
    except (orjson.JSONDecodeError, KeyError, TypeError):
        known = newer = False
    if not known:
        raise NotCsv("The first line is not the header of an export.")
    if newer:
        raise NotCsv("The export is of a newer version of the server.")


def _records(line: bytes, number: int) -> Iterator[ExportedRecord]:
    """The record of a line; none for other lines, and for deleted records."""
    if not line.strip():
        return
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise InvalidLine("The line is not JSON.") from None
    if not isinstance(entry, dict) or entry.get("kind") != "record" or entry.get("deleted"):
        return
    collection, id, clock, data = (entry.get(it) for it in ("collection", "id", "clock", "data"))
    if not isinstance(collection, str) or collection not in COLLECTIONS:
        raise InvalidLine("The line has no collection of this server.")
    if not is_uuid(id) or type(clock) is not int or clock < 1 or not isinstance(data, dict):
        raise InvalidLine("The line is not a record.")
    yield ExportedRecord(number, collection, id, clock, data)
