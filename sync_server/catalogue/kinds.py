"""Kinds of catalogue entry, foods and exercises: their columns and filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from schema.nutrition import ALL_NUTRIENTS

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntryKind:
    """Kind of catalogue entry.

    `columns` are the columns of a hit; `extra_columns` are added in downloads; `lists` are the JSON
    columns; `own_columns` exist only for the user's own records. `filters` maps a filter to its SQL
    condition, with `{}` for the value, and to the values of an own record that it compares.
    `log` is the collection whose `log_field` names the entry that was eaten or done.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    extra_columns: tuple[str, ...]
    lists: tuple[str, ...]
    own_columns: tuple[str, ...]
    filters: Mapping[str, tuple[str, Callable[[Fields], Sequence[str | None]]]]
    log: str
    log_field: str

    @property
    def download_columns(self) -> tuple[str, ...]:
        """Columns of a downloaded entry."""
        return ("id", *self.columns, *self.extra_columns)

    def conditions(self, first: int) -> str:
        """SQL conditions of the filters, parameters from `first` on; NULL disables a filter."""
        return "".join(
            f" AND (${number}::text IS NULL OR {condition.format(f'${number}')})"
            for number, (condition, _) in enumerate(self.filters.values(), first)
        )

    def values(self, filters: Mapping[str, str]) -> list[str | None]:
        """Parameters of `conditions`."""
        return [filters.get(name) for name in self.filters]

    def passes(self, data: Fields, filters: Mapping[str, str]) -> bool:
        """True if an own record passes the filters."""
        return all(
            value in [text.casefold() for text in self.filters[name][1](data) if text]
            for name, value in filters.items()
        )

    def own_hit(self, id: str, data: Fields, score: float) -> dict[str, object]:
        """Hit of an own record; absent fields are null."""
        shown = {name: data.get(name) for name in (*self.columns, *self.own_columns)}
        lists = {name: data.get(name, []) for name in self.lists}
        return {"id": id} | shown | lists | {"source": "own", "score": round(score, 3)}

    def built_in_hit(self, row: asyncpg.Record, score: float) -> dict[str, object]:
        """Hit of a built-in entry."""
        shown = {name: row[name] for name in self.columns}
        lists = {name: orjson.loads(row[name] or "[]") for name in self.lists}
        absent = dict.fromkeys(self.own_columns)
        return {"id": row["id"]} | shown | lists | absent | {"score": round(score, 3)}


FOODS = EntryKind(
    name="foods",
    table="catalogue_foods",
    columns=("source", "name", *ALL_NUTRIENTS, "servings"),
    extra_columns=("source_id", "food_group", "nutrients"),
    lists=("servings",),
    own_columns=("brand", "barcode"),
    filters={},
    log="food_logs",
    log_field="food_id",
)
EXERCISES = EntryKind(
    name="exercises",
    table="catalogue_exercises",
    columns=("source", "name", "category", "primary_muscles", "secondary_muscles", "equipment"),
    extra_columns=("source_id", "data"),
    lists=("primary_muscles", "secondary_muscles"),
    own_columns=(),
    filters={
        "muscle": (
            "{} IN (SELECT json_array_elements_text(primary_muscles))",
            lambda data: data.get("primary_muscles", []),
        ),
        "equipment": ("equipment = {}", lambda data: [data.get("equipment")]),
        "category": ("category = {}", lambda data: [data.get("category")]),
    },
    log="workout_sets",
    log_field="exercise_id",
)
KINDS = {kind.name: kind for kind in (FOODS, EXERCISES)}
