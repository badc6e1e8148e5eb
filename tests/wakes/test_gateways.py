"""Push services: Web Push as browsers decrypt it, Firebase and Apple by their HTTP interfaces."""

import base64
import time
from collections.abc import AsyncIterator, Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sync_server.config.push_services import new_vapid_key, push_problems, vapid_public_key
from sync_server.config.settings import SETTINGS, Config
from sync_server.gateways.base import Delivery
from sync_server.gateways.endpoints import endpoint_problem, is_public
from sync_server.gateways.registry import Gateways, kinds_of, push_config
from tests.support.push_service import (
    ApnsService,
    FcmService,
    Subscription,
    WebPushService,
    apns_service,
    fcm_error,
    fcm_service,
    from_base64url,
    web_push_service,
)

# RFC 8291, section 5.
RFC_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RFC_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
RFC_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulc"
    "y4a-fN"
)
TOKEN = "0123456789abcdef" * 4
Open = Callable[[Config], Gateways]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Opens the push services of settings, and closes them."""
    open_ones: list[Gateways] = []

    def open_all(config: Config) -> Gateways:
        open_ones.append(Gateways(config))
        open_ones[-1].open()
        return open_ones[-1]

    yield open_all
    for it in open_ones:
        await it.close()


@pytest.fixture
async def browser() -> AsyncIterator[tuple[WebPushService, Config]]:
    """A service of Web Push, and the settings that reach it."""
    key = new_vapid_key()
    async with web_push_service(vapid_public_key(key)) as service:
        yield service, Config().changed(vapid_private_key=key, push_loopback=True)


@pytest.fixture
async def firebase() -> AsyncIterator[tuple[FcmService, Config]]:
    """Firebase, and the settings that reach it."""
    async with fcm_service() as service:
        yield (
            service,
            Config().changed(fcm_credentials=service.credentials, fcm_url=service.base_url),
        )


@pytest.fixture
async def apple() -> AsyncIterator[tuple[ApnsService, Config]]:
    """Apple's service, and the settings that reach it."""
    async with apns_service() as service:
        yield service, Config().changed(
            apns_key=service.key, apns_key_id="KEY1234567", apns_team_id="TEAM123456",
            apns_bundle_id="com.example.app", apns_url=service.base_url,
        )  # fmt: skip


async def wake(gateways: Gateways, kind: str, address: dict[str, str]) -> Delivery:
    gateway = gateways.get(kind)
    assert gateway is not None
    return await gateway.wake(address)


def test_the_example_of_the_rfc_is_decrypted() -> None:
    number = int.from_bytes(from_base64url(RFC_KEY), "big")
    subscription = Subscription(
        ec.derive_private_key(number, ec.SECP256R1()), from_base64url(RFC_AUTH)
    )
    assert subscription.decrypt(from_base64url(RFC_BODY)) == (
        b"When I grow up, I want to be a watermelon"
    )


@pytest.mark.parametrize("kind", ["webpush", "unifiedpush"])
async def test_a_browser_decrypts_the_message_and_verifies_its_sender(
    browser: tuple[WebPushService, Config], opened: Open, kind: str
) -> None:
    service, config = browser
    body = service.subscribe("phone", kind)
    address = {"endpoint": body["endpoint"], **body["keys"]}
    gateways = opened(config)
    assert await wake(gateways, kind, address) == Delivery("sent")
    assert service.messages == [("phone", b"sync")]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((410, {}), Delivery("dead", "410")),
        ((404, {}), Delivery("dead", "404")),
        ((429, {"Retry-After": "120"}), Delivery("failed", "429", 120.0)),
        ((307, {"Location": "http://127.0.0.1:1/"}), Delivery("failed", "307")),
        ((503, {"Retry-After": "soon"}), Delivery("failed", "503")),
        ((403, {}), Delivery("failed", "403")),
    ],
)
async def test_an_answer_of_web_push_says_if_the_key_is_dead(
    browser: tuple[WebPushService, Config],
    opened: Open,
    answer: tuple[int, dict[str, str]],
    expected: Delivery,
) -> None:
    service, config = browser
    body = service.subscribe("phone")
    service.answers = [answer]
    address = {"endpoint": body["endpoint"], **body["keys"]}
    assert await wake(opened(config), "webpush", address) == expected
    assert service.messages == []


