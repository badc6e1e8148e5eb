"""The default rate limits let one user take a part of two cores, by the measured costs."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync_server.config.rate_limits import Limit, RateLimitSettings
from sync_server.sync.pull.query import RECORDS_PER_REQUEST

LATEST = Path(__file__).parents[2] / "bench" / "results" / "latest.json"
CORES = 2
SHARE = 0.25


def busy_cores(limit: Limit, kind: str, name: str, units: float = 1.0) -> float:
    """Cores that a user at the limit keeps busy; `units` is what one of the amount holds."""
    users: dict[str, Any] = json.loads(LATEST.read_text())["users"]
    measured: float = max(
        sum(users[count][kind][name]["cpu_ms_per_1000"][it] for it in ("server", "postgres"))
        for count in users
    )
    return limit.amount / limit.seconds * units * measured / 1000 / 1000


DEFAULTS = RateLimitSettings()


@pytest.mark.parametrize(
    "busy",
    [
        busy_cores(DEFAULTS.rate_limit_push_changes, "push", "http"),
        busy_cores(DEFAULTS.rate_limit_push_requests, "alone", "push_1"),
        busy_cores(DEFAULTS.rate_limit_pull_requests, "alone", "pull_nothing"),
        busy_cores(
            DEFAULTS.rate_limit_pull_requests, "pull", "http_with_days", RECORDS_PER_REQUEST
        ),
    ],
    ids=("changes", "pushes of one change", "empty pulls", "pulls of 500 records"),
)
def test_one_user_at_a_limit_leaves_three_quarters_of_two_cores(busy: float) -> None:
    assert 0 < busy <= SHARE * CORES


def test_the_former_limit_of_changes_did_not() -> None:
    assert busy_cores(Limit(300_000, 60), "push", "http") > SHARE * CORES
