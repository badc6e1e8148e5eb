"""Effect of a write on a local record; pure, and the same as on the server."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from trackforge_client.device.contract import Contract
from trackforge_client.device.json_types import Fields, Json


@dataclass(frozen=True, slots=True)
class RecordState:
    """Content of a record at one moment; a deleted one retains its last data."""

    data: dict[str, Json]
    deleted: bool = False


def overlay(contract: Contract, state: RecordState | None, op: str, data: Fields) -> RecordState:
    """State after a `put`, `patch` or `delete` without concurrent writes.

    A put retains fields that this contract does not know: a newer app wrote them. A patch retains
    the fields that it does not name.
    """
    before: Fields = state.data if state else {}
    if op == "delete":
        return RecordState(dict(before), deleted=True)
    if op == "put":
        retained = {name: value for name, value in before.items() if name not in contract.fields}
        written = set(contract.fields)
    else:
        retained = {name: value for name, value in before.items() if name not in data}
        written = set(data) if state else set(data) | set(contract.defaults)
    defaults = {name: value for name, value in contract.defaults.items() if name in written}
    return RecordState(drop_nulls({**retained, **defaults, **drop_nulls(data)}))


def drop_nulls(data: Fields) -> dict[str, Json]:
    """Fields with a value: null and absent are the same."""
    return {name: value for name, value in data.items() if value is not None}


def nfc_text(value: Json) -> Json:
    """Value with all texts in Unicode's composed form (NFC), as on the server."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [nfc_text(item) for item in value]
    if isinstance(value, dict):
        return {name: nfc_text(item) for name, item in value.items()}
    return value


def with_ids_replaced(value: Json, names: Mapping[str, str]) -> Json:
    """Value with every text that is a key of `names` replaced."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [with_ids_replaced(item, names) for item in value]
    if isinstance(value, dict):
        return {name: with_ids_replaced(item, names) for name, item in value.items()}
    return value
