"""Generator of trackforge_client/contracts.json, from the server's declarations in schema/."""

import json
from pathlib import Path

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection

TARGET = Path(__file__).parent / "trackforge_client" / "contracts.json"


def declared(collection: Collection) -> dict[str, object]:
    """Contract of a collection as JSON; empty members are left out."""
    fields = collection.fields.values()
    key = collection.natural_key
    members = {
        "fields": [field.name for field in fields],
        "groups": [list(names) for names in collection.registers.values() if len(names) > 1],
        "required": [field.name for field in fields if field.required],
        "defaults": {field.name: field.default for field in fields if field.default is not None},
        "natural_when": key.when if key else None,
    }
    present: dict[str, object] = {name: value for name, value in members.items() if value}
    return present | ({"natural_key": list(key.parts)} if key else {})


def contracts_text() -> str:
    """Text of the file, one collection per line."""
    lines = [
        f"    {json.dumps(name)}: {json.dumps(declared(collection))}"
        for name, collection in COLLECTIONS.items()
    ]
    inner = ",\n".join(lines)
    return f'{{"schema_version": {SCHEMA_VERSION}, "collections": {{\n{inner}\n}}}}\n'


if __name__ == "__main__":
    TARGET.write_text(contracts_text(), "utf-8")
