"""Fields inside fields: lists, objects and maps of the types that collections use."""

from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from marshmallow import RAISE, Schema, ValidationError
from msgspec import Meta

from schema.fields import Check, Kind
from schema.ids import Json


class Items(Kind[list[Any]]):
    """List of at most `max_items` values of one type; `unique` forbids repeats."""

    def __init__(
        self,
        inner: Kind[Any],
        max_items: int,
        min_items: int = 0,
        *,
        unique: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.inner, self.unique = inner, unique
        self.max_items, self.min_items = max_items, min_items

    def struct_type(self) -> Any:
        """List of the inner type."""
        items = GenericAlias(list, (self.inner.struct_type(),))
        return Annotated[items, Meta(min_length=self.min_items, max_length=self.max_items)]

    def struct_check(self) -> Check | None:
        """Checks of all items, and of their uniqueness."""
        check, unique = self.inner.struct_check(), self.unique
        if check is None and not unique:
            return None
        return lambda items: (
            (not unique or _are_unique(items)) and (check is None or all(map(check, items)))
        )

    def json_schema(self) -> dict[str, Json]:
        """Array with its item schema and its bounds."""
        schema: dict[str, Json] = {
            "type": "array",
            "items": self.inner.json_schema(),
            "minItems": self.min_items,
            "maxItems": self.max_items,
        }
        return schema | ({"uniqueItems": True} if self.unique else {})

    def normalize(self, value: Any) -> list[Any]:
        """Items in canonical form."""
        if not isinstance(value, list):
            raise ValidationError("Not a list.")
        if not self.min_items <= len(value) <= self.max_items:
            raise ValidationError(f"Must hold {self.min_items} to {self.max_items} items.")
        by_index = {str(index): item for index, item in enumerate(value)}
        items = list(_normalize_each(self.inner, by_index).values())
        if self.unique and not _are_unique(items):
            raise ValidationError("An item is repeated.")
        return items


class Object(Kind[dict[str, Any]]):
    """Object with declared fields; null members are dropped."""

    def __init__(self, schema: type[Schema], **options: Any) -> None:
        super().__init__(**options)
        self.schema = schema()
        self.parts: Mapping[str, Any] = self.schema.fields
        for part in self.parts.values():
            part.allow_none = not part.required
        self.struct = struct_of(schema.__name__, self.parts)

    def struct_type(self) -> Any:
        """Struct of the declared fields."""
        return self.struct

    def struct_check(self) -> Check | None:
        """Checks of all fields."""
        checks = checks_of(self.parts)
        return (lambda item: passes(checks, item)) if checks else None

    def json_schema(self) -> dict[str, Json]:
        """Object with its properties, and no others."""
        return {
            "type": "object",
            "properties": {name: part.json_schema() for name, part in self.parts.items()},
            "required": [name for name, part in self.parts.items() if part.required],
            "additionalProperties": False,
        }

    def normalize(self, value: Any) -> dict[str, Any]:
        """Object in canonical form."""
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        return canonical(self.schema.load(value, unknown=RAISE), self.parts)


class Map(Kind[dict[str, Any]]):
    """Object with enumerated keys and values of one type."""

    def __init__(self, keys: tuple[str, ...], inner: Kind[Any], **options: Any) -> None:
        super().__init__(**options)
        self.keys, self.inner = keys, inner

    def struct_type(self) -> Any:
        """Dict from a literal to the inner type."""
        return GenericAlias(dict, (Literal.__getitem__(self.keys), self.inner.struct_type()))

    def struct_check(self) -> Check | None:
        """Checks of all values."""
        check = self.inner.struct_check()
        return None if check is None else lambda values: all(map(check, values.values()))

    def json_schema(self) -> dict[str, Json]:
        """Object with one property per key, and no others."""
        return {
            "type": "object",
            "properties": {key: self.inner.json_schema() for key in self.keys},
            "additionalProperties": False,
        }

    def normalize(self, value: Any) -> dict[str, Any]:
        """Map in canonical form."""
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        unknown = [key for key in value if key not in self.keys]
        if unknown:
            messages = [f"The keys are {', '.join(self.keys)}."]
            raise ValidationError(dict.fromkeys(unknown, messages))
        return _normalize_each(self.inner, value)


def _normalize_each(inner: Kind[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    normalized: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in values.items():
        try:
            normalized[name] = inner.deserialize(value)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return normalized


def _are_unique(items: list[Any]) -> bool:
    return len(set(items)) == len(items)


def canonical(loaded: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Loaded fields without nulls, with the defaults of `parts` that are not null."""
    defaults = {name: part.metadata.get("default") for name, part in parts.items()}
    present = {name: value for name, value in loaded.items() if value is not None}
    return {name: value for name, value in defaults.items() if value is not None} | present


def struct_of(name: str, parts: Mapping[str, Any]) -> type[msgspec.Struct]:
    """Struct type of declared fields.

    A null or absent field is omitted when encoded; a default that is not null is written.
    """
    required: list[Any] = []
    optional: list[Any] = []
    for part_name, part in parts.items():
        struct_type = part.struct_type()
        default = part.metadata.get("default")
        if part.required:
            required.append((part_name, struct_type))
        elif default is None:
            optional.append((part_name, struct_type | None, None))
        else:  # from a factory, because a value that equals a plain default is not encoded
            factory = msgspec.field(default_factory=_always(default))
            optional.append((part_name, struct_type, factory))
    return msgspec.defstruct(
        name, [*required, *optional], omit_defaults=True, forbid_unknown_fields=True, gc=False
    )


Checks = tuple[tuple[str, Check], ...]


def checks_of(parts: Mapping[str, Any]) -> Checks:
    """Checks of a decoded Struct, by field name."""
    checks = [(name, part.struct_check()) for name, part in parts.items()]
    return tuple((name, check) for name, check in checks if check is not None)


def passes(checks: Checks, record: Any) -> bool:
    """True if a decoded Struct passes all checks; a null field always does."""
    for name, check in checks:
        value = getattr(record, name)
        if value is not None and not check(value):
            return False
    return True


def _always(value: Any) -> Any:
    return lambda: value
