"""Exports of Apple Health: values of days, whatever the order and the sources; broken files."""

import datetime
import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.apple_health import DAYS, FIRST_DAY, write_export
from sync_server.imports.csv_table import RowLimitExceeded
from sync_server.imports.formats.apple_health import (
    MAX_SILENT_BYTES,
    NotAppleHealth,
    parse,
    parse_file,
)
from sync_server.imports.parsed_file import ParsedFile
from sync_server.imports.time_intervals import StepCounts, Union
from tests.imports.files import APPLE_HEALTH

DAY = datetime.date


def read(text: str | bytes, max_days: int = 1000) -> ParsedFile:
    content = text.encode() if isinstance(text, str) else text
    return parse(io.BytesIO(content).read, max_days)


def values(log: ParsedFile) -> dict[tuple[str, str], float]:
    return {(one.date.isoformat(), one.field): one.value for one in log.measurements}


def zipped(members: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_values_are_those_of_days() -> None:
    log = read(APPLE_HEALTH)
    assert values(log) == {
        ("2026-03-01", "weight_kg"): 92.31,  # the later one, in pounds
        ("2026-03-01", "body_fat_pct"): 18.1,
        ("2026-03-01", "resting_heart_rate_bpm"): 57.0,
        # The watch; and the phone's half that no walk with the watch covers.
        ("2026-03-01", "steps"): 1500.0,
        # The night from the first to the second: stages of the watch, and the phone's guess.
        ("2026-03-02", "sleep_s"): 27_000.0,
    }
    assert [(one.line, one.reason) for one in log.errors] == [
        (9, "“heavy” is not a number."),
        (10, "“stone” is not a unit of weight."),
    ]


def test_workouts_have_distance_energy_and_their_source() -> None:
    repeat, run, old, _ = read(APPLE_HEALTH).workouts
    assert (repeat.header.source, repeat.header.recorded_by) == ("Runner’s App", "phone")
    assert (run.header.source, run.header.recorded_by) == ("Ann’s Apple Watch", "watch")
    assert (old.header.source, old.header.recorded_by) == ("Strong", "app")
    assert (run.header.name, run.header.date) == ("Running", DAY(2026, 3, 1))
    assert run.header.notes == (
        "312 kcal, average heart rate 151, maximum heart rate 172, Ann’s Apple Watch"
    )
    assert (run.sets[0].duration_s, run.sets[0].distance_m) == (1800.0, 5200.0)
    assert (old.header.name, old.sets[0].distance_m) == ("Traditional Strength Training", None)


def test_a_zip_file_with_the_export(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    members: dict[str, str | bytes] = {
        "apple_health_export/export_cda.xml": "<ClinicalDocument/>" * 10_000,
        "apple_health_export/workout-routes/route_1.gpx": "<gpx/>",
        "apple_health_export/Exportación.xml": APPLE_HEALTH,
    }
    path.write_bytes(zipped(members))
    assert parse_file(path, 1000) == read(APPLE_HEALTH)
    path.write_bytes(APPLE_HEALTH.encode())
    assert parse_file(path, 1000) == read(APPLE_HEALTH)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no xml", b"PK\x05\x06" + bytes(18), zipped({"readme.txt": "x"}),
        zipped({"export.xml": "<nothing/>"}), zipped({"export.xml": APPLE_HEALTH})[:-700],
        b"<HealthData", b"<HealthData>" + b"<a>" * 10,
    ],
)  # fmt: skip
def test_a_file_without_health_data_is_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(content)
    with pytest.raises(NotAppleHealth):
        parse_file(path, 1000)


def test_a_damaged_zip_file_is_rejected(tmp_path: Path) -> None:
    content = bytearray(zipped({"export.xml": APPLE_HEALTH * 5}))
    content[60:90] = bytes(30)
    path = tmp_path / "export.zip"
    path.write_bytes(content)
    with pytest.raises(NotAppleHealth, match="cannot be read"):
        parse_file(path, 1000)


