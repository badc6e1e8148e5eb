"""Body measurements derived from a parsed file, one record a day under its natural id."""

import datetime
from collections.abc import Iterator

from schema.ids import Json, derived_id
from sync_server.imports.parsed_file import LineError, ParsedFile
from sync_server.imports.records import Data, DerivedRecord, ImportContext, derive_record


def body_records(parsed: ParsedFile, context: ImportContext) -> Iterator[DerivedRecord | LineError]:
    """Body measurements, one record a day under its natural id."""
    days: dict[datetime.date, dict[str, Json]] = {}
    lines: dict[datetime.date, int] = {}
    for measurement in parsed.measurements:
        fields: Data = {"date": measurement.date.isoformat(), measurement.field: measurement.value}
        validated = derive_record(
            context, "body_metrics", "", measurement.date, fields, measurement.line
        )
        if isinstance(validated, LineError):
            yield validated
            continue
        days.setdefault(measurement.date, {}).update(validated.data)
        lines.setdefault(measurement.date, measurement.line)
    for date, data in days.items():
        own_id = derived_id("body_metrics", context.user_id, [date.isoformat()])
        yield DerivedRecord("body_metrics", own_id, date, data, lines[date])
