"""The client's table of collections is the server's."""

import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.ids import UserId
from trackforge_client.device import contracts
from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json


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
    assert known.alternatives == declared.alternatives
    key = declared.natural_key
    assert known.natural_key == (None if key is None else key.parts)
    assert known.natural_when == (None if key is None else key.when)


def test_natural_ids_agree_with_the_servers() -> None:
    user = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
    whole: dict[str, Json] = {"date": "2026-11-23", "meal_id": user, "food_id": user}
    for name, declared in COLLECTIONS.items():
        for absent in (None, "date", "meal_id", "food_id"):
            for planned in (True, False, None):
                data = {**whole, "planned": planned}
                data.pop(absent or "", None)
                ours = natural_id(name, CONTRACTS[name], user, data)
                assert ours == declared.canonical_id(UserId(user), data)


def generator_of(name: str) -> ModuleType:
    """Module beside the client's package."""
    path = Path(contracts.__file__).parents[2] / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    return generator


def test_the_generated_files_are_fresh() -> None:
    generator = generator_of("make_contracts")
    assert generator.TARGET.read_text("utf-8") == generator.contracts_text()
    assert generator.TYPES_TARGET.read_text("utf-8") == generator.types_text()


def test_the_copied_ranking_is_fresh() -> None:
    generator = generator_of("make_ranking")
    written = {path.name: path.read_text("utf-8") for path in generator.TARGET.glob("*.py")}
    assert written == {path.name: text for path, text in generator.modules()}
    assert gzip.decompress(generator.NAMES.read_bytes()).decode() == generator.names_text()
