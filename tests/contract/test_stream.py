"""The stream: tells that the version moved, to every device that listens, and carries no data."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .http_client import PREFIX, User
from .records import put


@contextmanager
def _listening(user: User, ticket: str = "") -> Iterator[http.client.HTTPResponse]:
    connection = user.server.connect()
    token = {"Authorization": f"Bearer {user.tokens['access_token']}"}
    query = f"?ticket={ticket}" if ticket else ""
    connection.request("GET", f"{PREFIX}/sync/stream{query}", headers={} if ticket else token)
    response = connection.getresponse()
    try:
        assert response.status == 200
        yield response
    finally:
        response.close()
        connection.close()


def _next_head(response: http.client.HTTPResponse) -> int:
    event, document = _next_event(response)
    assert event == "head"
    assert document.keys() == {"version"}
    return int(document["version"])


def _next_event(response: http.client.HTTPResponse) -> tuple[str, dict[str, Any]]:
    event, data = "", ""
    while True:
        raw = response.readline()
        assert raw, "the stream has ended"
        line = raw.decode().rstrip("\r\n")
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
        elif name == "data":
            data = value.strip()
        elif line == "" and data:
            return event, json.loads(data)


def _received(response: http.client.HTTPResponse, version: int) -> bool:
    """True if the version arrives; notifications may arrive one by one or as the newest only."""
    heads = iter(lambda: _next_head(response), None)
    return next(head for head in heads if head >= version) == version


def test_the_newest_version_is_sent_at_connection(user: User) -> None:
    version = user.applied(put("foods"), put("foods"))["version"]
    with _listening(user) as response:
        assert response.headers["Content-Type"].split(";")[0] == "text/event-stream"
        assert _next_head(response) == version


def test_the_head_of_a_new_user_is_zero(user: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0


def test_a_push_notifies_every_subscriber(user: User) -> None:
    with _listening(user) as phone, _listening(user) as tablet:
        assert (_next_head(phone), _next_head(tablet)) == (0, 0)
        for _ in range(3):
            version = user.applied(put("foods"), put("foods"))["version"]
            assert _received(phone, version)
            assert _received(tablet, version)


def test_another_users_push_sends_no_notification(user: User, other: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0
        other.applied(*(put("foods") for _ in range(5)))
        version = user.applied(put("foods"))["version"]
        assert _next_head(response) == version


def test_a_combined_push_and_pull_notifies(user: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0
        body = {"push": user.envelope(put("foods")), "pull": {}}
        version = user.push_body(body, path="/sync").ok()["push"]["version"]
        assert _received(response, version)


def test_a_stream_needs_a_token(anyone: User) -> None:
    assert anyone.server.request("GET", "/sync/stream").status == 401


def _ticket(user: User) -> str:
    answer = user.request("POST", "/sync/stream-ticket").ok()
    assert answer.keys() == {"ticket", "expires_in"}
    assert answer["expires_in"] == 60
    return str(answer["ticket"])


def test_a_ticket_opens_one_stream(user: User) -> None:
    version = user.applied(put("foods"))["version"]
    ticket = _ticket(user)
    with _listening(user, ticket) as response:
        assert _next_head(response) == version
        assert _received(response, user.applied(put("foods"))["version"])
    again = user.server.request("GET", f"/sync/stream?ticket={ticket}")
    assert (again.status, again.code) == (401, "unauthorized")


def test_an_unknown_ticket_opens_nothing(anyone: User) -> None:
    assert anyone.server.request("GET", "/sync/stream?ticket=x").status == 401


def test_a_ticket_is_for_streams_only(user: User) -> None:
    ticket = _ticket(user)
    assert user.server.request("GET", f"/sync/pull?ticket={ticket}").status == 401
    assert user.server.request("POST", f"/sync/stream-ticket?ticket={ticket}").status == 401


def test_a_ticket_of_a_session_that_ended_opens_nothing(user: User) -> None:
    ticket = _ticket(user)
    assert user.request("POST", "/auth/logout", {}).status == 204
    assert user.server.request("GET", f"/sync/stream?ticket={ticket}").status == 401


def test_a_ticket_needs_a_token(anyone: User) -> None:
    assert anyone.server.request("POST", "/sync/stream-ticket").status == 401


def test_a_log_out_ends_the_stream_within_a_second(user: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0
        assert user.request("POST", "/auth/logout", {}).status == 204
        began = time.monotonic()
        while response.readline():
            pass
        assert time.monotonic() - began < 1


def test_the_oldest_of_eleven_streams_is_replaced(user: User) -> None:
    with ExitStack() as stack:
        oldest, *newer = (stack.enter_context(_listening(user)) for _ in range(11))
        assert _next_event(oldest) == ("head", {"version": 0})
        assert _next_event(oldest) == ("replaced", {})
        while oldest.readline():
            pass
        version = user.applied(put("foods"))["version"]
        assert all(_received(response, version) for response in newer)