def test_a_file_that_breaks_off_has_what_stood_before() -> None:
    cut = APPLE_HEALTH[: APPLE_HEALTH.index("<Workout ")]
    log = read(cut)
    assert values(log) == values(read(APPLE_HEALTH))
    assert log.errors[-1].reason.startswith("The file breaks off")
    assert log.errors[-1].line == cut.count("\n") + 1


def test_an_invalid_document_type_and_control_characters_do_no_harm() -> None:
    broken = APPLE_HEALTH.replace("]>", "<!ATTLIST Record\n  type CDATA #REQUIRED bad bad>\n]>")
    broken = broken.replace('sourceName="Scale"', 'sourceName="Sca\x0ble\x01"')
    assert values(read(broken)) == values(read(APPLE_HEALTH))


def test_entities_are_not_expanded() -> None:
    bomb = '<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    text = APPLE_HEALTH.replace("]>", bomb).replace('value="57"', 'value="&b;"')
    log = read(text)
    assert "undefined entity" in log.errors[-1].reason


def test_an_element_without_an_end_takes_no_memory() -> None:
    head = b'<HealthData>\n<Record type="HKQuantityTypeIdentifierStepCount" x="'
    log_or_error = head + b"a" * (3 * MAX_SILENT_BYTES)
    with pytest.raises(NotAppleHealth, match="too long"):
        read(log_or_error)


def test_the_number_of_days_and_workouts_is_limited() -> None:
    with pytest.raises(RowLimitExceeded):
        read(APPLE_HEALTH, 2)


def test_the_order_of_records_does_not_matter() -> None:
    head, _, rest = APPLE_HEALTH.partition(" <Record")
    body, tail = f" <Record{rest}".rsplit("</HealthData>", 1)
    elements = [
        *(line for line in body.splitlines() if line.startswith(" <Record") and line[-2] == "/"),
        *(f" <Workout {part}" for part in body.split(" <Workout ")[1:]),
    ]
    expected = read(APPLE_HEALTH)
    for seed in range(20):
        random.Random(seed).shuffle(elements)
        log = read("\n".join([head, *elements, f"</HealthData>{tail}"]))
        assert values(log) == values(expected)
        assert [one.header for one in log.workouts] == [one.header for one in expected.workouts]
        assert len(log.errors) == len(expected.errors)


def test_a_generated_export_of_megabytes_is_read_whole() -> None:
    file = io.BytesIO()
    write_export(file, 3_000_000)
    log = read(file.getvalue(), 100_000)
    days = file.getvalue().count(b"BodyMass")
    assert log.errors == ()
    found = values(log)
    for day in (FIRST_DAY + datetime.timedelta(days=number) for number in range(days)):
        assert found[day.isoformat(), "steps"] == 84 * 110
        assert found[day.isoformat(), "sleep_s"] == 6 * 3600
    assert len(log.workouts) == len(range(0, days, 3))
    assert days < DAYS


SPANS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 100), st.integers(0, 30), st.integers(0, 99))
)


@given(SPANS, st.randoms())
def test_counts_do_not_depend_on_the_order_and_are_at_most_the_sum(
    spans: list[tuple[str, int, int, int]], order: random.Random
) -> None:
    def total(values: list[tuple[str, int, int, int]]) -> int:
        counts = StepCounts()
        for source, start, length, count in values:
            counts.add(source, start, start + length, count)
        return counts.total()

    expected = total(spans)
    order.shuffle(spans)
    assert total(spans) == expected
    first = sum(count for source, _, _, count in spans if source == "a")
    assert first <= expected <= sum(count for _, _, _, count in spans)


@given(SPANS)
def test_a_union_is_as_long_as_the_seconds_in_it(
    spans: list[tuple[str, int, int, int]],
) -> None:
    union = Union()
    for _, start, length, _ in spans:
        union.add(start, start + length)
    covered = {at for _, start, length, _ in spans for at in range(start, start + length)}
    assert union.length() == len(covered)


@given(st.integers(0, len(APPLE_HEALTH)), st.binary(max_size=8))
def test_no_damage_is_too_odd(at: int, damage: bytes) -> None:
    content = APPLE_HEALTH.encode()
    try:
        log = read(content[:at] + damage + content[at + len(damage) :])
    except NotAppleHealth:
        return
    assert all(one.reason for one in log.errors)
