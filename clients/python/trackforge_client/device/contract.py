"""Contract of one of the server's collections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from trackforge_client.device.json_types import Fields, Json


@dataclass(frozen=True, slots=True)
class Contract:
    """Fields of a collection, groups written together, defaults and natural key.

    A record has all fields of one of the `alternatives` at least, if there are any.
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
    alternatives: tuple[tuple[str, ...], ...] = ()

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
            tuple(tuple(names) for names in declared.get("alternatives", ())),
        )

    def missing(self, data: Fields) -> tuple[str, ...]:
        """Absent fields of the alternative that lacks the fewest; empty if one is whole."""
        absent = (tuple(it for it in names if data.get(it) is None) for names in self.alternatives)
        return min(absent, key=len, default=())

    def is_identifying(self, name: str) -> bool:
        """True if there is no natural key without the field."""
        return name in self.required or any(name in names for names in self.alternatives)

    def register_of(self, name: str) -> str:
        """Name of the register of a field: the first field of its group."""
        return self.group_of(name)[0]

    def group_of(self, name: str) -> tuple[str, ...]:
        """Fields of the group of the named field, itself included."""
        return next((group for group in self.groups if name in group), (name,))
