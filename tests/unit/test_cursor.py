"""Cursors: bound to their user, short, URL-safe, and readable by releases with one position."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema import COLLECTIONS
from sync_server.security.sealed_token import seal
from sync_server.sync.engine import cursor as module
from sync_server.sync.engine.cursor import (
    Cursor,
    MalformedCursor,
    Position,
    decode_cursor,
    encode_cursor,
    filter_digest,
)

USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
NAMES = sorted(COLLECTIONS)
epochs = st.integers(0, 2**63 - 1)


def _positions(greatest: int) -> st.SearchStrategy[Position]:
    return st.builds(Position, st.integers(0, greatest), st.just(0) | st.integers(0, greatest))


def _cursors(greatest: int) -> st.SearchStrategy[Cursor]:
    positions = _positions(greatest)
    named = st.dictionaries(st.sampled_from(NAMES), positions, min_size=1)
    return (
        st.builds(Cursor, epochs, positions)
        | st.builds(Cursor, epochs, st.none(), named)
        | st.builds(Cursor, epochs, positions, named)
    )


@given(_cursors(2**20))
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    token = encode_cursor(cursor, USER)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}", token)
    decoded = decode_cursor(token, USER)
    assert decoded.epoch == cursor.epoch
    for name in NAMES:
        assert decoded.position(name) == cursor.position(name)


@given(_cursors(2**53))
def test_a_cursor_that_is_too_long_goes_back_and_never_forward(cursor: Cursor) -> None:
    token = encode_cursor(cursor, USER)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}", token)
    decoded = decode_cursor(token, USER)
    for name in NAMES:
        before, after = cursor.position(name), decoded.position(name)
        if before is None:
            assert after is None
        else:
            assert after is not None
            assert after == before or (after.version <= before.version and not after.start)


@given(_cursors(2**20))
def test_another_user_cannot_read_it(cursor: Cursor) -> None:
    with pytest.raises(MalformedCursor):
        decode_cursor(encode_cursor(cursor, USER), USER.replace("0", "1"))


@pytest.mark.parametrize("names", [None, ["foods"], ["meals", "foods"], NAMES])
def test_a_token_of_a_release_with_one_position_is_read(names: list[str] | None) -> None:
    digest = filter_digest(names)
    token = seal(module._FIELDS.pack(1, 7, 42, 0, digest), USER)
    cursor = decode_cursor(token, USER)
    assert cursor.epoch == 7
    for name in NAMES:
        known = names is None or name in names
        assert cursor.position(name) == (Position(42) if known else None)
    assert encode_cursor(cursor, USER) == token


@given(st.text(max_size=80))
def test_any_other_text_is_rejected(text: str) -> None:
    with pytest.raises(MalformedCursor):
        decode_cursor(text, USER)


@given(_cursors(2**20), st.data())
def test_a_changed_character_is_noticed(cursor: Cursor, data: st.DataObject) -> None:
    token = encode_cursor(cursor, USER)
    index = data.draw(st.integers(0, len(token) - 1))
    other = "A" if token[index] != "A" else "B"
    with pytest.raises(MalformedCursor):
        decode_cursor(token[:index] + other + token[index + 1 :], USER)


def test_short_names_differ() -> None:
    assert len({module._short(name) for name in COLLECTIONS}) == len(COLLECTIONS)
