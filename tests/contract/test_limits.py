"""Limits and hostile bodies: each bound held from both sides, and never a failure of the server."""

import functools
import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from .http_client import PREFIX, User
from .records import MINIMAL, food, new_id, put, tick

MAX_CHANGES = 1000
MAX_BYTES = 4 * 1024 * 1024
MAX_RECORD = 64 * 1024
MAX_DEPTH = 16


def _zstd(data: bytes) -> bytes:
    packed: bytes = pytest.importorskip("backports.zstd").compress(data)
    return packed


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": functools.partial(gzip.compress, compresslevel=1),
    "deflate": functools.partial(zlib.compress, level=1),
    "zstd": _zstd,
}


def _text(user: User, *changes: object) -> bytes:
    return json.dumps(user.envelope(*changes)).encode()


def _padded(text: bytes, size: int) -> bytes:
    return text[:-1] + b" " * (size - len(text)) + b"}"


def _change_with(data: bytes, collection: str = "foods") -> bytes:
    change = put(collection, {"mark": 1})
    return json.dumps(change).encode().replace(b'{"mark": 1}', data)


def _body_with(user: User, *changes: bytes) -> bytes:
    return _text(user).replace(b'"changes": []', b'"changes": [' + b",".join(changes) + b"]")


def test_a_push_of_as_many_changes_as_allowed_is_taken(user: User) -> None:
    answer = user.applied(*(put("foods") for _ in range(MAX_CHANGES)))
    assert len(answer["results"]) == MAX_CHANGES


def test_a_push_of_one_change_too_many_is_refused(user: User) -> None:
    answer = user.push_body(user.envelope(*(put("foods") for _ in range(MAX_CHANGES + 1))))
    assert answer.status == 413
    assert "changes" in answer.code
    assert user.changes() == []


@pytest.mark.parametrize("coding", [None, *CODINGS])
def test_a_body_of_as_many_bytes_as_allowed_is_taken(user: User, coding: str | None) -> None:
    body = _padded(_text(user, put("foods")), MAX_BYTES)
    headers = {"Content-Encoding": coding} if coding else {}
    user.push_body(CODINGS[coding](body) if coding else body, headers=headers).ok()
    assert len(user.changes()) == 1


@pytest.mark.parametrize("coding", [None, *CODINGS])
def test_a_body_of_one_byte_too_many_is_refused(anyone: User, coding: str | None) -> None:
    body = _padded(_text(anyone, put("foods")), MAX_BYTES + 1)
    headers = {"Content-Encoding": coding} if coding else {}
    answer = anyone.push_body(CODINGS[coding](body) if coding else body, headers=headers)
    assert answer.status == 413


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused(anyone: User, coding: str) -> None:
    bomb = CODINGS[coding](bytes(64 * 1024 * 1024))
    assert anyone.push_body(bomb, headers={"Content-Encoding": coding}).status == 413


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (MAX_BYTES + 1, 413)])
def test_a_body_that_does_not_tell_its_length_is_measured(
    anyone: User, size: int, status: int
) -> None:
    body = _padded(_text(anyone), size)
    connection = anyone.server.connect()
    token = f"Bearer {anyone.tokens['access_token']}"
    headers = {"Authorization": token, "Idempotency-Key": new_id()}
    parts = iter([body[:500], body[500:]])
    try:
        connection.request("POST", f"{PREFIX}/sync/push", parts, headers, encode_chunked=True)
        assert connection.getresponse().status == status
    finally:
        connection.close()


def test_a_record_just_below_the_limit_is_not_too_large(anyone: User) -> None:
    # Whether a record's envelope counts is left open, hence a little room.
    data = _padded(json.dumps(food()).encode(), MAX_RECORD - 500)
    assert anyone.push_body(_body_with(anyone, _change_with(data))).status == 200


def test_a_record_that_is_too_large_is_refused(user: User) -> None:
    data = json.dumps(food(notes="x" * MAX_RECORD)).encode()
    answer = user.push_body(_body_with(user, _change_with(data)))
    assert answer.status == 413
    assert "record" in answer.code
    assert user.changes() == []


def _nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    inside = b'"a":' if opening == b"{" else b""
    return (opening + inside) * (depth - 1) + opening + closing * depth


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b"{", b"}")])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200, 10_000, 200_000])
def test_json_that_is_nested_too_deeply_is_refused(
    anyone: User, depth: int, opening: bytes, closing: bytes
) -> None:
    data = b'{"name": ' + _nested(depth, opening, closing) + b"}"
    answer = anyone.push_body(_body_with(anyone, _change_with(data)))
    assert answer.status == 413
    whole = anyone.push_body(_nested(depth, opening, closing))
    assert whole.status in (400, 413, 422)


def test_json_that_is_nested_as_deeply_as_allowed_is_only_invalid_data(anyone: User) -> None:
    # The envelope, the list, the change and the data are the four outer levels.
    data = b'{"name": ' + _nested(MAX_DEPTH - 4, b"[", b"]") + b"}"
    answer = anyone.push_body(_body_with(anyone, _change_with(data)))
    assert answer.ok()["results"][0]["status"] == "rejected"


