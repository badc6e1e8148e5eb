"""Stories: REST writes and pushes from a device converge."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.sync.server_writes.commit_edits import SERVER_DEVICE
from tests.infrastructure.server import Server
from tests.support.client import Client
from tests.support.sample_records import new_id, path
from trackforge_client import Device

from .conftest import NewDevice
from .stories import PASSWORD, agree, food, new_set, session

SHOWN = ("foods", "workout_sessions", "workout_sets", "body_metrics")


@pytest.fixture
async def website(server: Server, tmp_path: object) -> Client:
    """Ada at a computer that keeps nothing; log in once she has an account."""
    visitor = Client(server.base_url)
    visitor.email = f"ada.{getattr(tmp_path, 'name', '')}@example.com"
    visitor.password = PASSWORD
    return visitor


@pytest.fixture
async def second(config: Config) -> AsyncIterator[Server]:
    """Another process's server, on the same database."""
    running = Server(create_app(config))
    await running.start_server(auto_decompress=False)
    yield running
    await running.close()


async def same_as_listed(device: Device, website: Client) -> None:
    """The website lists what the device shows."""
    for collection in SHOWN:
        page = (await website.send("GET", f"{path(collection)}?limit=500&order=id")).json
        assert page["next_page_token"] is None
        unnamed = ("version", "clock", "device_id", "totals")
        listed = [
            {name: it for name, it in record.items() if name not in unnamed}
            for record in page["items"]
        ]
        assert listed == device.all(collection)


async def test_what_is_written_on_the_website_comes_to_the_phone(
    new_device: NewDevice, website: Client
) -> None:
    phone = await new_device("phone")
    await website.login()
    body = session() | {"sets": [{"exercise_id": new_id(), "reps": 5, "weight_kg": 100}]}
    made = (await website.send("POST", "/workout-sessions", body, Idempotency_Key=new_id())).json
    await phone.pull()
    stored = phone.get("workout_sessions", made["id"])
    assert stored is not None
    assert stored["name"] == "Push day"
    phone.patch("workout_sets", made["sets"][0]["id"], {"rpe": 9})
    await phone.sync()
    seen = (await website.send("GET", path("workout_sessions", made["id"]))).json
    assert seen["sets"][0]["rpe"] == 9
    assert seen["sets"][0]["device_id"] == phone.id
    assert seen["device_id"] == SERVER_DEVICE
    await same_as_listed(phone, website)


