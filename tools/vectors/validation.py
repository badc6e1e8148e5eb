"""Validation: the verdict of each field on values at its limits, and canonical forms of puts."""

import json
from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.fields import Integer
from schema.json_input import Invalid, parse_object
from schema.nested import Items, Map, Object
from schema.validate import validate_put
from tests.unit.edges import inside, needed_of, outside, placed, smallest
from tools.vectors.values import Case, file_text, is_readable, packed

ABOUT = (
    "`fields`: values of a field; `canonical` is the stored form of a valid one, `valid` false "
    "means that the server rejects it. `fraction` marks whole numbers that are written with a "
    "fraction or an exponent (a language with one number type cannot tell them apart). `puts`: "
    'whole records with their stored form, or the names of the fields at fault. {"$repeat": item, '
    '"times": n, "text": bool} stands for a text or a list of n equal items.'
)
_LONGEST = 30_000
UUID = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"


def text() -> str:
    """Text of validation.json."""
    fields = [
        case
        for collection in COLLECTIONS.values()
        for name, field in collection.schema.fields.items()
        for case in _field_cases(collection.name, name, field)
    ]
    puts = [case for collection in COLLECTIONS.values() for case in _put_cases(collection)]
    return file_text(ABOUT, {"fields": fields, "puts": puts})


def _verdict(field: Any, text: str) -> Case:
    """`{valid, canonical}` of a value that is not null; the parser rejects lone surrogates."""
    try:
        canonical = field.deserialize(parse_object(f'{{"value":{text}}}'.encode())["value"])
    except (Invalid, ValidationError):
        return {"valid": False}
    return {"valid": True, "canonical": packed(canonical)}


def _field_cases(collection: str, name: str, field: Any) -> Iterator[Case]:
    texts = [json.dumps(value) for value in inside(field)]
    texts += [*placed(field, outside), '"e\\u0301"', '"\\ud83d\\ude00"', "0.1", "1e-7"]
    seen = set()
    for text in texts:
        if text in seen or not is_readable(text) or len(text) > _LONGEST:
            continue
        seen.add(text)
        if (value := json.loads(text)) is None:
            continue
        base: Case = {"collection": collection, "field": name, "value": packed(value)}
        fraction = {"fraction": True} if _has_whole_float(field, value) else {}
        yield base | fraction | _verdict(field, text)


def _has_whole_float(field: Any, value: Any) -> bool:
    """True if an integer field, here or below, has a whole number that is written as a float."""
    match field:
        case Integer():
            return isinstance(value, float) and value.is_integer()
        case Items() if isinstance(value, list):
            return any(_has_whole_float(field.inner, item) for item in value)
        case Map() if isinstance(value, dict):
            return any(_has_whole_float(field.inner, item) for item in value.values())
        case Object() if isinstance(value, dict):
            parts = field.parts
            return any(_has_whole_float(parts[key], value[key]) for key in value if key in parts)
    return False


def _put_cases(collection: Collection) -> Iterator[Case]:
    whole, required = smallest(collection.schema), needed_of(collection.schema)
    optional = [name for name in collection.fields if name not in required]
    records = [whole, whole | {"unknown": 1}, whole | dict.fromkeys(optional)]
    records += [{name: whole[name] for name in whole if name != absent} for absent in required]
    records += [whole | {absent: None} for absent in required]
    records += _alternative_records(collection, whole)
    for record in records:
        try:
            raw = json.dumps(record).encode()
            result: Case = {"canonical": validate_put(collection, raw, SCHEMA_VERSION)}
        except Invalid as error:
            result = {"errors": sorted(error.errors or {})}
        yield {"collection": collection.name, "data": record} | result


def _alternative_records(collection: Collection, whole: Case) -> Iterator[Case]:
    """Records with the fields of each alternative only, and without one of them."""
    chosen = {name for names in collection.alternatives for name in names}
    common = {name: value for name, value in whole.items() if name not in chosen}
    for names in collection.alternatives:
        own = {name: _short(inside(collection.schema.fields[name])[1]) for name in names}
        yield common | own
        yield from (common | own | {name: None} for name in names)
    if chosen:
        yield common


def _short(value: Any) -> Any:
    return "x" if isinstance(value, str) and len(value) > len(UUID) else value
