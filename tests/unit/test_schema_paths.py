"""Two validators, one verdict: over generated good and bad records of every collection."""

import json
import os
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.ids import UserId
from schema.validate import Invalid, complete, validate_patch, validate_put, validate_put_fast
from tests.unit.edges import fullest, inside, outside, placed, smallest, with_text
from tests.unit.records import BAD, any_json, bad_texts_of, record_of, texts_of

USER = UserId("0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11")
# `make fuzz` tries more.
MORE = int(os.environ.get("EXAMPLES", "1"))
each_collection = pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)


def exact(value: object) -> bytes:
    """One text for one value, in which 1, 1.0 and true differ."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def taken(collection: Collection, raw: bytes) -> dict[str, Any] | None:
    """Record normalized by the declaration; None if it is rejected."""
    try:
        return validate_put(collection, raw, SCHEMA_VERSION)
    except Invalid as refused:
        assert refused.code == "invalid_record"
        assert refused.detail
        orjson.dumps(refused.errors)
        return None


def agree(collection: Collection, raw: bytes) -> None:
    """The fast path takes nothing else, and takes at once what the declaration has made of it."""
    slow, fast = taken(collection, raw), validate_put_fast(collection, raw)
    if fast is None:
        if slow is not None and b"\\" not in exact(slow):
            again = validate_put_fast(collection, exact(slow))
            assert again is not None
            assert exact(orjson.loads(again.text)) == exact(slow)
        return
    assert slow is not None
    assert exact(orjson.loads(fast.text)) == exact(slow)
    assert fast.day == (slow[collection.day_field] if collection.day_field else None)
    assert fast.parent_id == slow.get(collection.parent_field or "")
    assert fast.canonical_id(USER) == collection.canonical_id(USER, slow)


@each_collection
def test_both_take_what_is_just_inside_a_limit(collection: Collection) -> None:
    for name, field in collection.schema.fields.items():
        for value in inside(field):
            record = smallest(collection.schema) | {name: value}
            raw = json.dumps(record, ensure_ascii=False).encode()
            assert taken(collection, raw) is not None, (name, value)
            assert validate_put_fast(collection, raw) is not None, (name, value)
            agree(collection, raw)
    agree(collection, json.dumps(fullest(collection.schema), ensure_ascii=False).encode())


@each_collection
def test_all_refuse_what_is_just_outside_a_limit(collection: Collection) -> None:
    for name, field in collection.schema.fields.items():
        for text in placed(field, outside):
            raw = with_text(smallest(collection.schema), name, text).encode()
            assert taken(collection, raw) is None, (name, text[:99])
            assert validate_put_fast(collection, raw) is None, (name, text[:99])
            with pytest.raises(Invalid):
                validate_patch(collection, raw, SCHEMA_VERSION)


@each_collection
def test_both_agree_on_every_known_trap_in_every_place(collection: Collection) -> None:
    for name, field in collection.schema.fields.items():
        for text in placed(field, lambda _: BAD):
            agree(collection, with_text(smallest(collection.schema), name, text).encode())


@each_collection
@settings(max_examples=15 * MORE)
@given(data=st.data())
def test_good_records_are_taken_alike(collection: Collection, data: st.DataObject) -> None:
    record = data.draw(record_of(collection.schema))
    raw = unicodedata.normalize("NFC", json.dumps(record, ensure_ascii=False)).encode()
    agree(collection, raw)
    assert taken(collection, raw) is not None
    defaulted = (it.name for it in collection.fields.values() if it.default is not None)
    nulled = any(record.get(name, "") is None for name in defaulted)
    if b"\\u" not in raw and not nulled:
        assert validate_put_fast(collection, raw) is not None


@each_collection
@settings(max_examples=12 * MORE)
@given(data=st.data())
def test_any_spelling_is_taken_alike(collection: Collection, data: st.DataObject) -> None:
    agree(collection, data.draw(texts_of(collection.schema)).encode())


@each_collection
@settings(max_examples=24 * MORE)
@given(data=st.data())
def test_bad_records_are_refused_alike(collection: Collection, data: st.DataObject) -> None:
    agree(collection, data.draw(bad_texts_of(collection.schema)).encode())


@each_collection
@settings(max_examples=24 * MORE)
@given(raw=st.binary(max_size=60) | any_json.map(str.encode), newer=st.booleans())
def test_any_bytes_end_in_a_record_or_in_words(
    collection: Collection, raw: bytes, newer: bool
) -> None:
    agree(collection, raw)
    for validate in (validate_put, validate_patch):
        try:
            validate(collection, raw, SCHEMA_VERSION + newer)
        except Invalid as refused:
            assert refused.detail


@each_collection
@pytest.mark.parametrize("name", ["unknown", "date", "name", "notes"])
def test_whatever_a_field_holds_ends_in_a_record_or_in_words(
    collection: Collection, name: str
) -> None:
    for text in BAD:
        raw = f'{{"{name}": {text}}}'.encode()
        for validate in (validate_put, validate_patch):
            for version in (SCHEMA_VERSION, SCHEMA_VERSION + 1):
                try:
                    orjson.dumps(validate(collection, raw, version))
                except Invalid as refused:
                    assert refused.code in ("invalid_record", "incomplete_group")


@each_collection
@settings(max_examples=15 * MORE)
@given(data=st.data())
def test_a_patch_takes_what_a_put_takes(collection: Collection, data: st.DataObject) -> None:
    raw = data.draw(texts_of(collection.schema) | bad_texts_of(collection.schema)).encode()
    put = taken(collection, raw)
    if put is None:
        return
    registers = validate_patch(collection, raw, SCHEMA_VERSION)
    patched = {
        name: value
        for register, named in registers.items()
        for name, value in complete(collection, register, named, {}).items()
    }
    defaults = {
        spec.name: spec.default
        for spec in collection.fields.values()
        if spec.default is not None and spec.register not in registers
    }
    assert exact(patched | defaults) == exact(put)


@each_collection
def test_invalid_utf8_is_refused(collection: Collection) -> None:
    for raw in (b'{"notes":"\xff"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\xc0\x80"}', b"\xff"):
        assert validate_put_fast(collection, raw) is None
        assert taken(collection, raw) is None
