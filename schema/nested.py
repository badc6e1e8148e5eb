"""Fields inside fields: lists, objects and maps of the kinds that collections use."""

from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from marshmallow import RAISE, Schema, ValidationError
from msgspec import Meta

from schema.fields import Check, Kind
from schema.ids import Json


class Items(Kind[list[Any]]):
    """A list of at most `most` values of one kind; `unique` forbids repeats."""

    def __init__(
        self, inner: Kind[Any], most: int, least: int = 0, *, unique: bool = False, **more: Any
    ) -> None:
        super().__init__(**more)
        self.inner, self.most, self.least, self.unique = inner, most, least, unique

    def fast_type(self) -> Any:
        """A list of the inner type."""
        kind = GenericAlias(list, (self.inner.fast_type(),))
        return Annotated[kind, Meta(min_length=self.least, max_length=self.most)]

    def fast_check(self) -> Check | None:
        """What the items need, and that none is repeated."""
        check, unique = self.inner.fast_check(), self.unique
        if check is None and not unique:
            return None
        return lambda items: (
            (not unique or _are_unique(items)) and (check is None or all(map(check, items)))
        )

    def limits(self) -> dict[str, Json]:
        """How many, and of what."""
        limits: dict[str, Json] = {
            "type": "array",
            "items": self.inner.limits(),
            "minItems": self.least,
            "maxItems": self.most,
        }
        return limits | ({"uniqueItems": True} if self.unique else {})

    def take(self, value: Any) -> list[Any]:
        """The items in canonical form."""
        if not isinstance(value, list):
            raise ValidationError("Not a list.")
        if not self.least <= len(value) <= self.most:
            raise ValidationError(f"Must hold {self.least} to {self.most} items.")
        items = list(_each(self.inner, {str(at): item for at, item in enumerate(value)}).values())
        if self.unique and not _are_unique(items):
            raise ValidationError("An item is repeated.")
        return items


class Object(Kind[dict[str, Any]]):
    """An object with declared fields; those at null are dropped."""

    def __init__(self, schema: type[Schema], **more: Any) -> None:
        super().__init__(**more)
        self.schema = schema()
        self.parts: Mapping[str, Any] = self.schema.fields
        for part in self.parts.values():
            part.allow_none = not part.required
        self.struct = struct_of(schema.__name__, self.parts)

    def fast_type(self) -> Any:
        """A Struct."""
        return self.struct

    def fast_check(self) -> Check | None:
        """What the parts need."""
        checks = checks_of(self.parts)
        return (lambda item: hold(checks, item)) if checks else None

    def limits(self) -> dict[str, Json]:
        """Its parts, and no others."""
        return {
            "type": "object",
            "properties": {name: part.limits() for name, part in self.parts.items()},
            "required": [name for name, part in self.parts.items() if part.required],
            "additionalProperties": False,
        }

    def take(self, value: Any) -> dict[str, Any]:
        """The object in canonical form."""
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        return canonical(self.schema.load(value, unknown=RAISE), self.parts)


class Table(Kind[dict[str, Any]]):
    """An object whose keys are a few words and whose values are of one kind."""

    def __init__(self, keys: tuple[str, ...], inner: Kind[Any], **more: Any) -> None:
        super().__init__(**more)
        self.keys, self.inner = keys, inner

    def fast_type(self) -> Any:
        """A dict from a literal to the inner type."""
        return GenericAlias(dict, (Literal.__getitem__(self.keys), self.inner.fast_type()))

    def fast_check(self) -> Check | None:
        """What the values need."""
        check = self.inner.fast_check()
        return None if check is None else lambda table: all(map(check, table.values()))

    def limits(self) -> dict[str, Json]:
        """Its keys, and no others."""
        return {
            "type": "object",
            "properties": {key: self.inner.limits() for key in self.keys},
            "additionalProperties": False,
        }

    def take(self, value: Any) -> dict[str, Any]:
        """The table in canonical form."""
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        strange = [key for key in value if key not in self.keys]
        if strange:
            words = [f"The keys are {', '.join(self.keys)}."]
            raise ValidationError(dict.fromkeys(strange, words))
        return _each(self.inner, value)


def _each(inner: Kind[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in values.items():
        try:
            taken[name] = inner.deserialize(value)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return taken


def _are_unique(items: list[Any]) -> bool:
    return len(set(items)) == len(items)


def canonical(loaded: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Nulls dropped, and the defaults of `parts` that are not null filled in."""
    defaults = {name: part.metadata.get("default") for name, part in parts.items()}
    present = {name: value for name, value in loaded.items() if value is not None}
    return {name: value for name, value in defaults.items() if value is not None} | present


def struct_of(name: str, parts: Mapping[str, Any]) -> type[msgspec.Struct]:
    """The msgspec Struct of declared fields.

    A field at null or absent is left out when encoded; a default that is not null is written.
    """
    required: list[Any] = []
    optional: list[Any] = []
    for part_name, part in parts.items():
        kind = part.fast_type()
        default = part.metadata.get("default")
        if part.required:
            required.append((part_name, kind))
        elif default is None:
            optional.append((part_name, kind | None, None))
        else:  # from a factory, because what equals a plain default is not encoded
            factory = msgspec.field(default_factory=_always(default))
            optional.append((part_name, kind, factory))
    return msgspec.defstruct(
        name, [*required, *optional], omit_defaults=True, forbid_unknown_fields=True, gc=False
    )


Checks = tuple[tuple[str, Check], ...]


def checks_of(parts: Mapping[str, Any]) -> Checks:
    """What must be checked of a decoded Struct of these parts, by name."""
    checks = [(name, part.fast_check()) for name, part in parts.items()]
    return tuple((name, check) for name, check in checks if check is not None)


def hold(checks: Checks, record: Any) -> bool:
    """Whether a decoded Struct passes all its checks; what is null does."""
    for name, check in checks:
        value = getattr(record, name)
        if value is not None and not check(value):
            return False
    return True


def _always(value: Any) -> Any:
    return lambda: value
