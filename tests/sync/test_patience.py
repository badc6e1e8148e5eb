"""Retries of a replay: which failures, under which key, for how long."""

from collections.abc import AsyncGenerator

import pytest

from trackforge_client.device.errors import Offline, RequestRejected
from trackforge_client.device.transport import Request, Response
from trackforge_client.replay.users import ReplayUser, RetriesExhausted, RetryingTransport

PUSH = Request("POST", "/api/v1/sync/push", {"idempotency-key": "key"}, b"{}")
GOOD = Response(200, {}, b"{}")
TOKENS = Response(200, {}, b'{"access_token":"a.eyJzdWIiOiJ1c2VyIn0.c"}')
TAKEN = Response(
    409, {"content-type": "application/problem+json"}, b'{"code":"email_taken","title":"Taken"}'
)


class Script:
    """Transport with scripted responses, in order."""

    def __init__(self, *answers: Response | Offline) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Offline):
            raise answer
        return answer

    def lines(self, request: Request) -> AsyncGenerator[str, None]:
        raise Offline(f"no stream of {request.path}", sent=False)

    async def close(self) -> None:
        """Nothing is open."""


async def no_time(seconds: float) -> None:
    assert seconds <= 2.0


async def test_a_passing_trouble_is_tried_again_with_the_same_request() -> None:
    retries: list[int] = []
    script = Script(Offline("gone", sent=True), Response(503, {"retry-after": "1"}, b""), GOOD)
    insistent = RetryingTransport(script, 30.0, lambda: retries.append(1), no_time)
    assert await insistent.send(PUSH) == GOOD
    assert script.requests == [PUSH] * 3
    assert len(retries) == 2


@pytest.mark.parametrize("status", [200, 304, 400, 401, 409, 410, 413, 422, 500])
async def test_any_other_answer_is_an_answer(status: int) -> None:
    answer = Response(status, {}, b"")
    assert await RetryingTransport(Script(answer), 30.0, sleep=no_time).send(PUSH) == answer


async def test_patience_ends() -> None:
    script = Script(*[Offline("gone", sent=False)] * 3)
    with pytest.raises(RetriesExhausted, match="No response for 0 s: gone"):
        await RetryingTransport(script, 0.0, sleep=no_time).send(PUSH)


async def test_a_lost_answer_to_the_registration_is_no_obstacle() -> None:
    script = Script(Offline("lost", sent=True), TAKEN, TOKENS)
    account = ReplayUser(
        RetryingTransport(script, 30.0, sleep=no_time), "some@example.com", "password"
    )
    await account.register("phone")
    assert account.user_id == "user"
    assert script.requests[-1].path == "/api/v1/auth/login"


async def test_another_refusal_is_one() -> None:
    weak = Response(422, dict(TAKEN.headers), b'{"code":"invalid_request","title":"No"}')
    account = ReplayUser(RetryingTransport(Script(weak), 30.0, sleep=no_time), "x", "y")
    with pytest.raises(RequestRejected):
        await account.register("phone")


async def test_an_expired_session_is_opened_again() -> None:
    script = Script(TOKENS, Response(401, {}, b""), TOKENS, GOOD)
    account = ReplayUser(
        RetryingTransport(script, 30.0, sleep=no_time), "some@example.com", "password"
    )
    await account.register("phone")
    assert await account.send("phone", "GET", "/api/v1/sync/pull") == GOOD
    assert len(script.requests) == 4
