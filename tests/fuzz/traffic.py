"""Traffic of many kinds for a server: requests made from its OpenAPI document, in sequences.

Every worker is a user with a connection. What its responses name (ids, cursors, tokens, ETags) goes
into later requests, so that records are created, changed, read and deleted; parts of bodies are
replaced by hostile JSON, and bytes are damaged.
"""

import asyncio
import gzip
import io
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

import orjson
from PIL import Image

from tests.fuzz.raw_http import Answer, Broken, RawConnection
from tests.fuzz.values import Values, encoded

Document = Mapping[str, Any]
API = "/api/v1"
PASSWORD = "a long enough passphrase 4711"
_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")
# How often an operation is chosen, beside 4 for the others: what is rich, and what is slow.
WEIGHTS = {
    "postPush": 60, "postSync": 50, "getPull": 20, "register": 1, "login": 1, "putPassword": 1,
    "deleteMe": 1, "logout": 1, "putEmail": 1, "resetPassword": 1, "postMenu": 2, "postWorkout": 2,
    "postImport": 2, "postAppleHealth": 1, "postStream": 1, "getExport": 1, "postExport": 1,
    "stream": 1, "socket": 1, "getFoods": 1, "getExercises": 1, "searchFoods": 2,
    "searchExercises": 2, "postHealthConnect": 1, "metrics": 1,
}  # fmt: skip

# These hash a password: more than a few at once are answered by `503 overloaded`, as they should.
HASHING = (
    "register", "login", "loginOidc", "putPassword", "putEmail", "deleteMe", "postExport",
    "resetPassword",
)  # fmt: skip


def _picture() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(picture, "PNG")
    return picture.getvalue()


