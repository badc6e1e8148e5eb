"""A part of the day view is one declaration: SQL, computation and schema follow from it."""

import datetime
from collections.abc import Sequence
from typing import Any

import jsonschema_rs
import orjson
import pytest

from schema import COLLECTIONS
from schema.ids import UserId
from sync_server.days.day import DayContext, DayRecord, Lookups
from sync_server.days.parts import DAY_PARTS, DayPart, day_view, empty_day
from sync_server.days.queries import read_days
from sync_server.days.schemas import day_view_schema
from sync_server.sync.schemas.responses import DAY_VIEW
from sync_server.web.openapi import NamedSchema
from sync_server.web.schemas import AMOUNT

DATE = datetime.date(2026, 11, 23)
USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
CONTEXT = DayContext(DATE, [], Lookups({}, {}))


def _sleep_s(logs: Sequence[DayRecord], _context: DayContext) -> object:
    return sum(log.data["s"] for log in logs)


SLEEP = DayPart(name="sleep_s", collection="sleep_logs", compute=_sleep_s, schema=AMOUNT)
PARTS = (*DAY_PARTS, SLEEP)


class FakeConnection:
    """Connection whose `fetch` returns the given rows and records the statements."""

    def __init__(self, rows: list[tuple[str, str, dict[str, Any]]]) -> None:
        self.statements: list[str] = []
        self._rows = rows

    async def fetch(self, statement: str, *_: object) -> list[Any]:
        self.statements.append(statement)
        if "parent_id" in statement:
            return []
        return [_Row(*row, version) for version, row in enumerate(self._rows)]


class _Row(tuple[Any, ...]):
    """Row of READ_DAYS: (collection, id, day, data, version)."""

    __slots__ = ()

    def __new__(cls, collection: str, id: str, data: dict[str, Any], version: int) -> "_Row":
        text = orjson.dumps(data).decode()
        return super().__new__(cls, (collection, id, str(DATE), text, version))

    def __getitem__(self, name: Any) -> Any:
        names = ("collection", "id", "day", "data", "version")
        return super().__getitem__(names.index(name) if isinstance(name, str) else name)


async def test_a_part_is_read_computed_and_documented_from_its_declaration() -> None:
    rows = [
        ("body_metrics", "a", {"date": str(DATE), "weight_kg": 80.0}),
        ("sleep_logs", "b", {"date": str(DATE), "s": 250.0}),
        ("sleep_logs", "c", {"date": str(DATE), "s": 500.0}),
    ]
    connection: Any = FakeConnection(rows)
    by_day = await read_days(connection, USER, [DATE], PARTS)
    assert "'sleep_logs'" in connection.statements[0]
    view = day_view(by_day[DATE], CONTEXT, PARTS)
    assert view["sleep_s"] == 750
    assert view["metrics"] == {"weight_kg": 80.0}
    schema: Any = _inlined(day_view_schema(PARTS))
    assert "sleep_s" in schema["required"]
    jsonschema_rs.validate(schema, view)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(_inlined(day_view_schema(DAY_PARTS)), view)


async def test_a_record_of_an_unknown_collection_is_an_error_not_a_body_measurement() -> None:
    connection: Any = FakeConnection([("sleep_logs", "b", {"date": str(DATE), "s": 250.0})])
    with pytest.raises(KeyError, match="sleep_logs"):
        await read_days(connection, USER, [DATE])
    with pytest.raises(KeyError):
        empty_day()["sleep_logs"].append(DayRecord({}))


def test_every_collection_of_a_part_is_declared_with_a_day_or_a_parent() -> None:
    for part in DAY_PARTS:
        assert COLLECTIONS[part.collection].day_field
        if part.children:
            assert COLLECTIONS[part.children].parent_day == part.collection


def test_an_empty_day_matches_the_schema() -> None:
    jsonschema_rs.validate(_inlined(day_view_schema(DAY_PARTS)), day_view(empty_day(), CONTEXT))


def test_pulls_refer_to_the_day_view_of_the_days() -> None:
    assert DAY_VIEW["$ref"].endswith(f"/{day_view_schema(DAY_PARTS).name}")


def _inlined(schema: Any) -> Any:
    """Schema with named schemas replaced by their content."""
    if isinstance(schema, NamedSchema):
        return _inlined(schema.schema)
    if isinstance(schema, dict):
        return {name: _inlined(value) for name, value in schema.items()}
    return schema