async def test_an_endpoint_on_this_machine_is_never_called_without_the_setting(
    browser: tuple[WebPushService, Config], opened: Open
) -> None:
    service, config = browser
    body = service.subscribe("phone")
    address = {"endpoint": body["endpoint"], **body["keys"]}
    gateways = opened(config.changed(push_loopback=False))
    assert await wake(gateways, "webpush", address) == Delivery("dead", "forbidden_endpoint")
    assert service.messages == []


async def test_a_name_that_resolves_to_this_machine_is_not_called(
    browser: tuple[WebPushService, Config], opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, config = browser
    body = service.subscribe("phone")
    port = body["endpoint"].rpartition(":")[2].partition("/")[0]

    async def resolve(*_: object) -> list[dict[str, object]]:
        return [{"hostname": "push.example.com", "host": "127.0.0.1", "port": int(port),
                 "family": 2, "proto": 0, "flags": 0}]  # fmt: skip

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    address = {"endpoint": f"https://push.example.com:{port}/phone", **body["keys"]}
    delivery = await wake(opened(config), "webpush", address)
    assert delivery.outcome == "failed"
    assert delivery.reason == "ClientConnectorDNSError"


@pytest.mark.parametrize(
    "url",
    ["http://push.example.com/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.8/x",
     "https://192.168.1.1/x", "https://169.254.169.254/latest", "https://[fd00::1]/x",
     "https://[::ffff:10.0.0.1]/x", "https://localhost/x", "https://intranet/x",
     "https://127.1/x", "https://2130706433/x", "https://0x7f.0.0.1/x", "https://a.internal/x",
     "https://u:p@push.example.com/x", "https://push.example.com:0/x", "https:///x", "x",
     "https://push.example.com/" + "x" * 2048, "https://push.example.com/\u00fc",
     "https://push.example.com./x#y", "https://[64:ff9b::7f00:1]/x", "https://0.0.0.0/x",
     "ftp://push.example.com/x", "https://push.example.com:99999/x", "https://[fe80::1%25eth0]/x",
     "https://100.64.0.1/x", "https://224.0.0.1/x", "https://[2002:7f00:1::]/x", ""],
)  # fmt: skip
def test_an_endpoint_is_https_at_a_public_address(url: str) -> None:
    assert endpoint_problem(url)
    assert endpoint_problem("https://push.example.com/wpush/v2/abc?token=1") == ""
    assert endpoint_problem("https://web.push.apple.com:443/abc") == ""


@pytest.mark.parametrize(
    ("address", "expected"),
    [("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("127.0.0.1", False),
     ("172.16.0.1", False), ("::", False), ("::ffff:192.168.0.1", False), ("fec0::1", False),
     ("2001:0:4136:e378::1", False), ("255.255.255.255", False), ("x", False)],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


async def test_firebase_gets_a_message_without_contents_for_one_access_token(
    firebase: tuple[FcmService, Config], opened: Open
) -> None:
    service, config = firebase
    gateways = opened(config)
    for _ in range(2):
        assert await wake(gateways, "fcm", {"token": "app:token-1"}) == Delivery("sent")
    assert service.tokens == ["token-0"]
    assert service.messages[0] == {
        "token": "app:token-1",
        "data": {"type": "sync"},
        "android": {"collapse_key": "sync", "priority": "NORMAL", "ttl": "86400s"},
    }
    service.tokens.append("revoked")
    assert await wake(gateways, "fcm", {"token": "app:token-1"}) == Delivery("sent")
    assert len(service.tokens) == 3, "a token that was rejected is fetched anew, once"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, fcm_error("NOT_FOUND", "UNREGISTERED")), Delivery("dead", "UNREGISTERED")),
        ((400, fcm_error("INVALID_ARGUMENT", "INVALID_ARGUMENT")),
         Delivery("dead", "INVALID_ARGUMENT")),
        ((429, fcm_error("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")), Delivery("failed", "429")),
        ((403, fcm_error("PERMISSION_DENIED", "SENDER_ID_MISMATCH")), Delivery("failed", "403")),
        ((500, {"error": "?"}), Delivery("failed", "500")),
    ],
)  # fmt: skip
async def test_an_answer_of_firebase_says_if_the_key_is_dead(
    firebase: tuple[FcmService, Config],
    opened: Open,
    answer: tuple[int, dict[str, object]],
    expected: Delivery,
) -> None:
    service, config = firebase
    service.answers = [answer]
    assert await wake(opened(config), "fcm", {"token": "app:token-1"}) == expected


async def test_firebase_without_an_access_token_is_a_failure(
    firebase: tuple[FcmService, Config], opened: Open
) -> None:
    service, config = firebase
    account = service.credentials.replace("/token", "/nowhere")
    gateways = opened(config.changed(fcm_credentials=account))
    assert await wake(gateways, "fcm", {"token": "x"}) == Delivery("failed", "token_404")


