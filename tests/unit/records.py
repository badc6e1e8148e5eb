"""Strategies of Hypothesis for records of any collection: valid ones, and almost valid ones."""

import datetime
import json
from typing import Any

from hypothesis import strategies as st
from marshmallow import Schema

from schema.fields import Choice, Flag, Integer, Number
from schema.nested import Items, Map, Object
from schema.texts import Day, Id, Text, TimeOfDay, Timestamp, TimeZone

MARK = "@@"
TIMES = ("2026-11-23T02:11:45.123Z", "2026-02-28T23:59:59+08:00", "1900-01-01T00:00:00.1-15:59")

# JSON texts that some parsers are known to misread.
BAD = [
    "null", "true", '""', '"5"', '"５"', "5", "5.0", "-0", "-0.0", "1e2", "1E+2", "1.5", "1e400",
    "1e-400", "-1", "[]", "{}", "[1]", "[1.0]", "[7,7]", "[null]", str(2**63), str(-(2**63) - 1),
    str(2**64), "9" * 5000, "1" + "0" * 400, "0." + "3" * 400, "01", "+1", "1.", ".5", "0x1", "1_0",
    "NaN", "Infinity", "-Infinity", "undefined", "True", "'x'", '"a\\u0000b"', '"a\x00b"',
    '"a\tb"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0041"', '"\\x41"',
    '"e\\u0301"', '"e\u0301"', '"\u0301e"', '"\\n\u0303"', '"\u212b"', '"\\\\u0000"', '"\\/"',
    '"0001-01-01"', '"2026-02-30"', '"2026-02-29"', '"2028-02-29"', '"2026-2-3"', '"1899-12-31"',
    '"2200-01-01"', '"２０２６-11-23"', '"2026-11-23\\n"', '"2026-11-23T00:00:00Z"', '"20261123"',
    '"2026-11-23T00:00:00"', '"2026-11-23T24:00:00Z"', '"2026-11-23T00:00:60Z"',
    '"2026-11-23 00:00:00Z"', '"2026-02-30T00:00:00Z"', '"2026-11-23T00:00:00+16:00"', '"24:00"',
    '"9:30"', '"09:30:00"', '"0192F0C4-6F0E-7C4E-9A53-0A4F4F1F2B11"',
    '"0192f0c46f0e7c4e9a530a4f4f1f2b11"', '"{192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11}"',
    '"0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b1１"', '"Asia/taipei"', '"localtime"', '"../UTC"',
    '"normal "', '"Normal"', '"x\\n"', "[" * 10_000, '{"a":' * 10_000, "[" * 900 + "]" * 900,
    '"' + "x" * 20_000 + '"', '"' + "é" * 20_000 + '"', '[{"name":"cup","grams":"1"}]',
    '[{"name":"cup","grams":1,"more":1}]', '[{"name":"cup","grams":1,"grams":true}]',
    '{"8":"x"}', '{"1":"x","1":"y"}', '{"1":null}', '[{"name":"a","exercises":[{}]}]',
]  # fmt: skip

numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
).map(json.dumps)
bad_texts = st.sampled_from(BAD) | numbers | any_json


def good(field: Any) -> st.SearchStrategy[Any]:
    """Strategy of the values that the field accepts."""
    match field:
        case Id():
            return st.uuids().map(str)
        case Day():
            return st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)).map(str)
        case TimeOfDay():
            return st.times().map(lambda time: f"{time:%H:%M}")
        case Timestamp():
            return st.sampled_from(TIMES)
        case TimeZone():
            return st.sampled_from(("Asia/Taipei", "UTC", "Europe/Berlin"))
        case Text():
            alphabet = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
            return st.text(alphabet, max_size=12, min_size=field.min_length)
        case Number(step=None):
            return st.floats(field.minimum, field.maximum) | st.just(round(field.maximum / 2))
        case Number():
            return st.integers(2, 20).map(lambda half: half / 2)
        case Integer():
            return st.integers(field.minimum, field.maximum)
        case Flag():
            return st.booleans()
        case Choice():
            return st.sampled_from(field.choices)
        case Items():
            return st.lists(good(field.inner), max_size=3, unique=field.unique)
        case Object():
            return record_of(field.schema)
        case Map():
            return st.dictionaries(st.sampled_from(field.keys), good(field.inner), max_size=3)
    raise AssertionError(field)


def record_of(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Whole records, some of their optional fields at null."""
    return st.one_of([_record_with(schema, names) for names in alternatives_of(schema)])


def alternatives_of(schema: Schema) -> tuple[tuple[str, ...], ...]:
    """The alternatives of the declaration; one empty alternative without any."""
    return getattr(schema.opts, "alternatives", ()) or ((),)


def _record_with(schema: Schema, chosen: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    fields: dict[str, Any] = dict(schema.fields)
    needed = {name for name, field in fields.items() if field.required or name in chosen}
    return st.fixed_dictionaries(
        {name: good(fields[name]) for name in fields if name in needed},
        optional={name: st.none() | good(fields[name]) for name in fields if name not in needed},
    )


@st.composite
def texts_of(draw: st.DrawFn, schema: Schema) -> str:
    """JSON text of records as clients write them: any spacing, any escapes, any normal form."""
    return spelled(draw, draw(record_of(schema)))


@st.composite
def bad_texts_of(draw: st.DrawFn, schema: Schema) -> str:
    """JSON text of records that something is done to, somewhere, on the top level or below."""
    record: Any = draw(record_of(schema))
    container: Any = record
    while isinstance(container, dict | list) and container:
        positions = list(container) if isinstance(container, dict) else range(len(container))
        at = draw(st.sampled_from(positions))
        if not isinstance(container[at], dict | list) or not container[at] or draw(st.booleans()):
            break
        container = container[at]
    if not isinstance(container, list) and draw(st.booleans()):
        at = draw(st.sampled_from([*schema.fields, "unknown", ""]))
    elif not container:
        return draw(bad_texts)
    if isinstance(container, dict) and at in container and draw(st.integers(0, 4)) == 0:
        del container[at]
    else:
        container[at] = MARK
    text = spelled(draw, record).replace(f'"{MARK}"', draw(bad_texts), 1)
    return draw(st.sampled_from((text, text, text, text + "x", "\ufeff" + text, text[:-1])))


def spelled(draw: st.DrawFn, record: dict[str, Any]) -> str:
    """One of the ways to write it, sometimes with a key that comes twice."""
    space = draw(st.sampled_from(("", " ", "\n\t", "\r", "\x0b")))
    ascii_only = draw(st.booleans())
    pairs = [
        f"{json.dumps(name)}{space}:{space}{json.dumps(value, ensure_ascii=ascii_only)}"
        for name, value in record.items()
    ]
    if pairs and draw(st.integers(0, 4)) == 0:
        pairs.insert(0, draw(st.sampled_from(pairs)))
    return f"{space}{{{space}{f'{space},{space}'.join(pairs)}{space}}}{space}"
