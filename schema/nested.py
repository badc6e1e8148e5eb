"""Fields inside fields: lists, objects and maps of the kinds that collections use."""

from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal, Protocol

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields
from msgspec import Meta


class FastField(Protocol):
    """A field that knows the msgspec type that takes the same values."""

    required: bool

    def fast_type(self) -> Any:
        """The msgspec type."""

    def deserialize(self, value: Any, attr: str | None = None) -> Any:
        """The value in canonical form; raises ValidationError."""


class Items(fields.Field[list[Any]]):
    """A list of at most `most` values of one kind; `unique` forbids repeats."""

    def __init__(self, inner: FastField, most: int, least: int = 0, **more: Any) -> None:
        self.unique: bool = more.pop("unique", False)
        super().__init__(**more)
        self.inner, self.most, self.least = inner, most, least

    def fast_type(self) -> Any:
        """The msgspec type; that items are unique is checked beside it."""
        kind = GenericAlias(list, (self.inner.fast_type(),))
        return Annotated[kind, Meta(min_length=self.least, max_length=self.most)]

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("Not a list.")
        if not self.least <= len(value) <= self.most:
            raise ValidationError(f"Must hold {self.least} to {self.most} items.")
        items, errors = [], {}
        for index, item in enumerate(value):
            try:
                items.append(self.inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError({str(index): words for index, words in errors.items()})
        if self.unique and len(set(items)) < len(items):
            raise ValidationError("An item is repeated.")
        return items


class Object(fields.Field[dict[str, Any]]):
    """An object with declared fields; those at null are dropped."""

    def __init__(self, schema: type[Schema], **more: Any) -> None:
        super().__init__(**more)
        self.schema = schema()
        self.parts: Mapping[str, Any] = self.schema.fields
        for part in self.parts.values():
            part.allow_none = not part.required
        self.struct = struct_of(schema.__name__, self.parts)

    def fast_type(self) -> Any:
        """The msgspec type."""
        return self.struct

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        loaded = self.schema.load(value, unknown=RAISE)
        return {name: item for name, item in loaded.items() if item is not None}


class Table(fields.Field[dict[str, Any]]):
    """An object whose keys are a few words and whose values are of one kind."""

    def __init__(self, keys: tuple[str, ...], inner: FastField, **more: Any) -> None:
        super().__init__(**more)
        self.keys, self.inner = keys, inner

    def fast_type(self) -> Any:
        """The msgspec type."""
        return GenericAlias(dict, (Literal.__getitem__(self.keys), self.inner.fast_type()))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("Not an object.")
        table: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for key, item in value.items():
            if key not in self.keys:
                errors[key] = [f"The keys are {', '.join(self.keys)}."]
                continue
            try:
                table[key] = self.inner.deserialize(item)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return table


def struct_of(name: str, parts: Mapping[str, Any]) -> type[msgspec.Struct]:
    """The msgspec Struct of declared fields.

    A field at null or absent is left out when encoded; a default that is not null is written.
    """
    required: list[Any] = []
    optional: list[Any] = []
    for field_name, field in parts.items():
        kind = field.fast_type()
        default = field.metadata.get("default")
        if field.required:
            required.append((field_name, kind))
        elif default is None:
            optional.append((field_name, kind | None, None))
        else:
            factory = msgspec.field(default_factory=_always(default))
            optional.append((field_name, kind, factory))
    return msgspec.defstruct(
        name, [*required, *optional], omit_defaults=True, forbid_unknown_fields=True, gc=False
    )


def _always(value: Any) -> Any:
    return lambda: value