def test_brackets_within_text_are_no_nesting(user: User) -> None:
    user.applied(put("foods", food(name='[[[[[[[[[[{{{{{{{{{{ \\" [[[[[')))


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_push_is_taken(user: User, coding: str) -> None:
    body = CODINGS[coding](_text(user, put("foods")))
    user.push_body(body, headers={"Content-Encoding": coding}).ok()
    assert len(user.changes()) == 1


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("damage", ["not compressed", "cut", "flipped", "followed", "empty"])
def test_a_broken_compressed_body_is_refused(anyone: User, coding: str, damage: str) -> None:
    text = _text(anyone, *(put("foods") for _ in range(20)))
    whole = CODINGS[coding](text)
    middle = len(whole) // 2
    body = {
        "not compressed": text,
        "cut": whole[:middle],
        # Its head, since zstd without a checksum may well inflate to something else.
        "flipped": bytes(byte ^ 0xFF for byte in whole[:4]) + whole[4:],
        "followed": whole + b"surprise",
        "empty": b"",
    }[damage]
    answer = anyone.push_body(body, headers={"Content-Encoding": coding})
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip", "nonsense", "zlib", "\xff"])
def test_an_unknown_encoding_is_refused(anyone: User, coding: str) -> None:
    body = gzip.compress(_text(anyone, put("foods")))
    answer = anyone.push_body(body, headers={"Content-Encoding": coding})
    assert answer.status in (400, 415)


HOSTILE = [
    rb'"\u0000"',
    rb'"a\u0000b"',
    rb'"\ud800"',
    rb'"\udc00\ud800"',
    rb'"\ud83d"',
    b"9" * 5000,
    b"-" + b"9" * 5000,
    b"1e400",
    b"-1e400",
    b"1e999999999",
    b"1" + b"0" * 400,
    b"18446744073709551616",
    b"9223372036854775808",
]


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field in ("name", "energy_kcal") for value in HOSTILE]
    + [("name", b"0." + b"9" * 5000)],
)
@pytest.mark.parametrize("op", ["put", "patch"])
def test_a_hostile_value_is_rejected_alone(user: User, field: str, value: bytes, op: str) -> None:
    data = json.dumps(food()).encode()
    original = json.dumps(food()[field]).encode()
    data = data.replace(
        b'"%s": %s' % (field.encode(), original), b'"%s": %s' % (field.encode(), value)
    )
    bad = _change_with(data).replace(b'"put"', json.dumps(op).encode())
    good = json.dumps(put("exercises")).encode()
    answer = user.push_body(_body_with(user, bad, good)).ok()
    assert [result["status"] for result in answer["results"]] == ["rejected", "applied"]
    assert [record["collection"] for record in user.changes()] == ["exercises"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (member, value)
        for member in ("collection", "id", "op", "clock", "base_version", "base_clock")
        for value in (
            rb'"\u0000"',
            rb'"\ud800"',
            b"9" * 5000,
            b"1e400",
            b"[[[[]]]]",
            b'"' + b"x" * 100_000 + b'"',
        )
    ],
)
def test_a_hostile_member_of_a_change_is_refused(user: User, member: str, value: bytes) -> None:
    members = {name: json.dumps(item).encode() for name, item in put("foods").items()}
    bad = b",".join(
        b'"%s": %s' % (name.encode(), item) for name, item in (members | {member: value}).items()
    )
    answer = user.push_body(_body_with(user, b"{" + bad + b"}"))
    assert answer.status in (200, 400, 413, 422)
    if answer.status == 200:
        assert json.loads(answer.body)["results"][0]["status"] == "rejected"
    assert user.changes() == []


@pytest.mark.parametrize(
    "value", [rb'"\u0000"', rb'"\ud800"', b"9" * 5000, b"1e400", b"1e-400", b"-0"]
)
@pytest.mark.parametrize(
    "member", ["device_id", "sent_at", "schema_version", "base_cursor", "atomic", "changes"]
)
def test_a_hostile_envelope_is_refused(anyone: User, member: str, value: bytes) -> None:
    members = {name: json.dumps(item).encode() for name, item in anyone.envelope().items()}
    body = b",".join(
        b'"%s": %s' % (name.encode(), item) for name, item in (members | {member: value}).items()
    )
    assert anyone.push_body(b"{" + body + b"}").status in (400, 413, 422)


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b"0x1f"])
def test_numbers_that_json_does_not_have_are_refused(user: User, literal: bytes) -> None:
    data = json.dumps(food(notes="N")).encode().replace(b'"N"', literal)
    answer = user.push_body(_body_with(user, _change_with(data)))
    assert answer.status in (400, 422)
    assert user.changes() == []


def test_a_body_that_is_not_utf_8_is_refused(user: User) -> None:
    data = json.dumps(food(name="MARK")).encode().replace(b"MARK", b"\xc3\x28")
    answer = user.push_body(_body_with(user, _change_with(data)))
    assert answer.status in (200, 400, 422)
    if answer.status == 200:
        assert answer.json["results"][0]["status"] == "rejected"
    assert user.changes() == []


def test_a_number_written_at_length_is_the_same_number(user: User) -> None:
    data = json.dumps(food()).encode().replace(b"370", b"3.70000000000000000000000e2")
    user.push_body(_body_with(user, _change_with(data))).ok()
    assert user.changes()[0]["data"]["energy_kcal"] == 370


def test_sql_in_text_is_text(user: User) -> None:
    name = "'; DROP TABLE records; -- %s $1 \\"
    user.applied(put("foods", food(name=name)))
    assert user.changes()[0]["data"]["name"] == name


def test_every_collection_refuses_data_that_is_empty_or_foreign(user: User) -> None:
    for collection in MINIMAL:
        result = user.result(
            {
                "collection": collection,
                "id": new_id(),
                "op": "put",
                "clock": tick(),
                "data": {"__proto__": {}, "constructor": 1},
            }
        )
        assert result["status"] == "rejected"
