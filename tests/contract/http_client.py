"""HTTP client of the contract: blocking, standard library only; checks every error response."""

import base64
import http.client
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

PREFIX = "/api/v1"
TIMEOUT_S = 30.0
PASSWORD = "a long enough passphrase 4711"
STATUSES = frozenset({"applied", "merged", "stale", "unchanged", "conflict", "rejected"})
RECORD_KEYS = frozenset({"collection", "id", "version", "clock", "device_id", "deleted", "data"})


def now_us() -> int:
    """The wall clock in microseconds since the Unix epoch."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP response as received."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The `code` of a problem document."""
        return str(self.json["code"])

    def ok(self, status: int = 200) -> Any:
        """The JSON of an answer that must have the status."""
        assert self.status == status, f"{self.status}: {self.body[:2000]!r}"
        return self.json if self.body else None


def check_problem(answer: Answer) -> None:
    """Check an error: a problem document without internal details."""
    assert answer.status < 500, answer.body[:2000]
    assert answer.headers.get("Content-Type", "").split(";")[0] == "application/problem+json"
    document = answer.json
    assert document["status"] == answer.status
    for member in ("type", "title", "detail", "code", "request_id"):
        assert isinstance(document[member], str), (member, document)
        assert document[member], (member, document)
    assert isinstance(document.get("errors", {}), dict)
    assert b"Traceback" not in answer.body


def check_record(record: Mapping[str, Any]) -> None:
    """A record as pulls and results carry it."""
    assert record.keys() >= RECORD_KEYS, record
    assert isinstance(record["version"], int)
    assert isinstance(record["clock"], int)
    assert isinstance(record["deleted"], bool)
    assert isinstance(record["data"], dict)
    for name in ("id", "device_id"):
        assert str(uuid.UUID(record[name])) == record[name]


def check_result(change: object, result: Mapping[str, Any]) -> None:
    """One entry of a push's results, beside the change that it answers."""
    assert result["status"] in STATUSES
    if isinstance(change, dict) and isinstance(change.get("id"), str):
        assert result["id"] == change["id"]
        assert result["collection"] == change["collection"]
    if result["status"] == "rejected":
        assert isinstance(result["error"]["code"], str), result
        assert isinstance(result["error"]["detail"], str), result
        assert isinstance(result["error"].get("errors", {}), dict)
    elif result["status"] != "conflict":
        assert isinstance(result["version"], int), result
    if result["status"] in ("merged", "stale"):
        check_record(result["record"])
        assert result["record"]["version"] == result["version"]


@dataclass(frozen=True, slots=True)
class Server:
    """The server under test."""

    base_url: str

    def connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.base_url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        prefix: str = PREFIX,
    ) -> Answer:
        """Send a request; a body that is not bytes is sent as JSON. Checks every error answer."""
        sent = dict(headers or {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = self.connect()
        try:
            connection.request(method, prefix + path, data, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        if answer.status >= 400 and method != "HEAD":
            check_problem(answer)
        return answer

    def register(self, email: str | None = None, **fields: object) -> Answer:
        """`POST /auth/register`, with a new address unless one is given."""
        email = email or f"{uuid.uuid4().hex}@example.com"
        return self.request(
            "POST", "/auth/register", {"email": email, "password": PASSWORD, **fields}
        )

    def user(self) -> "User":
        """A fresh user with one device."""
        email = f"{uuid.uuid4().hex}@example.com"
        return User(self, email, self.register(email).ok(201))


def claims(token: str) -> dict[str, Any]:
    """Claims of an access token, unverified."""
    part = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


@dataclass(frozen=True, slots=True)
class User:
    """A registered user; `device_id` is the device that pushes unless a test names another."""

    server: Server
    email: str
    tokens: dict[str, Any]
    device_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def id(self) -> str:
        return str(claims(self.tokens["access_token"])["sub"])

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A request with the user's token."""
        token = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self.server.request(method, path, body, token | dict(headers or {}))

    def get(self, path: str, **parameters: object) -> Answer:
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self.request("GET", path + query)

    def envelope(self, *changes: object, **fields: object) -> dict[str, Any]:
        """A push's body."""
        return {
            "device_id": self.device_id,
            "schema_version": 1,
            "sent_at": now_us(),
            "changes": list(changes),
        } | fields

    def push_body(
        self,
        body: object,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        path: str = "/sync/push",
    ) -> Answer:
        """Send a body to a route that wants an Idempotency-Key."""
        key = key or str(uuid.uuid4())
        return self.request("POST", path, body, {"Idempotency-Key": key} | dict(headers or {}))

    def push(self, *changes: object, **fields: object) -> dict[str, Any]:
        """Push, and check the answer's shape."""
        answer: dict[str, Any] = self.push_body(self.envelope(*changes, **fields)).ok()
        assert isinstance(answer["version"], int)
        assert isinstance(answer["server_clock"], int)
        assert isinstance(answer["clock_shift_us"], int)
        assert len(answer["results"]) == len(changes)
        for change, result in zip(changes, answer["results"], strict=True):
            check_result(change, result)
        return answer

    def result(self, change: object, **fields: object) -> dict[str, Any]:
        """Push one change and give its result."""
        result: dict[str, Any] = self.push(change, **fields)["results"][0]
        return result

    def applied(self, *changes: object, **fields: object) -> dict[str, Any]:
        """Push changes that must all be applied."""
        answer = self.push(*changes, **fields)
        assert {result["status"] for result in answer["results"]} == {"applied"}, answer
        return answer

    def pull(self, **parameters: object) -> dict[str, Any]:
        """One page, its shape checked."""
        page: dict[str, Any] = self.get("/sync/pull", **parameters).ok()
        assert isinstance(page["has_more"], bool)
        assert isinstance(page["server_clock"], int)
        assert isinstance(page["cursor"], str)
        versions = [change["version"] for change in page["changes"]]
        assert versions == sorted(set(versions)), "changes come in the order of version"
        for change in page["changes"]:
            check_record(change)
        return page

    def pages(self, **parameters: object) -> list[dict[str, Any]]:
        """Every page from the given cursor on."""
        pages = [self.pull(**parameters)]
        while pages[-1]["has_more"]:
            pages.append(self.pull(**parameters | {"cursor": pages[-1]["cursor"]}))
        return pages

    def changes(self, **parameters: object) -> list[dict[str, Any]]:
        """Changes of all pages."""
        return [change for page in self.pages(**parameters) for change in page["changes"]]

    def record(self, record_id: str) -> dict[str, Any] | None:
        """Live record as a first sync returns it, or None."""
        found = [change for change in self.changes(limit=5000) if change["id"] == record_id]
        assert len(found) < 2
        return found[0] if found else None
