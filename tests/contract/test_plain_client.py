"""Fault stories of a plain client: wrong clocks, underived ids, partial patches, lost responses."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from .http_client import User
from .plain_client import LostResponse, PlainClient
from .records import DATE, MINIMAL, new_id

SECOND = 1_000_000
HOUR = 3600 * SECOND
YEAR = 365 * 24 * HOUR
OFFSETS = [-3 * YEAR, -HOUR, -300 * SECOND, -90 * SECOND, 0, 90 * SECOND, HOUR, 3 * YEAR]
SET = MINIMAL["workout_sets"] | {"reps": 5, "weight_kg": 100}
LOG = {"date": DATE, "food_id": new_id(), "meal_id": new_id(), "grams": 100}

Wrong = Callable[[int], None]


def wall_us() -> int:
    return time.time_ns() // 1000


class ShiftedTime:
    """The module `time` on a server whose clock is off."""

    def __init__(self, offset_us: int) -> None:
        self.offset_us = offset_us

    def time_ns(self) -> int:
        return time.time_ns() + self.offset_us * 1000


@pytest.fixture
def server_clock(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    """Sets how far the server's clock is off, in microseconds."""
    if os.environ.get("BASE_URL"):
        pytest.skip("The clock of a server elsewhere cannot be set.")
    from sync_server.sync import handlers

    def set_clock(offset_us: int) -> None:
        monkeypatch.setattr(handlers, "time", ShiftedTime(offset_us))

    return set_clock


def device(user: User, offset_us: int = 0) -> PlainClient:
    """A device of the user whose clock is off."""
    token: str = user.tokens["access_token"]
    return PlainClient(user.server.base_url, token, lambda: wall_us() + offset_us)


def agree(*devices: PlainClient) -> None:
    for _ in range(2):
        for it in devices:
            it.sync()
    first, *others = ({k: v["data"] for k, v in it.records.items() if not v["deleted"]}
                      for it in devices)  # fmt: skip
    assert all(it == first for it in others)


@pytest.mark.parametrize("offset", OFFSETS)
def test_the_last_word_of_a_wrong_device_stays(user: User, offset: int) -> None:
    phone, tablet = device(user, offset), device(user)
    id = tablet.put("workout_sets", SET)
    agree(tablet, phone)
    phone.patch("workout_sets", id, {"weight_kg": 90})
    phone.patch("workout_sets", id, {"weight_kg": 80})
    phone.delete("workout_sets", id)
    phone.patch("workout_sets", id, {"reps": 6})
    agree(phone, tablet)
    data = tablet.get("workout_sets", id)
    assert data is not None
    assert (data["reps"], data["weight_kg"]) == (6, 80)


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_edit_of_a_seen_record_survives_a_wrong_server(
    user: User, server_clock: Wrong, offset: int
) -> None:
    phone, tablet = device(user), device(user)
    id = tablet.put("workout_sets", SET)
    agree(tablet, phone)
    for step, shift in enumerate((offset, 0, -offset)):
        server_clock(shift)
        for it in (phone, tablet):
            it.patch("workout_sets", id, {"notes": f"{it.device_id} {step}"})
            assert it.sync()[-1]["status"] == "applied"
            agree(phone, tablet)
            data = phone.get("workout_sets", id)
            assert data is not None
            assert data["notes"] == f"{it.device_id} {step}"


def test_a_slow_request_does_not_make_an_edit_newer(user: User, server_clock: Wrong) -> None:
    phone = device(user, HOUR)
    id = phone.put("workout_sets", SET)
    phone.sync()
    phone.patch("workout_sets", id, {"notes": "first"})
    server_clock(5 * SECOND)  # as if the request had taken so long
    phone.sync()
    server_clock(0)
    phone.patch("workout_sets", id, {"notes": "second"})
    assert phone.sync()[0]["status"] == "applied"


def test_a_log_that_becomes_planned_is_there_once(user: User) -> None:
    phone, tablet = device(user), device(user)
    id = phone.put("food_logs", LOG)
    agree(phone, tablet)
    phone.put("food_logs", LOG | {"planned": True}, id)
    agree(phone, tablet)
    assert len(tablet.live("food_logs")) == 1
    phone.delete("food_logs", id)
    agree(phone, tablet)
    assert tablet.live("food_logs") == []


def test_an_underived_id_is_good_within_its_own_push(user: User) -> None:
    phone, tablet = device(user), device(user)
    id = phone.put("food_logs", LOG | {"planned": True})
    phone.patch("food_logs", id, {"notes": "late"})
    phone.delete("food_logs", id)
    assert {result["status"] for result in phone.sync()} == {"applied"}
    agree(phone, tablet)
    assert tablet.live("food_logs") == []


def test_a_partial_patch_erases_nothing(user: User) -> None:
    phone, tablet = device(user), device(user)
    id = phone.put("workout_sets", SET)
    agree(phone, tablet)
    tablet.patch("workout_sets", id, {"reps": 6})
    agree(phone, tablet)
    data: dict[str, Any] | None = phone.get("workout_sets", id)
    assert data is not None
    assert (data["reps"], data["weight_kg"]) == (6, 100)


@pytest.mark.parametrize("offset", [-HOUR, 0, HOUR])
def test_lost_responses_lose_and_repeat_nothing(user: User, offset: int) -> None:
    phone, tablet = device(user, offset), device(user)
    ids = [phone.put("workout_sets", SET | {"position": place}) for place in range(5)]
    for losses in (1, 3, 2):
        phone.losses = losses
        for id in ids:
            phone.patch("workout_sets", id, {"notes": f"lost {losses}"})
        while True:
            with suppress(LostResponse):
                phone.sync()
                break
    agree(phone, tablet)
    assert [it["notes"] for it in tablet.live("workout_sets")] == ["lost 2"] * 5
