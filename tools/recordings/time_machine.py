"""A transport between a story's devices, years ago, and a server that lives today."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from trackforge_client.device.clock import TOLERANCE_US
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.transport import HttpTransport, Request, Response
from trackforge_client.replay.exchange import Exchange
from trackforge_client.replay.translation import Translation, target


class TimeMachine:
    """Moves clocks to the present on the way out, and back on the way in.

    The server's correction of a wrong clock is told to the device as it would have been then, to
    the microsecond: today's latency must not reach a recording.
    """

    def __init__(
        self,
        inner: HttpTransport,
        translation: Translation,
        past: dict[int, int],
        tick: Callable[[], int],
    ) -> None:
        """`past` knows the story's clock of a clock of today; all devices share it."""
        self._inner = inner
        self._translation = translation
        self._tick = tick
        self._past = past
        self._known_answers: dict[str, dict[str, Json]] = {}

    async def send(self, request: Request) -> Response:
        """The answer as the story's server would have given it."""
        url = urlsplit(request.path)
        body: Json = json.loads(request.body) if request.body else None
        then_us = self._tick()
        push = _push(body)
        shift = _shift(push, request.headers, then_us)
        outcome: dict[str, Json] = {"server_clock": then_us, "clock_shift_us": shift, "results": []}
        exchange = Exchange(
            "", None, 0, request.method, url.path, dict(parse_qsl(url.query)),
            request.headers, body, 200, outcome,
        )  # fmt: skip
        sent = self._translation.request(exchange, time.time_ns() // 1000)
        moved = None if sent.body is None else dump(sent.body).encode()
        response = await self._inner.send(
            Request(request.method, target(sent), sent.headers, moved)
        )
        # The date is of today, not of the recording.
        recorded = {name: text for name, text in response.headers.items() if name != "date"}
        response = replace(response, headers=recorded)
        answer: Json = json.loads(response.body) if response.body else None
        if not isinstance(answer, dict) or response.status != 200:
            return response
        self._translation.map_response(exchange, sent, answer, None)
        live_shift = _number(_push(answer), "clock_shift_us")
        for change, moved_change in zip(_list(push), _list(_push(sent.body)), strict=True):
            clock = _number(change, "clock") + shift
            taken = min(clock, then_us) if clock > then_us + TOLERANCE_US else clock
            self._past.setdefault(_number(moved_change, "clock") + live_shift, taken)
        story = self._back(answer, then_us, shift)
        key = request.headers.get("idempotency-key", "")
        if response.headers.get("idempotent-replay") == "true" and key in self._known_answers:
            story = self._known_answers[key] | ({"pull": story["pull"]} if "pull" in story else {})
        self._known_answers[key] = story
        return replace(response, body=dump(story).encode())

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        """The stream as it is."""
        return self._inner.lines(request)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._inner.close()

    def _back(self, answer: dict[str, Json], then_us: int, shift: int) -> dict[str, Json]:
        times: dict[str, Json] = {"server_clock": then_us, "clock_shift_us": shift}
        moved = {name: times.get(name, value) for name, value in answer.items()}
        for name, value in moved.items():
            if name in ("push", "pull") and isinstance(value, dict):
                moved[name] = self._back(value, then_us, shift)
            elif name in ("results", "changes") and isinstance(value, list):
                moved[name] = [self._record(entry) for entry in value]
        return moved

    def _record(self, entry: Json) -> Json:
        if not isinstance(entry, dict):
            return entry
        moved = dict(entry)
        if isinstance(entry.get("record"), dict):
            moved["record"] = self._record(entry["record"])
        clock = entry.get("clock")
        if isinstance(clock, int):
            moved["clock"] = self._past.get(clock, clock - self._translation.offset_us)
        return moved


def _push(value: Json) -> Json:
    """The push in a request or an answer, alone or beside a pull."""
    return value["push"] if isinstance(value, dict) and "push" in value else value


def _shift(push: Json, headers: Mapping[str, str], now_us: int) -> int:
    """Shift that the server adds to the clocks of a push, by the contract."""
    sent_at = int(headers.get("sent-at", 0)) or _number(push, "sent_at")
    return now_us - sent_at if sent_at and abs(now_us - sent_at) > TOLERANCE_US else 0


def _number(value: Json, name: str) -> int:
    number = value.get(name) if isinstance(value, dict) else None
    return number if isinstance(number, int) else 0


def _list(push: Json) -> list[Json]:
    changes = push.get("changes") if isinstance(push, dict) else None
    return changes if isinstance(changes, list) else []
