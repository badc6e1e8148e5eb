"""Examples of bodies, derived from the declarations."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from schema.collection import Collection, FieldSpec
from schema.ids import Json

EXAMPLES_BY_FORMAT: Mapping[str, Json] = {
    "uuid": "0192f0c4-6f0e-7c4e-9a53-000000000001",
    "date": "2026-11-23",
    "date-time": "2026-11-23T18:00:00+08:00",
}
# More readable values than the smallest that the limits allow.
EXAMPLES_BY_NAME: Mapping[str, Json] = {
    "days_of_week": [1, 3, 5],
    "energy_kcal": 389.0,
    "protein_g": 16.9,
    "carbs_g": 66.3,
    "fat_g": 6.9,
    "grams": 80.0,
    "weight_kg": 81.4,
}


def put_example(collection: Collection) -> dict[str, Json]:
    """Example of a POST or PUT: the required fields, or one field if none is required.

    Of alternatives it has the first.
    """
    specs = list(collection.fields.values())
    chosen = collection.alternatives[0] if collection.alternatives else ()
    required = [spec for spec in specs if spec.required or spec.name in chosen] or specs[:1]
    return {spec.name: _value(collection, spec) for spec in required}


def patch_example(collection: Collection) -> dict[str, Json]:
    """Example of a PATCH: the first register that is not parent, day or natural key."""
    key = collection.natural_key.parts if collection.natural_key else ()
    excluded = (*key, collection.parent_field, collection.day_field)
    registers = collection.registers
    name = next((name for name in registers if name not in excluded), next(iter(registers)))
    members = registers[name]
    specs = [collection.fields[member] for member in members]
    named = [spec for spec in specs if spec.required] or [collection.fields[name]]
    return {spec.name: _value(collection, spec) for spec in named}


def _value(collection: Collection, spec: FieldSpec) -> Json:
    plural = collection.name.replace("_", " ")
    known = EXAMPLES_BY_NAME.get(spec.name, f"One of the {plural}" if spec.name == "name" else None)
    field: Any = collection.schema.fields[spec.name]
    try:
        return (
            known
            if known is not None and field.normalize(known) == known
            else _minimal(spec.json_schema)
        )
    except ValidationError:
        return _minimal(spec.json_schema)


def _minimal(limits: Mapping[str, Json]) -> Json:
    """The smallest value that the limits allow."""
    choices, minimum = limits.get("enum"), limits.get("minimum", 0)
    if isinstance(choices, list):
        return choices[0]
    match limits["type"]:
        case "string":
            return EXAMPLES_BY_FORMAT.get(str(limits.get("format")), "Example")
        case "boolean":
            return True
        case "array":
            return []
        case "object":
            return {}
        case _:
            return max(minimum, 1) if isinstance(minimum, int | float) else 1