async def test_a_write_on_the_website_wins_over_a_clock_that_is_ahead(
    new_device: NewDevice, website: Client
) -> None:
    ahead = await new_device("ahead", now_us=lambda: time.time_ns() // 1000 + 50_000_000)
    await website.login()
    id = ahead.put("foods", food("from the future"))
    await ahead.sync()
    first = (await website.send("PATCH", path("foods", id), {"name": "Oats"})).json
    assert first["name"] == "Oats"
    assert first["clock"] > time.time_ns() // 1000 + 40_000_000
    await ahead.sync()
    seen = ahead.get("foods", id)
    assert seen is not None
    assert seen["name"] == "Oats"
    # Who has seen that write, writes after it.
    ahead.patch("foods", id, {"name": "Rolled oats"})
    await ahead.sync()
    assert (await website.send("GET", path("foods", id))).json["name"] == "Rolled oats"
    assert (await website.send("DELETE", path("foods", id))).status == 204
    await ahead.sync()
    assert ahead.get("foods", id) is None


async def test_an_edit_made_offline_before_loses_only_what_the_website_wrote(
    new_device: NewDevice, website: Client
) -> None:
    phone = await new_device("phone")
    await website.login()
    id = phone.put("workout_sessions", session())
    await phone.sync()
    phone.patch("workout_sessions", id, {"name": "offline", "notes": "offline"})
    await website.send("PATCH", path("workout_sessions", id), {"name": "website", "rating": 4})
    await agree(phone)
    seen = phone.get("workout_sessions", id)
    assert seen is not None
    assert (seen["name"], seen["notes"], seen["rating"]) == ("website", "offline", 4)
    await same_as_listed(phone, website)


async def test_two_devices_and_the_website_write_at_once_and_agree(
    new_device: NewDevice, website: Client, second: Server
) -> None:
    phone, tablet = await new_device("phone"), await new_device("tablet")
    await website.login()
    foods = [phone.put("foods", food(f"food {n}")) for n in range(4)]
    sessions = [phone.put("workout_sessions", session(f"session {n}")) for n in range(3)]
    sets = [phone.put("workout_sets", new_set(sessions[n % 3])) for n in range(6)]
    await agree(phone, tablet)
    elsewhere = Client(second.base_url)
    elsewhere.tokens = website.tokens
    chance = random.Random(4711)

    async def edit(device: Device) -> None:
        for n in range(15):
            device.patch("workout_sets", chance.choice(sets), {"rpe": chance.randint(1, 10)})
            device.patch("foods", chance.choice(foods), {"notes": f"{device.name} {n}"})
            device.put("body_metrics", {"date": f"2026-11-{n % 5 + 1:02}", "weight_kg": 80 + n})
            if n % 4 == 0:
                device.delete("workout_sessions", sessions[n % 3])
            await device.sync()

    async def browse(visitor: Client) -> None:
        for n in range(15):
            day = f"2026-11-{n % 5 + 1:02}"
            answers = [
                await visitor.send(
                    "PATCH", path("workout_sets", chance.choice(sets)), {"rpe": 5, "notes": f"{n}"}
                ),
                await visitor.send(
                    "PUT", path("foods", chance.choice(foods)), food(f"website {n}", notes="w")
                ),
                await visitor.send("POST", "/body-metrics", {"date": day, "weight_kg": 70 + n}),
                await visitor.send(
                    "PATCH", path("workout_sessions", sessions[n % 3]), {"rating": n % 5 + 1}
                ),
            ]
            assert {answer.status for answer in answers} <= {200, 201}, answers

    await asyncio.gather(edit(phone), edit(tablet), browse(website), browse(elsewhere))
    await agree(phone, tablet)
    await same_as_listed(tablet, website)
    assert len(phone.all("body_metrics")) == 5
    history = await website.pull()
    versions = [change["version"] for change in history]
    assert versions == sorted(set(versions))


async def test_of_many_guarded_writes_at_once_one_is_made(
    new_device: NewDevice, website: Client, second: Server
) -> None:
    await new_device("phone")
    await website.login()
    elsewhere = Client(second.base_url)
    elsewhere.tokens = website.tokens
    made = (await website.send("POST", "/foods", food())).json
    place, tag = path("foods", made["id"]), f'"{made["version"]}"'
    answers = await asyncio.gather(
        *(
            visitor.send("PATCH", place, {"name": f"{n}"}, If_Match=tag)
            for n, visitor in enumerate([website, elsewhere] * 6)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 11
    [won] = (answer.json for answer in answers if answer.status == 200)
    assert (await website.send("GET", place)).json == won


async def test_one_key_is_one_effect_in_all_processes(
    new_device: NewDevice, website: Client, second: Server
) -> None:
    await new_device("phone")
    await website.login()
    elsewhere = Client(second.base_url)
    elsewhere.tokens = website.tokens
    key = {"Idempotency_Key": new_id()}
    answers = await asyncio.gather(
        *(visitor.send("POST", "/foods", food(), **key) for visitor in [website, elsewhere] * 6)
    )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert len(await website.pull()) == 1


async def test_fields_written_at_once_all_survive(new_device: NewDevice, website: Client) -> None:
    phone = await new_device("phone")
    await website.login()
    fields = {"weight_kg": 80.0, "waist_cm": 82.0, "steps": 9000, "sleep_s": 25200.0, "notes": "x"}
    made = (await website.send("POST", "/body-metrics", {"date": "2026-11-23"})).json
    await asyncio.gather(
        *(
            website.send("PATCH", path("body_metrics", made["id"]), {name: value})
            for name, value in fields.items()
        )
    )
    await phone.pull()
    assert phone.get("body_metrics", made["id"]) == {
        "id": made["id"],
        "date": "2026-11-23",
        **fields,
    }


async def test_a_write_on_the_website_is_heard_on_every_stream(
    new_device: NewDevice, website: Client, second: Server, http: aiohttp.ClientSession
) -> None:
    await new_device("phone")
    await website.login()
    bearer = {"Authorization": f"Bearer {website.tokens['access_token']}"}
    for base_url in (website.api, f"{second.base_url}/api/v1"):
        async with http.get(f"{base_url}/sync/stream", headers=bearer) as stream:
            heads = _version_events(stream)
            before = await anext(heads)
            for headers in ({}, {"Idempotency_Key": new_id()}):
                made = (await website.send("POST", "/foods", food(), **headers)).json
                async with asyncio.timeout(5):
                    head = await anext(heads)
                    assert head == made["version"] == before + 1
                before = head


async def test_a_phone_that_listens_shows_it_at_once(
    new_device: NewDevice, website: Client
) -> None:
    phone = await new_device("phone")
    await website.login()
    changed = asyncio.Event()
    phone.on_change(changed.set)
    phone.start()
    made = (await website.send("POST", "/foods", food())).json
    async with asyncio.timeout(10):
        while phone.get("foods", made["id"]) is None:
            changed.clear()
            await changed.wait()


async def _version_events(stream: aiohttp.ClientResponse) -> AsyncIterator[int]:
    async for line in stream.content:
        if line.startswith(b"data:"):
            yield json.loads(line[5:])["version"]
