"""The client's table of collections is the server's."""

import json

import pytest

from schema import COLLECTIONS, SCHEMA_VERSION
from trackforge_client import contracts
from trackforge_client.contracts import CONTRACTS


def test_the_versions_agree() -> None:
    assert contracts.SCHEMA_VERSION == SCHEMA_VERSION


def test_the_collections_agree() -> None:
    assert list(CONTRACTS) == list(COLLECTIONS)


@pytest.mark.parametrize("name", list(COLLECTIONS))
def test_a_collection_is_known_as_it_is_declared(name: str) -> None:
    known, declared = CONTRACTS[name], COLLECTIONS[name]
    fields = declared.fields.values()
    assert known.fields == tuple(field.name for field in fields)
    assert known.required == tuple(field.name for field in fields if field.required)
    assert json.loads(json.dumps(known.defaults)) == {
        field.name: field.default for field in fields if field.default is not None
    }
    assert {known.group_of(field.name) for field in fields} == set(declared.registers.values())
    key = declared.natural_key
    assert known.natural_key == (None if key is None else key.parts)
    assert known.natural_when == (None if key is None else key.when)
