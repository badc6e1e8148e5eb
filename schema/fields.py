"""The kinds of field that are not text: each takes nothing for what it is not.

Each also knows the msgspec type that takes the same values, from which the fast path is made, and
its limits in the words of JSON Schema, from which clients learn them.
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
    """The root of all kinds. `take` has the last word; the tests hold `fast_type` to it."""

    @abstractmethod
    def take(self, value: Any) -> Value:
        """The JSON value in canonical form; raises ValidationError."""

    @abstractmethod
    def fast_type(self) -> Any:
        """The msgspec type; the caller sees to NFC, NUL and `fast_check`."""

    @abstractmethod
    def limits(self) -> dict[str, Json]:
        """What is taken, in the words of JSON Schema."""

    def fast_check(self) -> Check | None:
        """What a type cannot say about a value that the fast path decoded."""
        return None

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Value:
        return self.take(value)


class Number(Kind[float]):
    """A finite number from `least` to `most`, a multiple of `step` if that is given."""

    def __init__(self, least: float, most: float, step: float | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most, self.step = least, most, step

    def fast_type(self) -> Any:
        """A float within the same bounds."""
        return Annotated[float, Meta(ge=self.least, le=self.most, multiple_of=self.step)]

    def limits(self) -> dict[str, Json]:
        """Bounds, and the step where there is one."""
        bounds: dict[str, Json] = {"type": "number", "minimum": self.least, "maximum": self.most}
        return bounds | ({"multipleOf": self.step} if self.step else {})

    def take(self, value: Any) -> float:
        """The number as a float, so that 80 and 80.0 are stored alike."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        number = float(value)
        if not self.least <= number <= self.most:
            raise ValidationError(f"Must be from {self.least:,} to {self.most:,}.")
        if self.step and not (number / self.step).is_integer():
            raise ValidationError(f"Must be a multiple of {self.step:g}.")
        return number


class Integer(Kind[int]):
    """A whole number from `least` to `most`, written as one (`5`, not `5.0`)."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.least, self.most = least, most

    def fast_type(self) -> Any:
        """An int within the same bounds."""
        return Annotated[int, Meta(ge=self.least, le=self.most)]

    def limits(self) -> dict[str, Json]:
        """Bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def take(self, value: Any) -> int:
        """The number; one beyond 64 bits comes from the parser as a float and is refused too."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a whole number.")
        if not self.least <= value <= self.most:
            raise ValidationError(f"Must be from {self.least:,} to {self.most:,}.")
        if not isinstance(value, int):
            raise ValidationError("Must be a whole number, written without fraction or exponent.")
        return value


class Flag(Kind[bool]):
    """True or false, not something like it."""

    def fast_type(self) -> Any:
        """A bool."""
        return bool

    def limits(self) -> dict[str, Json]:
        """Only the type."""
        return {"type": "boolean"}

    def take(self, value: Any) -> bool:
        """The flag."""
        if not isinstance(value, bool):
            raise ValidationError("Neither true nor false.")
        return value


class Choice(Kind[str]):
    """One of a few words."""

    def __init__(self, *words: str, **more: Any) -> None:
        super().__init__(**more)
        self.words = words

    def fast_type(self) -> Any:
        """A literal of the words."""
        return Literal[self.words]

    def limits(self) -> dict[str, Json]:
        """The words."""
        return {"type": "string", "enum": list(self.words)}

    def take(self, value: Any) -> str:
        """The word."""
        if not isinstance(value, str) or value not in self.words:
            raise ValidationError(f"Must be one of {', '.join(self.words)}.")
        return value
