"""Typed names of collections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

RecordT = TypeVar("RecordT", bound=Mapping[str, object])
RecordT_co = TypeVar("RecordT_co", bound=Mapping[str, object], covariant=True)


@dataclass(frozen=True, slots=True)
class Table(Generic[RecordT_co]):
    """Name of a collection with the type of its records; see `record_types`."""

    name: str

    def __str__(self) -> str:
        return self.name


CollectionName: TypeAlias = str | Table[Mapping[str, object]]