async def test_apple_gets_a_background_message_over_http_2(
    apple: tuple[ApnsService, Config], opened: Open
) -> None:
    service, config = apple
    gateways = opened(config)
    for _ in range(2):
        assert await wake(gateways, "apns", {"token": TOKEN}) == Delivery("sent")
    headers, body = service.messages[0]
    assert (headers[":method"], headers[":path"]) == ("POST", f"/3/device/{TOKEN}")
    assert body == b'{"aps":{"content-available":1}}'
    assert headers["apns-topic"] == "com.example.app"
    assert headers["apns-push-type"] == "background"
    assert headers["apns-priority"] == "5"
    assert headers["apns-collapse-id"] == "sync"
    assert time.time() < int(headers["apns-expiration"]) <= time.time() + 86_400
    assert len(set(service.tokens)) == 1, "Apple rejects tokens that change too often"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((410, {"reason": "Unregistered", "timestamp": 1}), Delivery("dead", "Unregistered")),
        ((400, {"reason": "BadDeviceToken"}), Delivery("dead", "BadDeviceToken")),
        ((403, {"reason": "InvalidProviderToken"}), Delivery("failed", "InvalidProviderToken")),
        ((429, {"reason": "TooManyRequests"}), Delivery("failed", "TooManyRequests")),
        ((503, {}), Delivery("failed", "503")),
    ],
)
async def test_an_answer_of_apple_says_if_the_key_is_dead(
    apple: tuple[ApnsService, Config],
    opened: Open,
    answer: tuple[int, dict[str, object]],
    expected: Delivery,
) -> None:
    service, config = apple
    service.answers = [answer]
    assert await wake(opened(config), "apns", {"token": TOKEN}) == expected


async def test_a_provider_token_that_has_expired_is_made_anew(
    apple: tuple[ApnsService, Config], opened: Open
) -> None:
    service, config = apple
    service.answers = [(403, {"reason": "ExpiredProviderToken"})]
    assert await wake(opened(config), "apns", {"token": TOKEN}) == Delivery("sent")
    assert len(service.messages) == 2


@pytest.mark.parametrize("kind", ["webpush", "fcm", "apns"])
async def test_a_push_service_that_cannot_be_reached_is_a_failure(
    browser: tuple[WebPushService, Config],
    firebase: tuple[FcmService, Config],
    apple: tuple[ApnsService, Config],
    opened: Open,
    kind: str,
) -> None:
    nowhere = "http://127.0.0.1:1"
    keys = browser[0].subscribe("phone")["keys"]
    config = apple[1].changed(
        vapid_private_key=browser[1].wakes.vapid_private_key, push_loopback=True,
        fcm_credentials=firebase[1].wakes.fcm_credentials, fcm_url=nowhere, apns_url=nowhere,
    )  # fmt: skip
    address = {"endpoint": f"{nowhere}/x", "token": TOKEN, **keys}
    assert (await wake(opened(config), kind, address)).outcome == "failed"


def test_settings_say_which_kinds_there_are(
    firebase: tuple[FcmService, Config], apple: tuple[ApnsService, Config]
) -> None:
    key = new_vapid_key()
    assert kinds_of(Config()) == ()
    assert push_config(Config()) == {"kinds": [], "vapid_public_key": None}
    config = apple[1].changed(
        vapid_private_key=key, fcm_credentials=firebase[1].wakes.fcm_credentials
    )
    assert kinds_of(config) == ("webpush", "unifiedpush", "fcm", "apns")
    public = push_config(config)["vapid_public_key"]
    assert len(base64.urlsafe_b64decode(f"{public}=")) == 65


@pytest.mark.parametrize(
    ("setting", "value"),
    [("vapid_private_key", "short"), ("vapid_private_key", "!"), ("vapid_private_key", "A" * 43),
     ("fcm_credentials", "{}"), ("fcm_credentials", "x"), ("apns_key", "x"),
     ("apns_key_id", "KEY1234567"), ("fcm_url", "http://example.com"), ("apns_url", "x"),
     ("vapid_subject", "ann@example.com")],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(setting: str, value: str) -> None:
    values = {name: Config().value(name) for name in SETTINGS}
    assert push_problems(values) == {}
    problems = push_problems(values | {setting: value})
    assert problems
    assert all(value not in text or len(value) < 2 for text in problems.values())
