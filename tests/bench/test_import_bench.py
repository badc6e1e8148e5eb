"""The measurement of Apple Health imports counts what it generated."""

import json
import subprocess
import sys

import pytest

MEASURE = (
    "import json; from bench.apple_health import measure; print(json.dumps(measure(2_000_000)))"
)


def test_a_measurement_reads_the_whole_generated_file() -> None:
    # In a process of its own, whose peak of memory is the measurement's.
    result = json.loads(subprocess.check_output([sys.executable, "-c", MEASURE], timeout=60))
    assert result["bytes"] >= 2_000_000
    days = (result["measurements"]) / 4  # weight, heart rate, sleep and steps of a day
    assert result["bytes"] / days == pytest.approx(285_000, rel=0.2)
    assert result["workouts"] >= days // 3
    assert result["peak_mib"] < 200
