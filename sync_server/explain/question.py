"""Questions: the device, the record or both that an explanation is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from schema import COLLECTIONS
from schema.ids import is_uuid
from sync_server.web.errors import InvalidParameter
from sync_server.web.openapi import Parameter
from sync_server.web.query import invalid_parameter, read_parameters

QUESTION = {
    "device": Parameter({"type": "string", "format": "uuid"}, "Id of the device that lacks it"),
    "record": Parameter(
        {"type": "string", "example": "foods/0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"},
        "Id of the record, with or without its collection and a slash before it",
    ),
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a device, a record or both; `collections` are those the record may be of."""

    device_id: str | None
    record_id: str | None
    collections: tuple[str, ...]


def read_question(pairs: Iterable[tuple[str, str]]) -> Question:
    """The question of a request's parameters; raises InvalidParameter."""
    given = read_parameters(pairs, tuple(QUESTION))
    if not given:
        raise InvalidParameter("Name a device, a record or both.")
    device_id, record = given.get("device"), given.get("record")
    if device_id is not None and not is_uuid(device_id):
        raise invalid_parameter("device", "Not a UUID in canonical lower-case text.")
    collection, slash, record_id = record.rpartition("/") if record else ("", "", None)
    if slash and collection not in COLLECTIONS:
        raise invalid_parameter("record", "There is no such collection.")
    if record is not None and not is_uuid(record_id):
        raise invalid_parameter("record", "Not a UUID in canonical lower-case text.")
    return Question(device_id, record_id, (collection,) if slash else tuple(COLLECTIONS))