FORM_FIELDS = ("dry_run", "format", "mapping", "provider", "time_zone", "x")
FILES = (
    b"Date,Workout Name,Exercise Name,Set Order,Weight,Reps\n2026-11-23 18:00:00,A,Squat,1,80,5\n",
    b"date,weight\n2026-11-23,81.4\n2026-02-30,x\n",
    b"\xff\xfed\0a\0t\0e\0",
    b"PK\x03\x04" + b"\0" * 40,
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><HealthData>&b;</HealthData>',
    _picture(),
    b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"",
    b"\0" * 100,
    b'"' * 1000,
    b"a;b;c\n" * 50,
    b'{"kind":"user"}\n{"kind":"record"}\n',
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Operation of the document."""

    name: str
    method: str
    path: str
    doc: Document

    @property
    def weight(self) -> int:
        """Share of the requests."""
        return WEIGHTS.get(self.name, 4)


@dataclass(slots=True)
class Findings:
    """Counts of the responses, and the requests whose responses must not be."""

    statuses: Counter[int] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    @property
    def requests(self) -> int:
        """Number of requests."""
        return self.statuses.total()

    @property
    def server_errors(self) -> int:
        """Number of responses with a 5xx."""
        return sum(count for status, count in self.statuses.items() if status >= 500)


def operations_of(document: Document) -> list[Operation]:
    """All operations of a document."""
    return [
        Operation(doc["operationId"], method.upper(), path, doc)
        for path, methods in document["paths"].items()
        for method, doc in methods.items()
        if isinstance(doc, dict) and "operationId" in doc
    ]


class Worker:
    """User who sends requests over one connection until the deadline."""

    def __init__(
        self, document: Document, connection: RawConnection, findings: Findings, seed: str
    ) -> None:
        self._chance = Random(seed)
        self._values = Values(self._chance, document["components"]["schemas"])
        self._operations = operations_of(document)
        self._weights = [it.weight for it in self._operations]
        self._connection = connection
        self._findings = findings
        self._token = ""
        self._last: tuple[Operation, bytes, bytes] | None = None

    async def run(self, deadline: float) -> None:
        """Send requests until the deadline, in seconds of the monotonic clock."""
        while time.monotonic() < deadline and len(self._findings.failures) < 20:
            if not self._token:
                await self._register()
            [operation] = self._chance.choices(self._operations, self._weights)
            head, body = self._request(operation)
            if self._last and self._chance.random() < 0.03:  # A repeat, under the same key.
                operation, head, body = self._last
            await self._send(operation, head, body)
            self._last = operation, head, body

    async def _register(self) -> None:
        account = {"email": f"{uuid.uuid4()}@example.com", "password": PASSWORD}
        body = orjson.dumps(account)
        head = _head("POST", f"{API}/auth/register", {"Content-Type": "application/json"}, body)
        async with self._findings.hashing:
            answer = await self._connection.send(head, body)
        assert answer.status == 201, answer
        tokens = orjson.loads(answer.body)
        self._token = tokens["access_token"]
        self._values.pools["email"].append(account["email"])
        self._values.pools["password"].append(PASSWORD)
        self._values.harvest(tokens)
        # Else the next requests would change the account of an earlier one.
        self._last = None

    async def _send(self, operation: Operation, head: bytes, body: bytes) -> None:
        began = time.monotonic()
        try:
            async with self._findings.hashing if operation.name in HASHING else nullcontext():
                answer = await self._connection.send(head, body)
        except (Broken, TimeoutError, ValueError) as error:
            self._fail(operation, head, body, repr(error))
            return
        took_s, slowest = time.monotonic() - began, self._findings.slowest
        slowest[operation.name] = max(took_s, slowest.get(operation.name, 0))
        self._findings.statuses[answer.status] += 1
        if answer.status < 400:
            self._findings.successes[operation.name] += 1
        if problem := _problem_of(answer):
            self._fail(operation, head, body, f"{problem}: {answer.status} {answer.body[:500]!r}")
        self._learn(operation, answer)

    def _learn(self, operation: Operation, answer: Answer) -> None:
        if answer.status < 300 and isinstance(value := answer.json, dict):
            self._remember_ids(operation, value)
        if "etag" in answer.headers:
            self._values.pools["ETag"].append(answer.headers["etag"])
        value = answer.json if len(answer.body) < 200_000 else None
        if answer.status < 400:
            self._values.harvest(value)
        if operation.name in ("login", "refresh", "loginSecond") and answer.status == 200:
            assert isinstance(value, dict)
            self._token = value["access_token"]
        code = value.get("code") if isinstance(value, dict) else None
        if code in ("unauthorized", "token_expired", "account_deleted"):
            self._token = ""

    def _remember_ids(self, operation: Operation, value: dict[str, Any]) -> None:
        """Ids of the records of a resource, for the paths below it."""
        listed = next((it for it in value.values() if isinstance(it, list)), [])
        for it in (value, *listed[:20]):
            if isinstance(it, dict) and isinstance(it.get("id"), str):
                self._values.pools[_resource(operation.path)].append(it["id"])

    def _fail(self, operation: Operation, head: bytes, body: bytes, reason: str) -> None:
        request = f"{head[:3000]!r} {body[:3000]!r}"
        self._findings.failures.append(f"{operation.name}: {reason}\n    {request}")

    def _request(self, operation: Operation) -> tuple[bytes, bytes]:
        """Head and body of a request of the operation."""
        path = _PARAMETER.sub(lambda it: self._segment(operation, it[1]), operation.path)
        query = "&".join(self._query(operation))
        headers = dict(self._headers(operation))
        body = b""
        if "requestBody" in operation.doc or self._chance.random() < 0.01:
            body = self._body(operation, headers)
        if self._chance.random() < 0.97:
            headers["Authorization"] = f"Bearer {self._token}"
        return _head(operation.method, path + (f"?{query}" if query else ""), headers, body), body

    def _segment(self, operation: Operation, name: str) -> str:
        schema: dict[str, Any] = next(
            (it["schema"] for it in operation.doc.get("parameters", ()) if it["name"] == name), {}
        )
        ids = self._values.pools[_resource(operation.path)]
        if name == "id" and ids and self._chance.random() < 0.8:
            return self._chance.choice(ids)
        if self._chance.random() < 0.05:
            return quote(self._values.text(name), safe="")
        return quote(str(self._values.of(schema, name)), safe="") or "x"

    def _query(self, operation: Operation) -> Iterator[str]:
        for parameter in operation.doc.get("parameters", ()):
            wanted = parameter.get("required") or self._chance.random() < 0.35
            if parameter["in"] != "query" or not wanted:
                continue
            name = parameter["name"]
            value = str(self._values.of(parameter["schema"], name))
            if self._chance.random() < 0.15:
                value = self._values.text(name)
            if name in ("cursor", "page", "after") and self._chance.random() < 0.2:
                value = self._values.twisted(value)
            quoted = quote(value, safe="")
            if self._chance.random() < 0.03:
                quoted = self._chance.choice(("%ff", "%00", "%", "%ed%a0%80", "", "9" * 5000))
            yield f"{name}={quoted}"
            if self._chance.random() < 0.02:
                yield f"{name}={quoted}"

    def _headers(self, operation: Operation) -> Iterator[tuple[str, str]]:
        for parameter in operation.doc.get("parameters", ()):
            name = parameter["name"]
            if parameter["in"] != "header":
                continue
            if name == "Idempotency-Key":
                if self._chance.random() < 0.95:
                    yield name, str(uuid.UUID(int=self._chance.getrandbits(128)))
            elif parameter.get("required") or self._chance.random() < 0.3:
                pool = self._values.pools["ETag"]
                texts = ['"x"', "*", "W/", "0", "-1", "é", "x" * 5000, "2026-11-23T18:00:00Z"]
                if self._chance.random() < 0.6:
                    texts = [str(self._values.of(parameter["schema"], name))]
                elif "Match" in name and pool:
                    texts = [*pool]
                yield name, re.sub(r"[\0\r\n]", "", self._chance.choice(texts))
        if self._chance.random() < 0.05:
            yield "Accept-Encoding", self._chance.choice(("gzip", "zstd", "br;q=x", "*", ""))
        if self._chance.random() < 0.05:
            yield "Prefer", self._chance.choice(("respond-async", "wait=1", "return=minimal", ";"))

    def _body(self, operation: Operation, headers: dict[str, str]) -> bytes:
        content = operation.doc.get("requestBody", {}).get("content", {"application/json": {}})
        media = self._chance.choice([*content])
        if media == "multipart/form-data":
            headers["Content-Type"] = "multipart/form-data; boundary=b"
            body = self._form()
        elif media != "application/json":
            headers["Content-Type"], body = media, self._file()
        else:
            headers["Content-Type"] = media
            value = self._values.of(content[media].get("schema", {}))
            while self._chance.random() < 0.25:
                value = self._values.spoil(value)
            body = encoded(value)
        if self._chance.random() < 0.06:
            body = self._values.damage(body)
        if self._chance.random() < 0.06:
            body = gzip.compress(body, 1)
            body = self._values.damage(body) if self._chance.random() < 0.3 else body
            headers["Content-Encoding"] = self._chance.choice(("gzip", "gzip", "deflate", "zstd"))
        return body

    def _form(self) -> bytes:
        parts = []
        for name in ("file", "image", *self._chance.sample(FORM_FIELDS, 1)):
            extra = '; filename="f.csv"' if name in ("file", "image") else ""
            head = f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode()
            content = self._file() if extra else self._values.text(name).encode()
            parts.append(head + content + b"\r\n")
        return b"".join(parts) + b"--b--\r\n"

    def _file(self) -> bytes:
        content = self._chance.choice(FILES)
        return self._values.damage(content) if self._chance.random() < 0.4 else content


def _head(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body or method not in ("GET", "DELETE"):
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _resource(path: str) -> str:
    """Path of the resource that a path is about, without an id."""
    return path.split("/{")[0]


def _problem_of(answer: Answer) -> str:
    """Fault of a response; empty if there is none."""
    if answer.status >= 500:
        return "server error"
    if "x-request-id" not in answer.headers:
        return "no request id"
    if answer.status >= 400:
        document = answer.json
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        if not is_problem or not isinstance(document, dict) or "code" not in document:
            return "no problem document"
    return ""
