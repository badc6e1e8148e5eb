"""Stories: the network fails at the worst moment, after the server has committed."""

from pathlib import Path

import pytest

from tests.infrastructure.server import Server
from trackforge_client import Device, Offline, Retryable

from .conftest import NewDevice
from .proxy import ANSWER_LOST, REPEATED, REQUEST_LOST, Fault, Proxy, fine, first
from .stories import agree, food

PUSH, PULL, REFRESH = "/sync/push", "/sync/pull", "/auth/refresh"


async def _through(proxy: Proxy, new_device: NewDevice) -> tuple[Device, Device]:
    """A phone behind the proxy and a tablet with a good network, in step."""
    phone = await new_device("phone", base_url=proxy.base_url)
    tablet = await new_device("tablet")
    phone.put("foods", food("Shared"))
    await agree(phone, tablet)
    return phone, tablet


async def _at_once(_: float) -> None:
    """Replacement of the sleep before a retry."""


async def _version(device: Device) -> int:
    return (await device.check()).version


@pytest.mark.parametrize(
    "fault", [ANSWER_LOST, REQUEST_LOST, Fault(keep=1), Fault(keep=17), Fault(keep=200)]
)
async def test_a_push_without_an_answer_takes_effect_once(
    proxy: Proxy, new_device: NewDevice, fault: Fault
) -> None:
    phone, tablet = await _through(proxy, new_device)
    before = await _version(tablet)
    phone.put("foods", food("Oats"))
    phone.put("foods", food("Rye"))
    proxy.choose = first(PUSH, fault)
    with pytest.raises(Offline):
        await phone.push()
    assert sum(phone.status().pending.values()) == 2
    committed = await _version(tablet) - before
    assert committed == (2 if fault.deliveries else 0)
    await agree(phone, tablet)
    assert await _version(tablet) - before == 2
    assert len(tablet.all("foods")) == 3


async def test_a_push_whose_answer_is_lost_again_and_again_takes_effect_once(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone, tablet = await _through(proxy, new_device)
    before = await _version(tablet)
    phone.put("foods", food("Oats"))
    proxy.choose = first(PUSH, *([ANSWER_LOST] * 5))
    for _ in range(5):
        with pytest.raises(Offline):
            await phone.push()
    await agree(phone, tablet)
    assert await _version(tablet) - before == 1


async def test_a_push_that_arrives_twice_takes_effect_once(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone, tablet = await _through(proxy, new_device)
    before = await _version(tablet)
    phone.put("foods", food("Oats"))
    proxy.choose = first(PUSH, REPEATED)
    assert await phone.push() == {"applied": 1}
    await agree(phone, tablet)
    assert await _version(tablet) - before == 1


async def test_an_edit_made_elsewhere_before_the_repeat_is_not_undone(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone, tablet = await _through(proxy, new_device)
    [shared] = phone.all("foods")
    id = str(shared["id"])
    phone.patch("foods", id, {"notes": "phone, earlier"})
    proxy.choose = first(PUSH, ANSWER_LOST)
    with pytest.raises(Offline):
        await phone.push()
    await tablet.sync()
    tablet.patch("foods", id, {"notes": "tablet, later"})
    await tablet.sync()
    await agree(phone, tablet)
    assert phone.all("foods")[0]["notes"] == "tablet, later"


async def test_edits_made_while_the_answer_is_lost_follow_it(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone, tablet = await _through(proxy, new_device)
    id = phone.put("foods", food("Oats"))
    proxy.choose = first(PUSH, ANSWER_LOST)
    with pytest.raises(Offline):
        await phone.push()
    phone.patch("foods", id, {"notes": "dry"})
    phone.put("foods", food("Rye"))
    await agree(phone, tablet)
    seen = tablet.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "dry"
    assert len(tablet.all("foods")) == 3


async def test_a_device_that_restarts_before_the_repeat_repeats_it(
    proxy: Proxy, new_device: NewDevice, server: Server, tmp_path: Path
) -> None:
    phone, tablet = await _through(proxy, new_device)
    before = await _version(tablet)
    phone.put("foods", food("Oats"))
    proxy.choose = first(PUSH, ANSWER_LOST)
    with pytest.raises(Offline):
        await phone.push()
    async with Device(tmp_path / "ada-phone.sqlite3", server.base_url, name="phone") as restarted:
        await restarted.sync()
        await agree(restarted, tablet)
    assert await _version(tablet) - before == 1


@pytest.mark.parametrize("fault", [ANSWER_LOST, REQUEST_LOST, Fault(keep=40), Fault(keep=400)])
async def test_a_pull_without_an_answer_skips_nothing(
    proxy: Proxy, new_device: NewDevice, fault: Fault
) -> None:
    tablet = await new_device("tablet")
    phone = await new_device("phone", base_url=proxy.base_url, pull_limit=2)
    for number in range(20):
        tablet.put("foods", food(f"Food {number}"))
    await tablet.sync()
    for lost in range(4):
        # aiohttp repeats a GET once by itself, hence two faults in a row.
        proxy.choose = first(PULL, *([Fault()] * lost), fault, fault)
        with pytest.raises(Retryable):
            await phone.pull()
        tablet.put("foods", food(f"Meanwhile {lost}"))
        await tablet.sync()
    proxy.choose = fine
    await agree(phone, tablet)
    assert len(phone.all("foods")) == 24


async def test_a_refresh_whose_answer_is_lost_does_not_sign_the_user_out(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone = await new_device("phone", base_url=proxy.base_url, sleep=_at_once)
    tablet = await new_device("tablet")
    proxy.choose = first(REFRESH, ANSWER_LOST, ANSWER_LOST)
    for _ in range(3):
        try:
            await phone.refresh()
        except Retryable:
            continue
        break
    assert phone.status().sign_in == "signed in"
    phone.put("foods", food("Oats"))
    await agree(phone, tablet)


async def test_a_push_that_overtakes_a_slow_one_changes_nothing_about_the_end(
    proxy: Proxy, new_device: NewDevice
) -> None:
    phone, tablet = await _through(proxy, new_device)
    id = phone.put("foods", food("Oats"))
    await agree(phone, tablet)
    phone.patch("foods", id, {"notes": "earlier"})
    tablet.patch("foods", id, {"notes": "later"})

    async def slow(line: str) -> Fault:
        if PUSH in line:
            await tablet.sync()
        return Fault()

    proxy.choose = slow
    await phone.push()
    await agree(phone, tablet)
    seen = phone.get("foods", id)
    assert seen is not None
    assert seen["notes"] == "later"
