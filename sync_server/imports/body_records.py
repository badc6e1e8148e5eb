"""Body measurements derived from a parsed file, one record a day under its natural id."""

import datetime
from collections.abc import Iterator

from schema.ids import Json, derived_id
from sync_server.imports.body_readings import READINGS, best_values
from sync_server.imports.parsed_file import BodyMeasurement, LineError, ParsedFile
from sync_server.imports.recorders import recorder_of, recorder_of_format
from sync_server.imports.records import Data, DerivedRecord, ImportContext, derive_record

Sources = dict[str, Data]
"""Readings of a day by source."""


def body_records(parsed: ParsedFile, context: ImportContext) -> Iterator[DerivedRecord | LineError]:
    """Body measurements with the readings of their sources, one record a day."""
    days: dict[datetime.date, Sources] = {}
    lines: dict[datetime.date, int] = {}
    for measurement in parsed.measurements:
        fields: Data = {"date": measurement.date.isoformat(), measurement.field: measurement.value}
        validated = derive_record(
            context, "body_metrics", "", measurement.date, fields, measurement.line
        )
        if isinstance(validated, LineError):
            yield validated
            continue
        reading = _reading(days.setdefault(measurement.date, {}), measurement, context)
        reading[measurement.field] = validated.data[measurement.field]
        lines.setdefault(measurement.date, measurement.line)
    for date, sources in days.items():
        own_id = derived_id("body_metrics", context.user_id, [date.isoformat()])
        readings: list[Json] = [sources[source] for source in sorted(sources)]
        day: Data = {"date": date.isoformat()}
        data = day | best_values(readings, context.body_priority) | {READINGS: readings}
        record = derive_record(context, "body_metrics", own_id, date, data, lines[date])
        yield record


def _reading(sources: Sources, measurement: BodyMeasurement, context: ImportContext) -> Data:
    """The reading of a measurement's source, new if it is the first of the day."""
    source = measurement.source or context.format
    recorder = recorder_of(source) if measurement.source else recorder_of_format(context.format)
    return sources.setdefault(source, {"source": source, "recorded_by": recorder})
