"""Translation of recorded requests for a replay: user, derived ids, cursors and clocks."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from trackforge_client.device.clock import MAX_CLOCK, TOLERANCE_US
from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.merge import with_ids_replaced
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import API
from trackforge_client.replay.bodies import changes_in, entries_in, number, part, pushes_in
from trackforge_client.replay.created_ids import paired_ids
from trackforge_client.replay.exchange import Exchange

_CHANGE_MEMBERS = frozenset({"collection", "clock"})


class Translation:
    """Translation of one recorded user's requests to another user and another time.

    Clocks move by the constant `offset_us`, so that their order stays. A wrong device clock stays
    wrong by the same amount: `sent_at` becomes the time of sending plus the recorded skew, and
    the server's corrections are read from its responses.
    """

    def __init__(
        self,
        recorded_user: str,
        user: str,
        offset_us: int,
        created: frozenset[str] = frozenset(),
    ) -> None:
        """`created` are the ids that the server created during the recording."""
        self._created = created
        self._users = (recorded_user, user)
        self.offset_us = offset_us
        self._names = {recorded_user: user}
        self._tokens: dict[str, str] = {}
        self._clocks: dict[int, int] = {}
        self._sent: dict[tuple[str, str], Exchange] = {}

    def request(self, exchange: Exchange, now_us: int) -> Exchange:
        """Exchange with a request of the replay's user at this time.

        A recorded repeat under the same Idempotency-Key repeats the translated bytes.
        """
        key = exchange.headers.get("idempotency-key", "")
        repeat = (key, dump(exchange.body))
        if key and repeat in self._sent:
            sent = self._sent[repeat]
            return replace(sent, headers=self._headers(exchange, now_us))
        self.map_ids(exchange.body)
        self.map_ids(exchange.response_body)
        self._map_rest_ids(exchange)
        path = "/".join(self._names.get(segment, segment) for segment in exchange.path.split("/"))
        query = {name: self._mapped(value) for name, value in exchange.query.items()}
        headers = self._headers(exchange, now_us)
        body = self._body(exchange, now_us)
        translated = replace(exchange, path=path, query=query, headers=headers, body=body)
        if key:
            self._sent[repeat] = translated
        return translated

    def map_ids(self, value: Json) -> None:
        """Maps the derived ids of all records and changes in a request or response."""
        for entry in entries_in(value, _CHANGE_MEMBERS):
            collection, data = entry["collection"], entry.get("data")
            if not isinstance(data, dict) or not isinstance(collection, str):
                continue
            self._map_derived_id(collection, data)

    def _map_rest_ids(self, exchange: Exchange) -> None:
        """Maps the derived id of a record that is written by a REST route."""
        segments = exchange.path.removeprefix(f"{API}/").split("/")
        for value in (exchange.body, exchange.response_body):
            if isinstance(value, dict) and len(segments) <= 2:
                self._map_derived_id(segments[0].replace("-", "_"), value)

    def _map_derived_id(self, collection: str, data: Mapping[str, Json]) -> None:
        contract = CONTRACTS.get(collection)
        if contract is None or contract.natural_key is None:
            return
        recorded_user, user = self._users
        own = {name: with_ids_replaced(item, self._names) for name, item in data.items()}
        recorded_id = natural_id(collection, contract, recorded_user, data)
        live_id = natural_id(collection, contract, user, own)
        if recorded_id is not None and live_id is not None:
            self._names[recorded_id] = live_id

    def _headers(self, exchange: Exchange, now_us: int) -> dict[str, str]:
        headers = dict(exchange.headers)
        for name in ("if-match", "if-none-match"):
            if name in headers:
                headers[name] = self._tokens.get(headers[name], headers[name])
        if "sent-at" in headers:
            shift = next(
                (number(push, "clock_shift_us") for push in pushes_in(exchange.response_body)), 0
            )
            headers["sent-at"] = str(max(now_us - shift, 1))
        return headers

    def expected(self, recorded: Json) -> Json:
        """Recorded response with the ids of the replay's user."""
        return with_ids_replaced(recorded, self._names)

    def map_response(
        self, exchange: Exchange, sent: Exchange, response: Json, etag: str | None
    ) -> None:
        """Maps ids, cursors, ETags and clocks of a recorded response to the live ones."""
        recorded_body = exchange.response_body
        if etag is not None and "etag" in exchange.response_headers:
            self._tokens[exchange.response_headers["etag"]] = etag
        for recorded_id, live_id in paired_ids(recorded_body, response):
            if recorded_id in self._created:
                self._names.setdefault(recorded_id, live_id)
        pulls = (part(recorded_body, "pull"), part(response, "pull"))
        for recorded, live in ((recorded_body, response), pulls):
            for name in ("cursor", "next_page_token"):
                tokens = (part(recorded, name), part(live, name))
                if isinstance(tokens[0], str) and isinstance(tokens[1], str):
                    self._tokens[tokens[0]] = tokens[1]
        for recorded, live in zip(pushes_in(recorded_body), pushes_in(response), strict=False):
            shifts = number(recorded, "clock_shift_us"), number(live, "clock_shift_us")
            for push, sent_push in zip(
                pushes_in(exchange.body), pushes_in(sent.body), strict=False
            ):
                for change, now in zip(changes_in(push), changes_in(sent_push), strict=False):
                    clock = number(change, "clock") + shifts[0]
                    self._clocks[clock] = number(now, "clock") + shifts[1]

    def _body(self, exchange: Exchange, now_us: int) -> Json:
        body = with_ids_replaced(exchange.body, self._names)
        responses = [*pushes_in(exchange.response_body), {}]
        for push, response in zip(pushes_in(body), responses, strict=False):
            shift = number(response, "clock_shift_us")
            if type(push.get("sent_at")) is int:
                # The server's shift is its time minus this: the same shift as recorded.
                push["sent_at"] = max(now_us - shift, 1)
            if isinstance(push.get("base_cursor"), str):
                push["base_cursor"] = self._mapped(str(push["base_cursor"]))
            server_us = number(response, "server_clock")
            for change in changes_in(push):
                self._move_clocks(change, server_us, shift)
        pull = part(body, "pull")
        if isinstance(pull, dict) and isinstance(pull.get("cursor"), str):
            pull["cursor"] = self._mapped(str(pull["cursor"]))
        return body

    def _move_clocks(self, change: dict[str, Json], server_us: int, shift: int) -> None:
        clock = change.get("clock")
        if type(clock) is int and 1 <= clock <= MAX_CLOCK:
            if server_us and clock + shift > server_us + TOLERANCE_US:
                clock = server_us - shift  # As corrected by the server: to its time.
            change["clock"] = max(clock + self.offset_us, 1)
        base = change.get("base_clock")
        if type(base) is int:
            change["base_clock"] = self._clocks.get(base, max(base + self.offset_us, 1))

    def _mapped(self, value: str) -> str:
        return self._tokens.get(value, self._names.get(value, value))


def target(exchange: Exchange) -> str:
    """Path of a request with its query."""
    return f"{exchange.path}?{urlencode(exchange.query)}" if exchange.query else exchange.path


def latest_server_time_us(exchanges: Iterable[Exchange]) -> int:
    """Latest server time in a recording, in microseconds since the Unix epoch."""
    moments = [0]
    for exchange in exchanges:
        for response in (
            exchange.response_body,
            *pushes_in(exchange.response_body),
            part(exchange.response_body, "pull"),
        ):
            moments.append(number(response, "server_clock"))
    return max(moments)
