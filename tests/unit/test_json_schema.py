"""JSON Schemas of the declarations accept the same values, as far as they can express it."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.fields import Integer
from schema.json_schema import patch_schema, put_schema, required_of, stored_schema
from schema.texts import Day, Timestamp, TimeZone
from schema.validate import validate_put
from tests.unit.edges import fullest, inside, needed_of, outside, placed, smallest, with_text
from tests.unit.records import record_of

each_collection = pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)


def takes(schema: Any, value: object) -> bool:
    return validator_for(schema).is_valid(value)


@each_collection
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_a_declaration_takes_its_schema_takes(
    collection: Collection, data: st.DataObject
) -> None:
    record = data.draw(record_of(collection.schema))
    assert takes(put_schema(collection), record)
    part = {name: record[name] for name in data.draw(st.permutations(list(record)))[:2]}
    assert takes(patch_schema(collection), part)


@each_collection
def test_what_is_stored_is_as_its_schema_says(collection: Collection) -> None:
    for record in (smallest(collection.schema), fullest(collection.schema)):
        stored = validate_put(collection, orjson.dumps(record), SCHEMA_VERSION)
        schema = stored_schema(collection) | {"required": required_of(collection)}
        assert takes(schema, stored)


@each_collection
def test_the_edges_are_those_of_the_declaration(collection: Collection) -> None:
    schema = put_schema(collection)
    record, needed = smallest(collection.schema), needed_of(collection.schema)
    for name, field in collection.schema.fields.items():
        for value in inside(field):
            assert takes(schema, record | {name: value}), (name, value)
        assert takes(schema, record | {name: None}) is (name not in needed)
        for text in placed(field, rejected_texts):
            try:
                value = orjson.loads(with_text(record, name, text))
            except orjson.JSONDecodeError:
                continue
            assert not takes(schema, value), (name, text)
    assert not takes(schema, record | {"unknown": 1})


def rejected_texts(field: Any) -> list[str]:
    """Texts that the field rejects, as far as JSON Schema can express it."""
    match field:
        case Integer():  # to JSON Schema 5.0 is a whole number
            return [text for text in outside(field) if not text.endswith((".0", "e0"))]
        case Day() | Timestamp():  # it knows no calendar
            return [
                text for text in outside(field) if "-02-30" not in text and "-02-29" not in text
            ]
        case TimeZone():  # nor the time zones
            return [text for text in outside(field) if not text.startswith('"') or text == '""']
    return outside(field)
