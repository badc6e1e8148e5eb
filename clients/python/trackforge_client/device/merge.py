"""What a write does to a record as this device sees it; pure, and the same as on the server."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from trackforge_client.device.contract import Contract
from trackforge_client.device.json_types import Fields, Json


@dataclass(frozen=True, slots=True)
class State:
    """A record at one moment; a deleted one keeps its last data."""

    data: dict[str, Json]
    deleted: bool = False


def overlay(contract: Contract, state: State | None, op: str, data: Fields) -> State:
    """The state after a `put`, `patch` or `delete`, as if nobody else had written.

    A put keeps fields that this contract does not know: a newer app wrote them. A patch that
    names one field of a group resets the group's other fields to their defaults.
    """
    before: Fields = state.data if state else {}
    if op == "delete":
        return State(dict(before), deleted=True)
    if op == "put":
        kept = {name: value for name, value in before.items() if name not in contract.fields}
        written = set(contract.fields)
    else:
        touched = {member for name in data for member in contract.group_of(name)}
        kept = {name: value for name, value in before.items() if name not in touched}
        written = touched if state else touched | set(contract.defaults)
    defaults = {name: value for name, value in contract.defaults.items() if name in written}
    return State(without_nulls({**kept, **defaults, **without_nulls(data)}))


def without_nulls(data: Fields) -> dict[str, Json]:
    """The fields that have a value: null and absent are the same."""
    return {name: value for name, value in data.items() if value is not None}


def composed(value: Json) -> Json:
    """The value with all its text in Unicode's composed form (NFC), as the server keeps it."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(item) for item in value]
    if isinstance(value, dict):
        return {name: composed(item) for name, item in value.items()}
    return value


def renamed(value: Json, names: Mapping[str, str]) -> Json:
    """The value with every text that is a key of `names` replaced."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {name: renamed(item, names) for name, item in value.items()}
    return value
