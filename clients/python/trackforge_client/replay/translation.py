"""What differs between a recording and its replay: the user, derived ids, cursors and clocks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

from trackforge_client.device.clock import MAX_CLOCK, TOLERANCE_US
from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.merge import renamed
from trackforge_client.device.records import dump
from trackforge_client.replay.exchange import Exchange

_LOOKS = frozenset({"collection", "clock"})


class Translation:
    """One recorded user's requests in the words of another user and of another time.

    Clocks move by one constant, `offset_us`, so that all relations between writes stay. A device
    whose clock was wrong when recorded is wrong by as much again: `sent_at` becomes the time of
    sending plus the recorded skew, and the server's correction is learned from its answers.
    """

    def __init__(self, recorded_user: str, user: str, offset_us: int) -> None:
        self._users = (recorded_user, user)
        self.offset_us = offset_us
        self._names = {recorded_user: user}
        self._tokens: dict[str, str] = {}
        self._clocks: dict[int, int] = {}
        self._sent: dict[tuple[str, str], Exchange] = {}

    def request(self, exchange: Exchange, now_us: int) -> Exchange:
        """The exchange with a request for the replay's user and for this moment.

        A repeat of a recorded request under the same key is the same request again.
        """
        key = exchange.headers.get("idempotency-key", "")
        repeat = (key, dump(exchange.body))
        if key and repeat in self._sent:
            return self._sent[repeat]
        self.see(exchange.body)
        self.see(exchange.answer)
        path = "/".join(self._names.get(part, part) for part in exchange.path.split("/"))
        query = {name: self._word(value) for name, value in exchange.query.items()}
        headers = {
            name: self._tokens.get(value, value) if name == "if-none-match" else value
            for name, value in exchange.headers.items()
        }
        body = self._body(exchange, now_us)
        translated = replace(exchange, path=path, query=query, headers=headers, body=body)
        if key:
            self._sent[repeat] = translated
        return translated

    def see(self, value: Json) -> None:
        """Note the derived ids of all records and changes in a request or an answer."""
        recorded_user, user = self._users
        for entry in _entries(value, _LOOKS):
            collection, data = entry["collection"], entry.get("data")
            if not isinstance(data, dict) or not isinstance(collection, str):
                continue
            contract = CONTRACTS.get(collection)
            if contract is None or contract.natural_key is None:
                continue
            own = {name: renamed(item, self._names) for name, item in data.items()}
            there = natural_id(collection, contract, recorded_user, data)
            here = natural_id(collection, contract, user, own)
            if there is not None and here is not None:
                self._names[there] = here

    def answer(self, recorded: Json) -> Json:
        """What the recorded answer says, with the ids of the replay's user."""
        return renamed(recorded, self._names)

    def learn(self, exchange: Exchange, sent: Exchange, answer: Json, etag: str | None) -> None:
        """Compare the recorded answer with the one that came: cursors, ETags, shifted clocks."""
        there = exchange.answer
        if etag is not None and "etag" in exchange.answer_headers:
            self._tokens[exchange.answer_headers["etag"]] = etag
        for recorded, live in ((there, answer), (_part(there, "pull"), _part(answer, "pull"))):
            cursors = (_part(recorded, "cursor"), _part(live, "cursor"))
            if isinstance(cursors[0], str) and isinstance(cursors[1], str):
                self._tokens[cursors[0]] = cursors[1]
        for recorded, live in zip(_pushes(there), _pushes(answer), strict=False):
            shifts = _number(recorded, "clock_shift_us"), _number(live, "clock_shift_us")
            for push, told in zip(_pushes(exchange.body), _pushes(sent.body), strict=False):
                for change, now in zip(_changes(push), _changes(told), strict=False):
                    clock = _number(change, "clock") + shifts[0]
                    self._clocks[clock] = _number(now, "clock") + shifts[1]

    def _body(self, exchange: Exchange, now_us: int) -> Json:
        body = renamed(exchange.body, self._names)
        for push, answer in zip(_pushes(body), [*_pushes(exchange.answer), {}], strict=False):
            shift = _number(answer, "clock_shift_us")
            if type(push.get("sent_at")) is int:
                # The server shifts by its present minus this: by what it shifted then.
                push["sent_at"] = max(now_us - shift, 1)
            if isinstance(push.get("base_cursor"), str):
                push["base_cursor"] = self._word(str(push["base_cursor"]))
            server_us = _number(answer, "server_clock")
            for change in _changes(push):
                self._move_clocks(change, server_us, shift)
        pull = _part(body, "pull")
        if isinstance(pull, dict) and isinstance(pull.get("cursor"), str):
            pull["cursor"] = self._word(str(pull["cursor"]))
        return body

    def _move_clocks(self, change: dict[str, Json], server_us: int, shift: int) -> None:
        clock = change.get("clock")
        if type(clock) is int and 1 <= clock <= MAX_CLOCK:
            if server_us and clock + shift > server_us + TOLERANCE_US:
                clock = server_us - shift  # What the server took it for: its present of then.
            change["clock"] = max(clock + self.offset_us, 1)
        base = change.get("base_clock")
        if type(base) is int:
            change["base_clock"] = self._clocks.get(base, max(base + self.offset_us, 1))

    def _word(self, value: str) -> str:
        return self._tokens.get(value, self._names.get(value, value))


def target(exchange: Exchange) -> str:
    """The path of a request with its query."""
    return f"{exchange.path}?{urlencode(exchange.query)}" if exchange.query else exchange.path


def last_moment_us(exchanges: Iterable[Exchange]) -> int:
    """The newest server time that a recording knows, in microseconds since the Unix epoch."""
    moments = [0]
    for exchange in exchanges:
        for answer in (exchange.answer, *_pushes(exchange.answer), _part(exchange.answer, "pull")):
            moments.append(_number(answer, "server_clock"))
    return max(moments)


def _entries(value: Json, marks: frozenset[str]) -> Iterator[dict[str, Json]]:
    """All objects within the value that look like a change or a record."""
    if isinstance(value, dict):
        if marks <= value.keys():
            yield value
            return
        for item in value.values():
            yield from _entries(item, marks)
    elif isinstance(value, list):
        for item in value:
            yield from _entries(item, marks)


def _part(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _number(value: Json, name: str) -> int:
    number = _part(value, name)
    return number if isinstance(number, int) else 0


def _pushes(value: Json) -> list[dict[str, Json]]:
    """The push in a request's body or in an answer, alone or beside a pull."""
    push = _part(value, "push")
    if isinstance(push, dict):
        return [push]
    found = isinstance(value, dict) and ("changes" in value or "results" in value)
    return [value] if found and isinstance(value, dict) else []


def _changes(push: dict[str, Json]) -> list[dict[str, Json]]:
    changes = push.get("changes")
    if not isinstance(changes, list):
        return []
    return [change for change in changes if isinstance(change, dict)]
