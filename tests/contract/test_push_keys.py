"""Push keys: where a push service reaches a device, set and deleted by its session."""

from typing import Any

import pytest

from .http_client import User
from .records import put

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoI"
    "Aiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}  # fmt: skip
# A reserved domain: nothing is ever sent there.
WEB = {"kind": "webpush", "endpoint": "https://push.example/wpush/v2/abc", "keys": KEYS}
KINDS = {"webpush", "unifiedpush", "fcm", "apns"}


@pytest.fixture
def kinds(anyone: User) -> list[str]:
    """Kinds that the server accepts."""
    accepted: list[str] = anyone.server.request("GET", "/sync/config").ok()["push"]["kinds"]
    return accepted


def path_of(user: User) -> str:
    return f"/sync/devices/{user.device_id}/push"


def pushes(user: User) -> list[Any]:
    return [it["push"] for it in user.get("/sync/devices").ok()["devices"]]


def test_the_configuration_names_the_kinds_and_the_key(anyone: User) -> None:
    push = anyone.server.request("GET", "/sync/config").ok()["push"]
    assert KINDS.issuperset(push["kinds"])
    assert ("webpush" in push["kinds"]) is (push["vapid_public_key"] is not None)


@pytest.mark.parametrize("kind", ["webpush", "unifiedpush"])
def test_a_key_is_listed_with_its_device_until_it_is_deleted(
    user: User, kinds: list[str], kind: str
) -> None:
    if kind not in kinds:
        pytest.skip("not configured on this server")
    user.applied(put("foods"))
    subscription = WEB | {"kind": kind, "expirationTime": None}
    state = user.request("PUT", path_of(user), subscription).ok()
    assert state["kind"] == kind
    assert (state["sent_at"], state["failures"], state["dropped_at"]) == (None, 0, None)
    assert pushes(user) == [state]
    assert KEYS["auth"] not in user.get("/sync/devices").body.decode()
    assert user.request("DELETE", path_of(user)).status == 204
    assert user.request("DELETE", path_of(user)).code == "not_found"
    assert pushes(user) == [None]


@pytest.mark.parametrize(
    ("kind", "address"),
    [("webpush", WEB), ("fcm", {"token": "app:token-1"}), ("apns", {"token": "ab" * 32})],
)
def test_a_kind_that_the_server_does_not_send_is_a_conflict(
    user: User, kinds: list[str], kind: str, address: dict[str, Any]
) -> None:
    if kind in kinds:
        pytest.skip("configured on this server")
    answer = user.request("PUT", path_of(user), address | {"kind": kind})
    assert (answer.status, answer.code) == (409, "push_unavailable")


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"kind": "smoke"}, "kind"),
        ({"kind": None}, "kind"),
        ({"endpoint": "http://push.example/x"}, "endpoint"),
        ({"endpoint": "https://127.0.0.1/x"}, "endpoint"),
        ({"endpoint": "https://169.254.169.254/latest/meta-data"}, "endpoint"),
        ({"endpoint": "https://[::ffff:10.0.0.1]/x"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"keys": None}, "keys"),
        ({"keys": KEYS | {"auth": "AAAA"}}, "keys"),
        ({"keys": KEYS | {"p256dh": "AAAA"}}, "keys"),
        ({"keys": {"auth": KEYS["auth"]}}, "keys"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_an_invalid_key_is_named_and_not_stored(
    user: User, kinds: list[str], change: dict[str, Any], member: str
) -> None:
    if "webpush" not in kinds:
        pytest.skip("not configured on this server")
    answer = user.request("PUT", path_of(user), WEB | change)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert member in answer.json["errors"]
    assert pushes(user) == []


@pytest.mark.parametrize("kind", ["fcm", "apns"])
@pytest.mark.parametrize("token", [None, "", "white space", "x" * 5000, "\u00fc", 7])
def test_an_invalid_token_is_named(user: User, kind: str, token: object) -> None:
    answer = user.request("PUT", path_of(user), {"kind": kind, "token": token})
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert "token" in answer.json["errors"]


def test_a_device_has_an_id_and_nobody_elses_key_is_there(
    user: User, other: User, kinds: list[str]
) -> None:
    assert user.request("PUT", "/sync/devices/phone/push", WEB).code == "not_found"
    if "webpush" in kinds:
        user.request("PUT", path_of(user), WEB).ok()
        assert other.request("DELETE", path_of(user)).code == "not_found"
        assert pushes(other) == []
