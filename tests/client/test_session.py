"""Signing in and out: tokens come and go, what was written stays."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.client.network import OTHER_USER, Scripted, ok, page, problem, tokens
from trackforge_client import (
    AccountDeleted,
    Device,
    Offline,
    RequestRejected,
    SignedOut,
    UnsentWork,
)
from trackforge_client.device.transport import Request, Response

NOW = 1_795_399_905_123_000


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def network() -> Scripted:
    scripted = Scripted()
    scripted.on("/auth/login", tokens())
    return scripted


@pytest.fixture
async def phone(network: Scripted, tmp_path: Path) -> AsyncIterator[Device]:
    async with Device(
        tmp_path / "gym.db", "", http=network, now_us=lambda: NOW, sleep=no_sleep, name="phone"
    ) as device:
        await device.login("ann@example.com", "secret")
        yield device


def bearer(request: Request) -> str:
    return request.headers["authorization"]


def expired_for(number: int, then: Response) -> Callable[[Request], Response]:
    """401 for the tokens of that number, the answer for later ones."""
    old = json.loads(tokens(number).body)["access_token"]

    def answer(request: Request) -> Response:
        return problem(401, "token_expired") if old in bearer(request) else then

    return answer


async def test_login_tells_the_devices_name(phone: Device, network: Scripted) -> None:
    assert phone.name == "phone"
    (request,) = network.sent("/auth/login")
    body = {"email": "ann@example.com", "password": "secret", "device_name": "phone"}
    assert json.loads(request.body or b"") == body


async def test_many_requests_refresh_once(phone: Device, network: Scripted) -> None:
    network.always("/auth/sessions", expired_for(1, ok({"sessions": []})))
    network.on("/auth/refresh", tokens(2))
    assert await asyncio.gather(*(phone.sessions() for _ in range(5))) == [[]] * 5
    (refresh,) = network.sent("/auth/refresh")
    assert json.loads(refresh.body or b"") == {"refresh_token": "refresh-1"}
    assert refresh.headers["idempotency-key"]


async def test_a_lost_refresh_is_repeated_under_its_key(network: Scripted, tmp_path: Path) -> None:
    network.always("/auth/sessions", expired_for(1, ok({"sessions": []})))
    network.on("/auth/refresh", *[Offline("lost", sent=True)] * 3)
    async with Device(tmp_path / "a.db", "", http=network, sleep=no_sleep) as phone:
        await phone.login("ann@example.com", "secret")
        with pytest.raises(Offline):
            await phone.sessions()
    network.on("/auth/refresh", tokens(2))
    async with Device(tmp_path / "a.db", "", http=network, sleep=no_sleep) as phone:
        assert await phone.sessions() == []
    sent = network.sent("/auth/refresh")
    assert len(sent) == 4
    assert len({(one.headers["idempotency-key"], one.body) for one in sent}) == 1


async def test_a_refused_refresh_signs_out_and_drops_nothing(
    phone: Device, network: Scripted
) -> None:
    phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", problem(401, "token_expired"))
    network.on("/auth/refresh", problem(401, "refresh_reused"))
    with pytest.raises(SignedOut):
        await phone.push()
    status = phone.status()
    assert (status.sign_in, status.pending) == ("expired", {"exercises": 1})
    assert "sign in again as ann@example.com" in str(status)
    first = network.sent("/sync/push")[0]
    with pytest.raises(SignedOut):
        await phone.push()
    network.on("/auth/login", tokens(5))

    def applied(request: Request) -> Response:
        (change,) = json.loads(request.body or b"")["changes"]
        result = {"collection": "exercises", "id": change["id"], "status": "applied", "version": 1}
        answer = {"version": 1, "server_clock": NOW, "clock_shift_us": 0}
        return ok({**answer, "results": [result]})

    network.on("/sync/push", applied)
    await phone.login("ann@example.com", "secret")
    assert await phone.push() == {"applied": 1}
    assert network.sent("/sync/push")[1].body == first.body


async def test_a_hotel_network_does_not_sign_out(phone: Device, network: Scripted) -> None:
    network.on("/auth/sessions", Response(401, {"content-type": "text/html"}, b"<h1>Hotel</h1>"))
    with pytest.raises(Exception, match="401"):
        await phone.sessions()
    assert phone.status().sign_in == "signed in"
    assert network.sent("/auth/refresh") == []


async def test_logout_keeps_what_was_written(phone: Device, network: Scripted) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    network.on("/auth/logout", Response(204, {}, b""))
    await phone.logout()
    assert json.loads(network.sent("/auth/logout")[0].body or b"") == {"refresh_token": "refresh-1"}
    assert phone.get("exercises", id) is not None
    assert phone.status().pending == {"exercises": 1}
    assert str(phone.status()).startswith("Signed out.")
    with pytest.raises(SignedOut):
        await phone.sync()


async def test_logout_works_without_a_network(phone: Device, network: Scripted) -> None:
    network.on("/auth/logout", Offline("no network", sent=False))
    await phone.logout()
    assert phone.status().sign_in == "signed out"


async def test_another_user_cannot_take_over_unsent_work(phone: Device, network: Scripted) -> None:
    id = phone.put("exercises", {"name": "Ann's"})
    network.on("/auth/login", tokens(7, OTHER_USER))
    network.on("/auth/logout", Response(204, {}, b""))
    with pytest.raises(UnsentWork, match="work of ann"):
        await phone.login("bob@example.com", "secret")
    assert phone.get("exercises", id) is not None
    assert phone.status().email == "ann@example.com"
    given_back = json.loads(network.sent("/auth/logout")[0].body or b"")
    assert given_back == {"refresh_token": "refresh-7"}


async def test_another_user_starts_with_an_empty_file(phone: Device, network: Scripted) -> None:
    theirs = {
        "collection": "exercises", "id": OTHER_USER, "version": 1, "clock": 1,
        "device_id": OTHER_USER, "deleted": False, "data": {"name": "Ann's"},
    }  # fmt: skip
    network.on("/sync/pull", page([theirs], "ann's", clock=NOW))
    await phone.pull()
    network.on("/auth/login", tokens(7, OTHER_USER))
    await phone.login("bob@example.com", "secret")
    assert phone.live() == []
    network.on("/sync/pull", page([], "bob's", clock=NOW))
    await phone.pull()
    assert "ann" not in network.sent("/sync/pull")[1].path


async def test_a_deleted_account_is_reported_and_drops_nothing(
    phone: Device, network: Scripted
) -> None:
    id = phone.put("exercises", {"name": "Squat"})
    network.on("/sync/push", problem(401, "account_deleted"))
    for _ in range(2):
        with pytest.raises(AccountDeleted):
            await phone.push()
    assert phone.get("exercises", id) is not None
    assert "account was deleted" in str(phone.status())


async def test_a_wrong_password_is_reported() -> None:
    refusing = Scripted()
    refusing.on("/auth/login", problem(401, "invalid_credentials"))
    async with Device(":memory:", "", http=refusing) as phone:
        with pytest.raises(RequestRejected) as caught:
            await phone.login("ann@example.com", "wrong")
        assert caught.value.code == "invalid_credentials"


async def test_a_photograph_goes_out_as_a_form(phone: Device, network: Scripted) -> None:
    network.on("/ocr/menu", ok({"id": "x", "provider": "mock", "items": [], "unread": []}))
    image = b"\x89PNG" + bytes(range(256))
    assert (await phone.ocr_menu(image))["provider"] == "mock"
    (request,) = network.sent("/ocr/menu")
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert image in (request.body or b"")
    assert b'name="image"' in (request.body or b"")
    assert b"image/png" in (request.body or b"")
