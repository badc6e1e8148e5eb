"""Differences between two responses, and their report."""

import io

from trackforge_client.device.contracts import CONTRACTS
from trackforge_client.device.ids import natural_id
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import ServerRecord
from trackforge_client.replay.final_state import portable_digest
from trackforge_client.replay.progress_bar import TextBar, progress_bar
from trackforge_client.replay.tally import MAX_SHOWN_DIFFERENCES, ExchangeResult, Tally, percentiles
from trackforge_client.replay.verify import Difference, differences


def report(recorded: Json, live: Json) -> list[str]:
    return [str(difference) for difference in differences(recorded, live)]


def test_times_and_cursors_are_not_compared() -> None:
    recorded: Json = {"server_clock": 1, "cursor": "a", "changes": [{"clock": 5, "version": 1}]}
    live: Json = {"server_clock": 2, "cursor": "b", "changes": [{"clock": 6, "version": 1}]}
    assert report(recorded, live) == []


def test_every_difference_has_its_path() -> None:
    recorded: Json = {"results": [{"id": "x", "status": "applied", "version": 4}], "version": 4}
    live: Json = {"results": [{"id": "x", "status": "stale", "version": 3, "record": None}]}
    assert report(recorded, live) == [
        'results[0].status: recorded "applied", now "stale"',
        "results[0].version: recorded 4, now 3",
        "results[0].record: recorded absent, now null",
        "version: recorded 4, now absent",
    ]


def test_within_data_every_name_counts() -> None:
    recorded: Json = {"data": {"title": "a", "clock": 1, "weight_kg": 80}}
    assert report(recorded, {"data": {"title": "b", "clock": 1, "weight_kg": 80.0}}) == [
        'data.title: recorded "a", now "b"'
    ]


def test_lists_of_different_length_say_so() -> None:
    assert report([1, 2], [1]) == ["body: recorded 2 entries, now 1 entries"]


def test_numbers_count_by_value_and_truth_is_no_number() -> None:
    assert report([80, 1.5], [80.0, 1.5]) == []
    assert report({"has_more": True}, {"has_more": 1}) == ["has_more: recorded true, now 1"]


def test_of_a_correction_only_its_existence_counts() -> None:
    assert (
        report({"clock_shift_us": 31_536_000_000_000}, {"clock_shift_us": 31_536_000_012_345}) == []
    )
    assert report({"clock_shift_us": 7}, {"clock_shift_us": 0}) == [
        "clock_shift_us != 0: recorded true, now false"
    ]


def test_of_errors_the_fields_count_and_not_the_words() -> None:
    recorded: Json = {"error": {"code": "invalid_record", "errors": {"reps": ["Too many."]}}}
    same: Json = {"error": {"code": "invalid_record", "errors": {"reps": ["Too few."]}}}
    assert report(recorded, same) == []
    other: Json = {"error": {"code": "invalid_record", "errors": {"rpe": ["Too few."]}}}
    assert report(recorded, other) != []


def test_the_summary_has_counts_and_differences() -> None:
    tally = Tally(elapsed_s=2.0)
    push: Json = {"results": [{"status": "applied"}, {"status": "stale"}]}
    both: Json = {"push": push, "pull": {"changes": [{}, {}, {}]}}
    tally.count(ExchangeResult(1, "phone", "POST /api/v1/sync", 0.010), both)
    tally.count(ExchangeResult(2, "phone", "GET /api/v1/days", 0.030), None)
    text = tally.summary(verified=True)
    assert "2 in 2.0 s (1/s)" in text
    assert "2 pushed (1/s), 3 pulled (2/s)" in text
    assert "1 applied, 1 stale" in text
    assert "every response equals the recorded one" in text
    found = [Difference("version", "1", "2")]
    mismatch = ExchangeResult(3, "phone", "GET /api/v1/sync/pull", 0.1, found)
    tally.exchanges = [mismatch] * (MAX_SHOWN_DIFFERENCES + 2)
    text = tally.summary(verified=True)
    assert "exchange 3, phone: GET /api/v1/sync/pull\n    version: recorded 1, now 2" in text
    assert text.endswith("… and 2 more")


def test_percentiles_are_ranks() -> None:
    assert percentiles([float(n) for n in range(100)]) == (50.0, 90.0, 99.0, 99.0)
    assert percentiles([]) == (0.0, 0.0, 0.0, 0.0)


def test_a_portable_digest_knows_neither_user_nor_clock() -> None:
    def state(user: str, clock: int, weight: float, version: int = 3) -> str:
        data: dict[str, Json] = {"date": "2026-11-23", "weight_kg": weight}
        id = natural_id("body_metrics", CONTRACTS["body_metrics"], user, data)
        assert id is not None
        gone = ServerRecord("foods", user, 9, clock, None, True, {})
        live = ServerRecord("body_metrics", id, version, clock, None, False, data)
        return portable_digest(user, [gone, live])

    assert state("one", 5, 80) == state("other", 6, 80.0)
    assert state("one", 5, 80) != state("one", 5, 81)
    assert state("one", 5, 80) != state("one", 5, 80, version=4)


def test_a_text_bar_grows_and_is_cleared() -> None:
    out = io.StringIO()
    bar = TextBar("some", 4, out)
    for _ in range(4):
        bar.advance()
    bar.clear()
    assert f"\rsome [{'#' * 20}{'.' * 20}] 2/4" in out.getvalue()
    assert out.getvalue().endswith("\r")


def test_no_output_without_a_terminal() -> None:
    out = io.StringIO()
    with progress_bar("some", 2, out) as advance:
        advance()
    assert out.getvalue() == ""
