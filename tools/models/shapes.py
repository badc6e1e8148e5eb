"""Shapes of records, read from the declarations: classes with fields of a few kinds of types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema import COLLECTIONS
from schema.nested import Items, Object


@dataclass(frozen=True)
class Scalar:
    """Text, number, integer or flag, by its name in JSON Schema."""

    name: str


@dataclass(frozen=True)
class ListOf:
    """List of one type."""

    inner: "Type"


@dataclass(frozen=True)
class MapOf:
    """Object whose keys are data, such as days of the week."""

    inner: "Type"


@dataclass(frozen=True)
class Reference:
    """Another class, by name."""

    name: str


Type = Scalar | ListOf | MapOf | Reference


@dataclass(frozen=True)
class Field:
    """Field of a class; `name` is the one in JSON. `choices` are values that this release knows."""

    name: str
    type: Type
    required: bool
    description: str
    choices: tuple[str, ...] = ()

    @property
    def camel(self) -> str:
        """Name in camel case: `energyKcal`."""
        first, *rest = self.name.split("_")
        return first + "".join(part.capitalize() for part in rest)

    @property
    def note(self) -> str:
        """Description as a sentence, with the known values of a choice."""
        known = f" One of {', '.join(self.choices)}." if self.choices else ""
        return f"{self.description}.{known}"


@dataclass(frozen=True)
class Model:
    """Class of a record or of an object within one; `collection` is None for the latter."""

    name: str
    description: str
    fields: tuple[Field, ...]
    collection: str | None


def models() -> list[Model]:
    """All classes, each after those that it refers to."""
    found: dict[str, Model] = {}
    for name, collection in COLLECTIONS.items():
        _add(found, type(collection.schema).__name__, collection.schema, name)
    return list(found.values())


def _add(found: dict[str, Model], name: str, schema: Any, collection: str | None = None) -> None:
    fields = tuple(_field(found, key, field) for key, field in schema.fields.items())
    about = " ".join((type(schema).__doc__ or "").split())
    found[name] = Model(name, about, fields, collection)


def _field(found: dict[str, Model], name: str, field: Any) -> Field:
    description = field.metadata.get("description", "")
    choices = tuple(field.json_schema().get("enum", ()))
    return Field(name, _type(found, field), bool(field.required), description, choices)


def _type(found: dict[str, Model], field: Any) -> Type:
    if isinstance(field, Items):
        return ListOf(_type(found, field.inner))
    if isinstance(field, Object):
        name = type(field.schema).__name__
        _add(found, name, field.schema)
        return Reference(name)
    schema: Mapping[str, Any] = field.json_schema()
    if schema["type"] == "object":
        return MapOf(_type(found, field.inner))
    return Scalar(schema["type"])
