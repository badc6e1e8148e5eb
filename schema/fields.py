"""Field types that are not text: strict, without coercion between JSON types.

Each type also gives the msgspec type of the fast path, and the JSON Schema that clients read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from marshmallow import ValidationError, fields
from msgspec import Meta

from schema.ids import Json

Value = TypeVar("Value")
Check = Callable[[Any], bool]


class Kind(fields.Field[Value], ABC, Generic[Value]):
    """Base class of all field types.

    `normalize` is authoritative; tests compare `struct_type` and `struct_check` with it.
    """

    # Not named `validate`: marshmallow sets an attribute of that name on every field.
    @abstractmethod
    def normalize(self, value: Any) -> Value:
        """Canonical form of a valid JSON value; raises ValidationError."""

    @abstractmethod
    def struct_type(self) -> Any:
        """Type of the field in a msgspec Struct; the decoder handles NFC, NUL and checks."""

    @abstractmethod
    def json_schema(self) -> dict[str, Json]:
        """JSON Schema of a value, without null."""

    def struct_check(self) -> Check | None:
        """Check of a decoded value, for rules that `struct_type` cannot express."""
        return None

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Value:
        return self.normalize(value)


class Number(Kind[float]):
    """Finite number from `minimum` to `maximum`, a multiple of `step` if that is given."""

    def __init__(
        self, minimum: float, maximum: float, step: float | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.minimum, self.maximum, self.step = minimum, maximum, step

    def struct_type(self) -> Any:
        """Float within the same bounds."""
        return Annotated[float, Meta(ge=self.minimum, le=self.maximum, multiple_of=self.step)]

    def json_schema(self) -> dict[str, Json]:
        """Number with its bounds, and the step if there is one."""
        schema: dict[str, Json] = {
            "type": "number",
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        return schema | ({"multipleOf": self.step} if self.step else {})

    def normalize(self, value: Any) -> float:
        """Number as a float, so that 80 and 80.0 are stored alike."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        number = float(value)
        if not self.minimum <= number <= self.maximum:
            raise ValidationError(f"Must be from {self.minimum:,} to {self.maximum:,}.")
        if self.step and not (number / self.step).is_integer():
            raise ValidationError(f"Must be a multiple of {self.step:g}.")
        return number


class Integer(Kind[int]):
    """Whole number from `minimum` to `maximum`, written as one (`5`, not `5.0`)."""

    def __init__(self, minimum: int, maximum: int, **options: Any) -> None:
        super().__init__(**options)
        self.minimum, self.maximum = minimum, maximum

    def struct_type(self) -> Any:
        """Int within the same bounds."""
        return Annotated[int, Meta(ge=self.minimum, le=self.maximum)]

    def json_schema(self) -> dict[str, Json]:
        """Integer with its bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def normalize(self, value: Any) -> int:
        """Integer, unchanged. The parser reads one beyond 64 bits as a float: rejected too."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a whole number.")
        if not self.minimum <= value <= self.maximum:
            raise ValidationError(f"Must be from {self.minimum:,} to {self.maximum:,}.")
        if not isinstance(value, int):
            raise ValidationError("Must be a whole number, written without fraction or exponent.")
        return value


class Flag(Kind[bool]):
    """Boolean: `true` or `false`, and no value that merely resembles one."""

    def struct_type(self) -> Any:
        """Bool."""
        return bool

    def json_schema(self) -> dict[str, Json]:
        """Boolean."""
        return {"type": "boolean"}

    def normalize(self, value: Any) -> bool:
        """Boolean, unchanged."""
        if not isinstance(value, bool):
            raise ValidationError("Neither true nor false.")
        return value


class Choice(Kind[str]):
    """Enumeration of strings."""

    def __init__(self, *choices: str, **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices

    def struct_type(self) -> Any:
        """Literal of the choices."""
        return Literal[self.choices]

    def json_schema(self) -> dict[str, Json]:
        """String with an enumeration."""
        return {"type": "string", "enum": list(self.choices)}

    def normalize(self, value: Any) -> str:
        """Choice, unchanged."""
        if not isinstance(value, str) or value not in self.choices:
            raise ValidationError(f"Must be one of {', '.join(self.choices)}.")
        return value
