"""Causes from facts alone, where a server is of no use."""

import datetime
from dataclasses import replace
from typing import Any

import pytest

from sync_server.explain.causes import CAUSES, CODES, explain
from sync_server.explain.facts import (
    AccountFacts,
    Device,
    DeviceSession,
    Facts,
    Failure,
    KeyState,
    Record,
)

NOW = datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.UTC)
PHONE = Device("phone", "Ann's phone", seen_at=NOW)
FACTS = Facts(NOW, device_id="phone", device=PHONE, devices=(PHONE,))


def ago(minutes: float) -> datetime.datetime:
    return NOW - datetime.timedelta(minutes=minutes)


def first(facts: Facts) -> str:
    return explain(facts)[0].code


def of(**members: Any) -> Facts:
    device = replace(PHONE, **members)
    return replace(FACTS, device=device, devices=(device,))


def test_every_cause_has_a_docstring_and_its_own_code() -> None:
    assert all(cause.__doc__ for cause in CAUSES)
    assert len(CODES) == len(CAUSES) - 1


def test_an_address_that_must_be_verified_is_a_cause() -> None:
    assert first(replace(FACTS, account=AccountFacts(unverified=True))) == "email_unverified"


def test_a_failure_that_a_later_success_has_healed_is_no_cause() -> None:
    failure = Failure(ago(10), "push", "quota_exceeded")
    assert first(of(failure=failure, pushed_at=ago(11))) == "quota_exceeded"
    assert first(of(failure=failure, pushed_at=ago(9))) == "up_to_date"
    assert first(of(failure=failure, pulled_at=ago(9))) == "quota_exceeded"


def test_trouble_by_the_devices_own_report_is_likely_and_by_the_servers_log_certain() -> None:
    facts = of(last_error="overloaded", last_error_at=ago(10), pushed_at=ago(20))
    (cause, *_) = explain(facts)
    assert (cause.code, cause.likelihood) == ("server_trouble", "likely")


def test_a_session_that_ends_later_is_no_cause() -> None:
    later = NOW + datetime.timedelta(days=1)
    assert first(of(session=DeviceSession(later, None))) == "up_to_date"
    assert first(of(session=DeviceSession(ago(1), None))) == "session_expired"
    assert first(of(session=DeviceSession(later, ago(1)))) == "signed_out"


def test_an_old_schema_version_is_a_cause_before_any_request_fails() -> None:
    facts = replace(of(schema_version=1), oldest_schema_version=2)
    assert first(facts) == "app_too_old"


@pytest.mark.parametrize(
    ("push", "reason"),
    [
        (None, "no_push_key"),
        (KeyState("fcm", ago(500), 0, ago(400), "UNREGISTERED"), "push_key_dropped"),
        (KeyState("apns", ago(500), 3), "push_failed"),
        (KeyState("webpush", ago(5)), "no_effect"),
        (KeyState("webpush", ago(500)), None),
    ],
)
def test_a_device_that_is_behind_tells_why_nothing_woke_it_up(
    push: KeyState | None, reason: str | None
) -> None:
    record = Record("foods", "oats", 9, False, "tablet", ago(10))
    facts = replace(of(push=push, pulled_at=ago(60)), record_id="oats", record=record)
    first_one, *others = explain(facts)
    assert first_one.code == "not_pulled"
    assert first_one.likelihood == "certain"
    found = [it.evidence["reason"] for it in others if it.code == "not_woken"]
    assert found == [reason] * (reason is not None)


def test_a_device_that_has_everything_needs_no_push_key() -> None:
    assert "not_woken" not in [it.code for it in explain(of(pulled_at=ago(1)))]
