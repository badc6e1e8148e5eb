"""Stories: the records change under a device that is in the middle of its pages."""

import pytest

from trackforge_client import Device

from .conftest import NewDevice
from .proxy import FINE, Fault, Proxy
from .stories import agree, food


async def _meanwhile(
    proxy: Proxy, new_device: NewDevice, tablet: Device, page: int, change: str, limit: int
) -> Device:
    """A phone that makes its first sync while the tablet changes things before one of its pages."""
    foods = [str(record["id"]) for record in tablet.all("foods")]
    requests = 0

    async def choose(line: str) -> Fault:
        nonlocal requests
        if "/sync/pull" in line:
            requests += 1
            if requests == page:
                match change:
                    case "edit":
                        for id in (foods[0], foods[4], foods[-1]):
                            tablet.patch("foods", id, {"notes": "changed while paging"})
                    case "delete":
                        for id in (foods[1], foods[5], foods[-2]):
                            tablet.delete("foods", id)
                    case "make and delete":
                        tablet.delete("foods", tablet.put("foods", food("Short-lived")))
                        tablet.put("foods", food("New"))
                await tablet.sync()
        return FINE

    proxy.choose = choose
    phone = await new_device("phone", base_url=proxy.base_url, pull_limit=limit)
    await phone.pull()
    assert requests > page
    return phone


@pytest.mark.parametrize("change", ["edit", "delete", "make and delete"])
@pytest.mark.parametrize("page", [1, 2, 3, 4])
async def test_a_first_sync_during_which_things_change_ends_complete(
    proxy: Proxy, new_device: NewDevice, page: int, change: str
) -> None:
    tablet = await new_device("tablet")
    for number in range(10):
        tablet.put("foods", food(f"Food {number}"))
    await tablet.sync()
    phone = await _meanwhile(proxy, new_device, tablet, page, change, limit=2)
    assert phone.digest() == tablet.digest(), "one pull to the end is enough"
    assert (await phone.check()).same
    await agree(phone, tablet)


async def test_a_record_that_changes_before_every_page_still_arrives(
    proxy: Proxy, new_device: NewDevice
) -> None:
    tablet = await new_device("tablet")
    restless = tablet.put("foods", food("Restless"))
    for number in range(6):
        tablet.put("foods", food(f"Food {number}"))
    await tablet.sync()
    pages = 0

    async def choose(line: str) -> Fault:
        nonlocal pages
        if "/sync/pull" in line and pages < 6:
            pages += 1
            tablet.patch("foods", restless, {"notes": f"before page {pages}"})
            await tablet.sync()
        return FINE

    proxy.choose = choose
    phone = await new_device("phone", base_url=proxy.base_url, pull_limit=1)
    await phone.pull()
    assert len(phone.all("foods")) == 7
    seen = phone.get("foods", restless)
    assert seen is not None
    assert seen["notes"] == "before page 6"


async def test_a_device_that_pushes_while_it_pages_keeps_its_own_edits(
    proxy: Proxy, new_device: NewDevice
) -> None:
    tablet = await new_device("tablet")
    ids = [tablet.put("foods", food(f"Food {number}")) for number in range(6)]
    await tablet.sync()
    phone = await new_device("phone", base_url=proxy.base_url, pull_limit=2)
    await phone.pull()
    for id in ids:
        tablet.patch("foods", id, {"notes": "tablet"})
    await tablet.sync()
    pages = 0

    async def choose(line: str) -> Fault:
        nonlocal pages
        if "/sync/pull" in line:
            pages += 1
            if pages == 2:
                for id in ids:
                    phone.patch("foods", id, {"brand": "phone"})
                await phone.push()
        return FINE

    proxy.choose = choose
    await phone.pull()
    await agree(phone, tablet)
    assert {(record["notes"], record["brand"]) for record in phone.all("foods")} == {
        ("tablet", "phone")
    }
