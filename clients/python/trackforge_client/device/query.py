"""Queries over the local records of one collection."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, Literal, cast

from trackforge_client.device.contracts import contract_of
from trackforge_client.device.errors import InvalidQuery
from trackforge_client.device.json_types import Json
from trackforge_client.device.store import Store
from trackforge_client.device.table import RecordT

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "contains"]

_SQL_OPERATORS: Mapping[str, str] = {
    "=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query(Generic[RecordT]):
    """Immutable query; each method returns a new one, `all` and `first` run it.

    `device.query("workout_sets").where(session_id=id).where("reps", ">=", 5).order_by("position")`
    """

    store: Store
    collection: str
    conditions: tuple[tuple[str, tuple[object, ...]], ...] = ()
    order: tuple[str, ...] = ()
    max_rows: int | None = None

    def where(
        self, field: str = "", operator: Operator = "=", value: Json = None, **equals: Json
    ) -> "Query[RecordT]":
        """Records that fulfil a condition, and have the values of `equals`.

        `in` takes a list of values. `contains` matches a list field that contains the value. A null
        and an absent field are the same. Raises InvalidQuery.
        """
        added = [self._condition(name, "=", wanted) for name, wanted in equals.items()]
        if field:
            added.append(self._condition(field, operator, value))
        return replace(self, conditions=(*self.conditions, *added))

    def order_by(self, *fields: str) -> "Query[RecordT]":
        """Records in the order of these fields, `-field` for descending; then by id."""
        terms = [
            f"{self._column(name.removeprefix('-'))}{' DESC' * name.startswith('-')}"
            for name in fields
        ]
        return replace(self, order=tuple(terms))

    def limit(self, max_rows: int) -> "Query[RecordT]":
        """The first `max_rows` records at most."""
        if max_rows < 0:
            raise InvalidQuery("limit: must be 0 or more")
        return replace(self, max_rows=max_rows)

    def all(self) -> list[RecordT]:
        """All matching records, each with its `id`."""
        rows = self.store.connection.execute(*self._sql("id, data"))
        return [cast(RecordT, {"id": id, **json.loads(data)}) for id, data in rows]

    def first(self) -> RecordT | None:
        """First matching record, None without one."""
        return next(
            iter(self.limit(1 if self.max_rows is None else min(self.max_rows, 1)).all()), None
        )

    def count(self) -> int:
        """Number of matching records."""
        sql, values = self._sql("1")
        row = self.store.connection.execute(f"SELECT count(*) FROM ({sql})", values).fetchone()
        return int(row[0])

    def _sql(self, columns: str) -> tuple[str, tuple[object, ...]]:
        conditions = "".join(f" AND {text}" for text, _ in self.conditions)
        values = [value for _, part in self.conditions for value in part]
        limit = "" if self.max_rows is None else f" LIMIT {self.max_rows}"
        order = ", ".join((*self.order, "id"))
        return (
            f"SELECT {columns} FROM records WHERE collection = ? AND deleted = 0{conditions}"
            f" ORDER BY {order}{limit}",
            (str(self.collection), *values),
        )

    def _condition(self, field: str, operator: str, value: Json) -> tuple[str, tuple[object, ...]]:
        column = self._column(field)
        if operator == "in":
            if not isinstance(value, list):
                raise InvalidQuery(f"{field}: `in` needs a list")
            return f"{column} IN ({', '.join('?' * len(value))})", tuple(map(_scalar, value))
        if operator == "contains":
            path = f"SELECT 1 FROM json_each(data, '$.\"{field}\"') WHERE value IS ?"
            return f"EXISTS ({path})", (_scalar(value),)
        if operator not in _SQL_OPERATORS:
            raise InvalidQuery(f"{field}: unknown operator {operator!r}")
        return f"{column} {_SQL_OPERATORS[operator]} ?", (_scalar(value),)

    def _column(self, field: str) -> str:
        """SQL of a declared field, so that no other text gets into the statement."""
        if field == "id":
            return "id"
        if field not in contract_of(self.collection).fields:
            raise InvalidQuery(f"{self.collection} has no field {field!r}")
        return f"json_extract(data, '$.\"{field}\"')"


def _scalar(value: Json) -> object:
    if isinstance(value, list | dict):
        raise InvalidQuery("a list or an object cannot be compared")
    return value
