"""The SQL views of operators: every value that a record can hold is shown, none breaks a cast."""

import datetime
import uuid
from typing import Any

import orjson
import pytest

from schema import COLLECTIONS
from schema.nested import Items, Map, Object
from schema.texts import Timestamp
from sync_server.store.postgres import Pool
from tests.support.client import Client
from tests.support.sample_records import new_id
from tests.unit.edges import inside

VARIANTS = range(4)
LARGEST = 60_000


def edge_record(name: str, variant: int) -> dict[str, Any]:
    """A record whose every field stands at one of its edges, as far as a record has room."""
    record: dict[str, Any] = {}
    for field_name, field in COLLECTIONS[name].schema.fields.items():
        values = inside(field)
        value = values[min(variant, len(values) - 1)]
        room = LARGEST - len(orjson.dumps(record))
        if field.required or len(orjson.dumps(value)) < room:
            record[field_name] = value
    return record


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", COLLECTIONS)
async def test_a_record_at_the_edges_of_its_fields_is_shown(
    ann: Client, pool: Pool, name: str, variant: int
) -> None:
    data = edge_record(name, variant)
    id = COLLECTIONS[name].canonical_id(ann.user_id, data) or new_id()
    change = {
        "collection": name,
        "id": id,
        "op": "put",
        "clock": 1_790_000_000_000_001,
        "data": data,
    }
    body = {"device_id": new_id(), "changes": [change]}
    answer = await ann.send("POST", "/sync/push", body, Idempotency_Key=new_id())
    assert answer.json["results"][0]["status"] == "applied", answer.json
    (row,) = await pool.fetch(f"SELECT * FROM v_{name} WHERE user_id = $1", ann.user_id)
    for field_name, value in data.items():
        field, shown = COLLECTIONS[name].schema.fields[field_name], row[field_name]
        if isinstance(field, Items | Object | Map):
            assert orjson.loads(shown) == value
        elif isinstance(field, Timestamp):
            assert shown == datetime.datetime.fromisoformat(value)
        else:
            assert _plain(shown) == value


def _plain(shown: object) -> object:
    return str(shown) if isinstance(shown, datetime.date | uuid.UUID) else shown
