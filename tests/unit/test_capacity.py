"""The calculation of an installation's needs."""

import dataclasses

import pytest
from click.testing import CliRunner

from tools.capacity import PAGE, Costs, Inputs, capacity, main, page

COSTS = Costs(push=2_000.0, pushed=100.0, pull=1_000.0, pulled=10.0)
ONE = Inputs(
    accounts=86_400, active_share=1, records=1_000, pushes=1, changes=10, pulls=1, pulled=100,
    log_ins=1, streaming=1, peak=2, busy=0.5, overwriting=0.5, history_days=10, key_hours=24,
    record_bytes=1_000, history_bytes=1_000, key_bytes=1_000, wal_bytes=1_000, log_in_us=50_000,
    stream_us=10, stream_bytes=1_000,
)  # fmt: skip


def test_needs_follow_from_costs() -> None:
    # One push, pull and log-in a second on average; twice that at the peak, on half-busy cores.
    assert capacity(ONE, COSTS) == {
        "cores for pushes at the peak": "0.0",
        "cores for pulls at the peak": "0.0",
        "cores for log-ins at the peak": "0.2",
        "cores for idle streams": "1.7",
        "disk for records": "86 GB",
        "disk for history": "4 GB",
        "disk for stored responses": "86 MB",
        "write-ahead log a day": "864 MB",
        "memory for streams": "86 MB",
        "pushes a second, mean and peak": "1.0; 2.0",
    }


@pytest.mark.parametrize("name", [it.name for it in dataclasses.fields(Inputs)])
def test_every_input_matters(name: str) -> None:
    other = dataclasses.replace(Inputs(), **{name: getattr(Inputs(), name) * 1.5})
    assert capacity(other, COSTS) != capacity(Inputs(), COSTS)


def test_costs_are_those_of_the_last_run() -> None:
    costs = Costs.measured()
    assert min(dataclasses.astuple(costs)) > 0
    done = CliRunner().invoke(main, ["--accounts", "50000"])
    assert done.exit_code == 0
    assert f"| CPU of a push in µs | {costs.push:,.0f} | `make bench-peers` |" in done.output
    assert "| accounts | 50,000 | guess |" in done.output


def test_the_page_of_scale_has_the_calculation() -> None:
    assert PAGE.read_text() == page(PAGE.read_text())
