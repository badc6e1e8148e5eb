"""Contract of one of the server's collections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from trackforge_client.device.json_types import Json


@dataclass(frozen=True, slots=True)
class Contract:
    """Fields of a collection, groups written together, defaults and natural key.

    `natural_key` names the fields that identify a record (an empty tuple: one record per user).
    It applies to every record, or to records whose boolean field `natural_when` is true.
    `schemas` has the JSON Schema of each field's values, without null.
    """

    fields: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict)
    natural_key: tuple[str, ...] | None = None
    natural_when: str | None = None
    schemas: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, declared: Mapping[str, Any]) -> Self:
        """Contract from an entry of contracts.json."""
        key = declared.get("natural_key")
        return cls(
            tuple(declared["fields"]),
            tuple(tuple(group) for group in declared.get("groups", ())),
            tuple(declared.get("required", ())),
            declared.get("defaults", {}),
            None if key is None else tuple(key),
            declared.get("natural_when"),
            declared.get("schemas", {}),
        )

    def group_of(self, name: str) -> tuple[str, ...]:
        """Fields of the group of the named field, itself included."""
        return next((group for group in self.groups if name in group), (name,))
