"""Random values of JSON Schemas: valid ones, ones at their limits, and hostile ones."""

import base64
import contextlib
import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

Schema = Mapping[str, Any]
Pools = defaultdict[str, deque[str]]
MAX_DEPTH = 8
# Tokens that a JSON parser, a database or a conversion may stumble over.
TOKENS = (
    b"NaN",
    b"-",
    b"1e400",
    b"-1e400",
    b"1e-400",
    b"9" * 5000,
    b"0." + b"3" * 5000,
    b"00",
    b"01",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551616",
    b"1.0",
    b"-0",
    b"-0.0",
    b"0.1",
    b"2147483648",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"\\u0000"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\xc0\x80"',
    b'"\x00"',
    b'"',
    b'"\\',
    b"[",
    b"{",
    b"]",
    b"}",
    b",",
    b"[" * 17 + b"]" * 17,
    b"[" * 500,
    b'{"a":' * 20 + b"1" + b"}" * 20,
    b'"' + b"x" * 70_000 + b'"',
    b'{"a":1,"a":2}',
    b'{"":0}',
    b"\xef\xbb\xbf",
    b" ",
    b"",
    b"'x'",
    b"1 2",
)
TEXTS = (
    "",
    " ",
    "x",
    "\ufeff",
    "é",
    "e\u0301",
    "ß",
    "\U0001f600",
    "%",
    "%00",
    "\\",
    "'",
    '"',
    "--",
    "$1",
    "../..",
    "a" * 300,
    "NaN",
    "0",
    "-1",
    "null",
    "\u202e",
    "\u2028",
    "1900-01-01",
    "2199-12-31",
    "2026-02-30",
    "0000-00-00",
    "2026-11-23T24:00:00Z",
    "2026-11-23T23:59:60Z",
    "9999-12-31T23:59:59Z",
)
SAMPLES = {
    "date": ("2026-11-23", "2026-11-24", "1900-01-01", "2199-12-31", "2028-02-29"),
    "date-time": (
        "2026-11-23T18:00:00Z",
        "2026-11-23T18:00:00.123456+08:00",
        "1900-01-01T00:00:00Z",
    ),
    "email": ("a@example.com", "ß@bücher.example", "x" * 64 + "@example.com"),
    "uri": ("https://example.com/",),
}
# By the beginning of a pattern; others are answered by any text.
PATTERNS = (
    ("^(?:[01][0-9]", ("00:00", "23:59", "07:30")),
    ("^(touched", ("touched", "none", "2026-11-01..2026-11-30", "1900-01-01..2199-12-31")),
    ("^[A-Za-z0-9._~-]{43", ("a" * 43, "~" * 128)),
    ("^[0-9a-f]{16}$", ("0123456789abcdef",)),
    ("^[0-9]", ("0", "1", "17", "999999999999999999")),
    ("^[!-~]{1,255}$", ("k", "~" * 255)),
)


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that stand in a JSON text as they are."""

    content: bytes


def encoded(value: Any) -> bytes:
    """JSON text of a value that may hold Raw parts."""
    with contextlib.suppress(TypeError):  # Most values are JSON: written here without a loop.
        return orjson.dumps(value)
    match value:
        case Raw():
            return value.content
        case dict():
            members = (orjson.dumps(str(name)) + b":" + encoded(it) for name, it in value.items())
            return b"{" + b",".join(members) + b"}"
        case list():
            return b"[" + b",".join(map(encoded, value)) + b"]"
        case str():
            return orjson.dumps(value.encode("utf-8", "replace").decode())
    return str(value).encode()


@dataclass(slots=True)
class Values:
    """Source of values. `pools` has what earlier responses named, by the names of members."""

    chance: Random
    components: Mapping[str, Schema]
    pools: Pools = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=100)))

    def of(self, schema: Schema | bool, name: str = "", depth: int = 0) -> Any:
        """Value that the schema accepts, mostly."""
        if isinstance(schema, bool):
            return self.text(name)
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rsplit("/", 1)[1]]
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                rest = {key: it for key, it in schema.items() if key != choice}
                return self.of({**rest, **self.chance.choice(schema[choice])}, name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = self.chance.choice(kind)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._text(schema, name)
            case "integer" | "number":
                return self._number(schema, kind)
            case "boolean":
                return self.chance.random() < 0.5
        return None

    def text(self, name: str = "") -> str:
        """Text that earlier responses named, or a hostile one."""
        pool = self.pools[name]
        if pool and self.chance.random() < 0.6:
            return self.chance.choice(pool)
        return self.chance.choice(TEXTS)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        share = self.chance.random() if depth < MAX_DEPTH else 0.0
        chosen = [it for it in properties if it in required or self.chance.random() < share]
        value = {it: self.of(properties[it], it, depth + 1) for it in chosen}
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and depth < MAX_DEPTH:
            for _ in range(self.chance.randrange(3)):
                value[self.text("collection")] = self.of(more, "", depth + 1)
        return value

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        minimum, maximum = schema.get("minItems", 0), schema.get("maxItems", 1000)
        length = self.chance.choice((minimum, minimum + 1, minimum + 3, 5 if depth < 3 else 1))
        items = schema.get("items", {"type": "string"})
        return [self.of(items, name, depth + 1) for _ in range(min(length, maximum))]

    def _text(self, schema: Schema, name: str) -> str:
        pool = self.pools[name]
        if pool and self.chance.random() < 0.5:
            return self.chance.choice(pool)
        if schema.get("format") == "uuid" or "[0-9a-f]{8}" in schema.get("pattern", ""):
            ids = self.pools["id"]
            return self.chance.choice(ids) if ids and self.chance.random() < 0.5 else self._id()
        for beginning, texts in PATTERNS:
            if schema.get("pattern", "").startswith(beginning):
                return self.chance.choice(texts)
        if schema.get("format") in SAMPLES:
            return self.chance.choice(SAMPLES[schema["format"]])
        minimum, maximum = schema.get("minLength", 0), schema.get("maxLength", 40)
        length = self.chance.choice((minimum, minimum + 1, min(12, maximum), maximum, minimum + 7))
        if self.chance.random() < 0.2:
            return self.chance.choice(TEXTS)
        letters = self.chance.choice(("x", "Ab c", "é", "\U0001f600", "0123456789"))
        length = min(length, maximum)
        part = "".join(self.chance.choices(letters, k=min(length, 24)))
        return part if len(part) == length else (part * (length // 24 + 1))[:length]

    def _number(self, schema: Schema, kind: str) -> float:
        minimum, maximum = schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)
        step = schema.get("multipleOf", 1)
        near = max(minimum, min(maximum, self.chance.choice((0, 1, 2, 10, 50, 100))))
        value = self.chance.choice(
            (minimum, maximum, near, near, near, minimum + step, maximum - step)
        )
        return int(value) if kind == "integer" else value

    def _id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def spoil(self, value: Any) -> Any:
        """The value with one part replaced by something hostile, removed, repeated or added."""
        if isinstance(value, dict) and value and self.chance.random() < 0.85:
            name = self.chance.choice([*value])
            return {**value, name: self.spoil(value[name])}
        if isinstance(value, list) and value and self.chance.random() < 0.85:
            at = self.chance.randrange(len(value))
            return [*value[:at], self.spoil(value[at]), *value[at + 1 :]]
        match self.chance.randrange(6):
            case 0:
                return self.chance.choice(TEXTS)
            case 1:
                return [value] * self.chance.choice((1, 2, 40))
            case 2:
                return {self.chance.choice(TEXTS): value, "id": value}
            case 3 if isinstance(value, dict):
                return Raw(encoded(value)[:-1] + b"," + encoded(value)[1:])
        return Raw(self.chance.choice(TOKENS))

    def damage(self, body: bytes) -> bytes:
        """The bytes cut, with a part repeated, with flipped bits, or with something in between."""
        at = self.chance.randrange(len(body) + 1)
        match self.chance.randrange(5):
            case 0:
                return body[:at]
            case 1:
                return body[:at] + body[max(0, at - 30) :]
            case 2:
                flipped = bytes([self.chance.randrange(256)])
                return body[:at] + flipped + body[at + 1 :]
            case 3:
                return body[:at] + self.chance.randbytes(self.chance.randrange(1, 20)) + body[at:]
        return body[:at] + self.chance.choice(TOKENS) + body[at:]

    def twisted(self, text: str) -> str:
        """An opaque text, such as a cursor, with one of its bytes changed."""
        try:
            raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except ValueError:
            return text[:-1]
        if raw:
            raw[self.chance.randrange(len(raw))] ^= 1 << self.chance.randrange(8)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def harvest(self, value: Any, name: str = "", depth: int = 0) -> None:
        """Remember the texts of a response by the names of their members."""
        if isinstance(value, str) and 0 < len(value) < 3000:
            self.pools[name].append(value)
        elif isinstance(value, dict) and depth < 6:
            for member, it in [*value.items()][:40]:
                self.harvest(it, member, depth + 1)
        elif isinstance(value, list) and depth < 6:
            for it in value[:5]:
                self.harvest(it, name, depth + 1)
