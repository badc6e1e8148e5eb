"""The stream: tells that the version moved, to every device that listens, and carries no data."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager

from .records import put
from .wire import PREFIX, User


@contextmanager
def _listening(user: User) -> Iterator[http.client.HTTPResponse]:
    connection = user.server.connect()
    token = {"Authorization": f"Bearer {user.tokens['access_token']}"}
    connection.request("GET", f"{PREFIX}/sync/stream", headers=token)
    response = connection.getresponse()
    try:
        assert response.status == 200
        yield response
    finally:
        response.close()
        connection.close()


def _next_head(response: http.client.HTTPResponse) -> int:
    event, data = "", ""
    while True:
        line = response.readline().decode().rstrip("\r\n")
        name, _, value = line.partition(":")
        if name == "event":
            event = value.strip()
        elif name == "data":
            data = value.strip()
        elif line == "" and data:
            assert event == "head"
            document = json.loads(data)
            assert document.keys() == {"version"}
            return int(document["version"])


def _heard(response: http.client.HTTPResponse, version: int) -> bool:
    """Whether the version comes; pokes may be told one by one or as the newest only."""
    heads = iter(lambda: _next_head(response), None)
    return next(head for head in heads if head >= version) == version


def test_the_head_is_told_at_connection(user: User) -> None:
    version = user.applied(put("foods"), put("foods"))["version"]
    with _listening(user) as response:
        assert response.headers["Content-Type"].split(";")[0] == "text/event-stream"
        assert _next_head(response) == version


def test_the_head_of_a_new_user_is_zero(user: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0


def test_a_push_is_told_to_every_listener(user: User) -> None:
    with _listening(user) as phone, _listening(user) as tablet:
        assert (_next_head(phone), _next_head(tablet)) == (0, 0)
        for _ in range(3):
            version = user.applied(put("foods"), put("foods"))["version"]
            assert _heard(phone, version)
            assert _heard(tablet, version)


def test_another_users_push_is_not_told(user: User, other: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0
        other.applied(*(put("foods") for _ in range(5)))
        version = user.applied(put("foods"))["version"]
        assert _next_head(response) == version


def test_a_combined_push_and_pull_is_told(user: User) -> None:
    with _listening(user) as response:
        assert _next_head(response) == 0
        body = {"push": user.envelope(put("foods")), "pull": {}}
        version = user.push_body(body, path="/sync").ok()["push"]["version"]
        assert _heard(response, version)


def test_a_stream_needs_a_token(anyone: User) -> None:
    assert anyone.server.request("GET", "/sync/stream").status == 401
