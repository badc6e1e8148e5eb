"""Records of an export for this account: as they were, with their ids and clocks.

Ids of natural keys are derived from the user, so they are those of this account.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace

from schema import COLLECTIONS
from schema.ids import Json
from sync_server.imports.parsed_file import ExportedRecord, LineError
from sync_server.imports.records import DerivedRecord, ImportContext, derive_record

NO_DAY = datetime.date(1970, 1, 1)


def exported_records(
    records: Iterable[ExportedRecord], context: ImportContext
) -> Iterator[DerivedRecord | LineError]:
    """Valid records, each with its clock."""
    for record in records:
        declaration = COLLECTIONS[record.collection]
        derived = derive_record(
            context, record.collection, record.id, _day(record), record.data, record.line
        )
        if isinstance(derived, DerivedRecord):
            own_id = declaration.canonical_id(context.user_id, derived.data)
            derived = replace(derived, id=own_id or record.id, clock=record.clock)
        yield derived


def _day(record: ExportedRecord) -> datetime.date:
    text: Json = record.data.get("date")
    try:
        return datetime.date.fromisoformat(text) if isinstance(text, str) else NO_DAY
    except ValueError:
        return NO_DAY
