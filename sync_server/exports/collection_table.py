"""Tables of collections: one line per record, a column per field; pure."""

from collections.abc import Mapping, Sequence

import orjson

from schema.collection import Collection
from schema.ids import Json
from sync_server.exports.csv_text import Cell, harmless


def headings(collection: Collection) -> list[str]:
    """Names of the columns: the id and the fields, as they are declared."""
    return ["id", *collection.fields]


def cells(collection: Collection, id: str, data: Mapping[str, Json]) -> Sequence[Cell]:
    """Cells of a record; lists and objects are JSON text."""
    return [id, *(harmless(_cell(data.get(name))) for name in collection.fields)]


def record_text(id: str, data: str) -> str:
    """JSON text of a record: the stored text with the id before its fields."""
    return f'{{"id":"{id}"}}' if data == "{}" else f'{{"id":"{id}",{data[1:]}'


def _cell(value: Json) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value
