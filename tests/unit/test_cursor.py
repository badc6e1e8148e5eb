"""A cursor is bound to its user and its filter, short, URL-safe, and survives nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.sync.engine.cursor import Cursor, MalformedCursor, decode_cursor, encode_cursor

USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
cursors = st.builds(Cursor, st.integers(0, 2**63 - 1), st.integers(0, 2**53), st.integers(0, 2**53))
filters = st.none() | st.lists(st.sampled_from(("foods", "meals", "programs")), min_size=1)


@given(cursors, filters)
def test_a_cursor_comes_back_as_it_was(cursor: Cursor, collections: list[str] | None) -> None:
    token = encode_cursor(cursor, USER, collections)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}", token)
    assert decode_cursor(token, USER, collections) == cursor


@given(cursors, filters)
def test_another_user_cannot_read_it(cursor: Cursor, collections: list[str] | None) -> None:
    token = encode_cursor(cursor, USER, collections)
    with pytest.raises(MalformedCursor):
        decode_cursor(token, USER.replace("0", "1"), collections)


def test_another_filter_is_refused_and_the_same_in_another_order_is_not() -> None:
    token = encode_cursor(Cursor(1, 2), USER, ["foods", "meals"])
    assert decode_cursor(token, USER, ["meals", "foods"]) == Cursor(1, 2)
    for other in (None, ["foods"], ["foods", "programs"]):
        with pytest.raises(MalformedCursor):
            decode_cursor(token, USER, other)


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedCursor):
        decode_cursor(text, USER, None)


@given(cursors, st.data())
def test_a_changed_character_is_noticed(cursor: Cursor, data: st.DataObject) -> None:
    token = encode_cursor(cursor, USER, None)
    place = data.draw(st.integers(0, len(token) - 1))
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(MalformedCursor):
        decode_cursor(token[:place] + other + token[place + 1 :], USER, None)
