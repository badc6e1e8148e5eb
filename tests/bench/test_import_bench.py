"""The measurement of Apple Health imports counts what it generated."""

import pytest

from bench.apple_health import measure


def test_a_measurement_reads_the_whole_generated_file() -> None:
    result = measure(2_000_000)
    assert result["bytes"] >= 2_000_000
    days = (result["measurements"]) / 4  # weight, heart rate, sleep and steps of a day
    assert result["bytes"] / days == pytest.approx(285_000, rel=0.2)
    assert result["workouts"] >= days // 3
    assert result["peak_mib"] < 200
