"""Values just inside and just outside the limits of a field, at any depth."""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import Schema

from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Map, Object
from schema.texts import Day, Id, Text, TimeOfDay, Timestamp, TimeZone
from tests.unit.records import BAD, TIMES, alternatives_of

NEVER = ["-", "1e400", "NaN", str(2**63), str(2**64), '"\\ud800"', '"\\u0000"', "[" * 10_000]
GOOD_DAY, GOOD_MOMENT = '"2028-02-29"', '"2026-11-23T00:00:00Z"'


def inside(field: Any) -> list[Any]:
    """Valid values at the limits of the field; the first is small."""
    match field:
        case Id():
            return ["0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11", "f" * 8 + "-ffff" * 3 + "-" + "f" * 12]
        case Day():
            return ["1900-01-01", "2199-12-31", "2028-02-29", "2000-02-29"]
        case TimeOfDay():
            return ["00:00", "23:59"]
        case Timestamp():
            return list(TIMES)
        case TimeZone():
            return ["UTC", "America/Argentina/ComodRivadavia"]
        case Text():
            return [
                "x" * field.min_length,
                "x" * field.max_length,
                "é" * field.max_length,
                "😀" * field.max_length,
            ]
        case Number():
            between = [field.minimum + field.step] if field.step else [field.minimum + 0.123456789]
            return [field.minimum, field.maximum, float(field.minimum), *between]
        case Integer():
            return [field.minimum, field.maximum]
        case Flag():
            return [True, False]
        case Choice():
            return list(field.choices)
        case Items():
            first = inside(field.inner)[0]
            full = (
                list(range(1, field.max_items + 1)) if field.unique else [first] * field.max_items
            )
            return [[first] * field.min_items, full]
        case Object():
            return [smallest(field.schema), fullest(field.schema)]
        case Map():
            return [{}, dict.fromkeys(field.keys, inside(field.inner)[0])]
    raise AssertionError(field)


def smallest(schema: Schema) -> dict[str, Any]:
    """Record with the required fields only, and those of the first alternative."""
    return {name: inside(schema.fields[name])[0] for name in needed_of(schema)}


def needed_of(schema: Schema) -> list[str]:
    """The required fields, and those of the first alternative."""
    chosen = alternatives_of(schema)[0]
    return [name for name, field in schema.fields.items() if field.required or name in chosen]


def fullest(schema: Schema) -> dict[str, Any]:
    """A record with every field."""
    return {name: inside(field)[-1] for name, field in schema.fields.items()}


def outside(field: Any) -> list[str]:
    """JSON texts that the field rejects: of another type, or just beyond a limit."""
    texts = [*NEVER]
    texts += [] if isinstance(field, Flag) else ["true", "false"]
    texts += [] if isinstance(field, Items) else ["[]", "[1]"]
    texts += [] if isinstance(field, Object | Map) else ["{}"]
    texts += [] if isinstance(field, Integer | Number) else ["5", "0", "1.5"]
    texts += [] if isinstance(field, Text) else ['""', '"5"', '"５"', '"2026-11-23"']
    match field:
        case Id() | TimeOfDay() | TimeZone() | Choice():
            texts += [text for text in BAD if text.startswith('"')]
        case Day():
            texts += [text for text in BAD if text.startswith('"') and text != GOOD_DAY]
        case Timestamp():
            texts += [text for text in BAD if text.startswith('"') and text != GOOD_MOMENT]
        case Text():
            lengths = [field.max_length + 1] + ([field.min_length - 1] if field.min_length else [])
            texts += [f'"{letter * length}"' for letter in "xé" for length in lengths]
        case Number():
            below = math.nextafter(field.minimum, -math.inf)
            above = math.nextafter(field.maximum, math.inf)
            texts += [repr(below), repr(above), str(field.minimum - 1), str(field.maximum + 1)]
            texts += [repr(field.minimum + field.step / 3)] if field.step else []
        case Integer():
            texts += [str(field.minimum - 1), str(field.maximum + 1)]
            texts += [f"{field.minimum}.0", f"{field.maximum}e0", f"{field.minimum}.5"]
        case Items():
            first = json.dumps(inside(field.inner)[0])
            lengths = [field.max_items + 1] + ([field.min_items - 1] if field.min_items else [])
            texts += [f"[{','.join([first] * length)}]" for length in lengths]
            texts += [f"[{first},{first}]"] if field.unique else []
            texts += [f"[{first},]", "[null]"]
        case Object():
            whole = fullest(field.schema)
            texts += [json.dumps(whole | {"unknown": None})]
            for name in smallest(field.schema):
                texts.append(json.dumps({key: whole[key] for key in whole if key != name}))
                texts.append(json.dumps(whole | {name: None}))
        case Map():
            first = json.dumps(inside(field.inner)[0])
            texts += [f'{{"unknown":{first}}}', f'{{"":{first}}}', f'{{"{field.keys[0]}":null}}']
    return texts


def placed(field: Any, texts_for: Callable[[Any], list[str]]) -> Iterator[str]:
    """The JSON texts for the field, and values of it that hold one of the texts further below."""
    yield from texts_for(field)
    match field:
        case Items():
            yield from (f"[{text}]" for text in placed(field.inner, texts_for))
        case Map():
            yield from (f'{{"{field.keys[0]}":{text}}}' for text in placed(field.inner, texts_for))
        case Object():
            for name, part in field.parts.items():
                for text in placed(part, texts_for):
                    yield with_text(smallest(field.schema), name, text)


def with_text(record: dict[str, Any], name: str, text: str) -> str:
    """The record as JSON text, with one field spelled as given."""
    pairs = {key: json.dumps(value) for key, value in record.items()} | {name: text}
    return "{" + ",".join(f'"{key}":{value}' for key, value in pairs.items()) + "}"
