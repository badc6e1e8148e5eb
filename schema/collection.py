"""Collections: declarations, and the properties derived from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import Schema, SchemaOpts

from schema.ids import Json, derived_id


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """Field of a collection: its register, and the schema version that introduced it.

    `json_schema` is the JSON Schema of its values, without null.
    """

    name: str
    register: str
    required: bool
    default: Json
    since: int
    description: str
    json_schema: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """Fields that identify a record; `when` names a flag that must be set."""

    parts: tuple[str, ...]
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Fields of one group that were copied from another record, of which there is an amount.

    `source` names the field with the id of that record, `amount` the field with the amount.
    `scaled` are those of the `copied` fields that are proportional to the amount.
    """

    source: str
    amount: str
    copied: tuple[str, ...]
    scaled: tuple[str, ...]


class RecordOptions(SchemaOpts):
    """Options in the `class Meta` of a declaration.

    `collection` is the name on the wire; `groups` are fields that form one register together;
    `alternatives` are sets of fields of one group, at least one of which a record has whole;
    `day` and `parent` name the fields that are promoted to columns; `parent_day` is the collection
    of the parent, if a record's day is its parent's; `owner` is the collection of a parent without
    which a record is not listed; `snapshot` are fields that follow another record and an amount;
    `natural_key` identifies a record.
    """

    def __init__(self, meta: type) -> None:
        super().__init__(meta)
        self.collection: str = getattr(meta, "collection", "")
        self.groups: tuple[tuple[str, ...], ...] = getattr(meta, "groups", ())
        self.alternatives: tuple[tuple[str, ...], ...] = getattr(meta, "alternatives", ())
        self.day: str | None = getattr(meta, "day", None)
        self.parent: str | None = getattr(meta, "parent", None)
        self.parent_day: str | None = getattr(meta, "parent_day", None)
        self.owner: str | None = getattr(meta, "owner", None)
        self.snapshot: Snapshot | None = getattr(meta, "snapshot", None)
        self.natural_key: NaturalKey | None = getattr(meta, "natural_key", None)


class Record(Schema):
    """Base class of all declarations."""

    OPTIONS_CLASS = RecordOptions


@dataclass(frozen=True)
class Collection:
    """Compiled declaration. `registers` maps the name of each register to its fields."""

    name: str
    schema: Record
    fields: Mapping[str, FieldSpec]
    registers: Mapping[str, tuple[str, ...]]
    day_field: str | None
    parent_field: str | None
    parent_day: str | None
    natural_key: NaturalKey | None
    alternatives: tuple[tuple[str, ...], ...] = ()
    owner: str | None = None
    snapshot: Snapshot | None = None

    def missing(self, data: Mapping[str, Json]) -> tuple[str, ...]:
        """Absent fields of the alternative that lacks the fewest; empty if one is whole."""
        absent = (tuple(it for it in names if data.get(it) is None) for names in self.alternatives)
        return min(absent, key=len, default=())

    def registers_known(self, schema_version: int) -> frozenset[str]:
        """Registers that a put of a `schema_version` writes."""
        if schema_version >= self.newest_since:
            return self._all_registers
        return frozenset(
            field.register for field in self.fields.values() if field.since <= schema_version
        )

    def key_parts(self, data: Mapping[str, Json]) -> tuple[str, ...] | None:
        """Values of the natural key, or None if the record has none."""
        key = self.natural_key
        if key is None or (key.when and not data.get(key.when)):
            return None
        if any(data.get(part) is None and part in self._identifying for part in key.parts):
            return None
        return tuple(str(data.get(part) or "") for part in key.parts)

    def canonical_id(self, user_id: str, data: Mapping[str, Json]) -> str | None:
        """Id derived from the natural key, or None without one."""
        parts = self.key_parts(data)
        return None if parts is None else derived_id(self.name, user_id, parts)

    @property
    def aliased(self) -> bool:
        """True if ids that were sent become aliases: not where the user has only one record."""
        key = self.natural_key
        return key is not None and bool(key.parts or key.when)

    @cached_property
    def newest_since(self) -> int:
        """Schema version that introduced the newest field."""
        return max((field.since for field in self.fields.values()), default=1)

    @cached_property
    def _identifying(self) -> frozenset[str]:
        """Fields without which there is no natural key; others count as an empty text."""
        required = {name for name, field in self.fields.items() if field.required}
        return frozenset(required.union(*self.alternatives))

    @cached_property
    def _all_registers(self) -> frozenset[str]:
        return frozenset(self.registers)


def compile_declaration(declaration: type[Record]) -> Collection:
    """Collection of a declaration."""
    schema = declaration()
    options = schema.opts
    assert isinstance(options, RecordOptions)
    register_of = {name: group[0] for group in options.groups for name in group}
    specs = {
        name: _spec(name, field, register_of.get(name, name))
        for name, field in schema.fields.items()
    }
    return Collection(
        name=options.collection,
        schema=schema,
        fields=specs,
        registers=_registers(specs.values()),
        day_field=options.day,
        parent_field=options.parent,
        parent_day=options.parent_day,
        natural_key=options.natural_key,
        alternatives=_alternatives(options.alternatives, specs),
        owner=options.owner,
        snapshot=options.snapshot,
    )


def _spec(name: str, field: Any, register: str) -> FieldSpec:
    metadata = field.metadata
    field.allow_none = not field.required
    return FieldSpec(
        name,
        register,
        field.required,
        metadata.get("default"),
        metadata.get("since", 1),
        metadata.get("description", ""),
        field.json_schema(),
    )


def _alternatives(
    alternatives: tuple[tuple[str, ...], ...], specs: Mapping[str, FieldSpec]
) -> tuple[tuple[str, ...], ...]:
    # Within one register, because only then a merge of valid records is valid.
    if len({specs[name].register for names in alternatives for name in names}) > 1:
        raise ValueError(f"{alternatives}: alternatives are fields of one group")
    return alternatives


def _registers(specs: Iterable[FieldSpec]) -> dict[str, tuple[str, ...]]:
    registers: dict[str, tuple[str, ...]] = {}
    since: dict[str, int] = {}
    for spec in specs:
        if since.setdefault(spec.register, spec.since) != spec.since:
            # An old app writes all members of a group, and would wipe the newer one.
            raise ValueError(f"{spec.name} is newer than its group: declare it separately")
        registers[spec.register] = (*registers.get(spec.register, ()), spec.name)
    return registers
