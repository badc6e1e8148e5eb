"""The two kinds of entry: what a hit shows of one, and by what it can be filtered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

Fields = Mapping[str, Any]

NUTRIENTS = (
    "energy_kcal", "protein_g", "carbs_g", "fat_g", "fiber_g", "sugar_g", "saturated_fat_g",
    "sodium_mg",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry.

    `columns` are those of a built-in one's hit, `more` what its download tells besides; `lists` are
    those that hold JSON; `only_own` are shown of the user's own only; `filters` names each filter's
    condition in SQL, with `{}` where its value stands, and what of an own record it compares.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    more: tuple[str, ...]
    lists: tuple[str, ...]
    only_own: tuple[str, ...]
    filters: Mapping[str, tuple[str, Callable[[Fields], Sequence[str | None]]]]

    @property
    def downloaded(self) -> tuple[str, ...]:
        """The columns of an entry as it is downloaded."""
        return ("id", *self.columns, *self.more)

    def conditions(self, first: int) -> str:
        """The filters as SQL, their values from parameter `first` on; NULL lets all pass."""
        return "".join(
            f" AND (${number}::text IS NULL OR {condition.format(f'${number}')})"
            for number, (condition, _) in enumerate(self.filters.values(), first)
        )

    def values(self, filters: Mapping[str, str]) -> list[str | None]:
        """The parameters that `conditions` speaks of."""
        return [filters.get(name) for name in self.filters]

    def passes(self, data: Fields, filters: Mapping[str, str]) -> bool:
        """Whether an own record passes the filters."""
        return all(
            value in [text.casefold() for text in self.filters[name][1](data) if text]
            for name, value in filters.items()
        )

    def own_hit(self, id: str, data: Fields, score: float) -> dict[str, object]:
        """A record of the user's as a hit; what it lacks is null."""
        shown = {name: data.get(name) for name in (*self.columns, *self.only_own)}
        lists = {name: data.get(name, []) for name in self.lists}
        return {"id": id} | shown | lists | {"source": "own", "score": round(score, 3)}

    def built_in_hit(self, row: asyncpg.Record, score: float) -> dict[str, object]:
        """A row of the catalogue as a hit."""
        shown = {name: row[name] for name in self.columns}
        lists = {name: orjson.loads(row[name] or "[]") for name in self.lists}
        absent = dict.fromkeys(self.only_own)
        return {"id": row["id"]} | shown | lists | absent | {"score": round(score, 3)}


FOODS = Kind(
    name="foods",
    table="catalogue_foods",
    columns=("source", "name", *NUTRIENTS, "servings"),
    more=("source_id", "food_group"),
    lists=("servings",),
    only_own=("brand", "barcode"),
    filters={},
)
EXERCISES = Kind(
    name="exercises",
    table="catalogue_exercises",
    columns=("source", "name", "category", "primary_muscles", "secondary_muscles", "equipment"),
    more=("source_id", "data"),
    lists=("primary_muscles", "secondary_muscles"),
    only_own=(),
    filters={
        "muscle": (
            "{} IN (SELECT json_array_elements_text(primary_muscles))",
            lambda data: data.get("primary_muscles", []),
        ),
        "equipment": ("equipment = {}", lambda data: [data.get("equipment")]),
        "category": ("category = {}", lambda data: [data.get("category")]),
    },
)
KINDS = {kind.name: kind for kind in (FOODS, EXERCISES)}
