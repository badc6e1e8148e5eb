"""Generator and measurement of Apple Health exports of real size.

The generated file has what a phone and a watch write in a year, again and again: heart rates in
most lines, steps of two sources, sleep, weights and workouts.
"""

import datetime
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from sync_server.imports.formats.apple_health import parse_file
from sync_server.imports.parsed_file import ParsedFile

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n'
    "<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>\n]>\n"
    '<HealthData locale="en_GB">\n <ExportDate value="2026-11-30 09:00:00 +0100"/>\n'
)
TAIL = "</HealthData>\n"
FIRST_DAY = datetime.date(2016, 1, 1)
DAYS = 3650
DEVICE = (
    "&lt;&lt;HKDevice: 0x283704280&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
    "hardware:Watch6,7, software:10.1&gt;"
)
HEART_RATES = 600
"""Heart rates of a day: a watch measures every few minutes, and each second in a workout."""


def write_export(file: BinaryIO, size: int) -> None:
    """Write an export of about `size` bytes; its days repeat after ten years."""
    written = file.write(HEAD.encode())
    day = 0
    while written < size:
        date = FIRST_DAY + datetime.timedelta(days=day % DAYS)
        written += file.write("".join(_day(date, day)).encode())
        day += 1
    file.write(TAIL.encode())


def _day(date: datetime.date, number: int) -> Iterator[str]:
    for place in range(HEART_RATES):
        minute, second = divmod(place * 144, 60)
        at = _time(date, minute % 1440, second)
        yield _record("QuantityTypeIdentifierHeartRate", "Watch", at, at, 60 + place % 70)
    for minute in range(480, 1320, 10):
        start, end = _time(date, minute), _time(date, minute + 9)
        yield _record("QuantityTypeIdentifierStepCount", "iPhone", start, end, 100)
        yield _record("QuantityTypeIdentifierStepCount", "Watch", start, end, 110)
    night = date - datetime.timedelta(days=1)
    stages = ("AsleepCore", "AsleepDeep", "AsleepREM", "AsleepCore")
    for place, stage in enumerate(stages):
        start, end = _time(date, 90 * place), _time(date, 90 * place + 90)
        yield _record("CategoryTypeIdentifierSleepAnalysis", "Watch", start, end, _stage(stage))
    start, end = _time(night, 1410), _time(date, 400)
    yield _record("CategoryTypeIdentifierSleepAnalysis", "iPhone", start, end, _stage("InBed"))
    at = _time(date, 420)
    weight = 80 + number % 7 / 10
    yield _record("QuantityTypeIdentifierBodyMass", "Scale", at, at, weight, "kg")
    yield _record("QuantityTypeIdentifierRestingHeartRate", "Watch", at, at, 50 + number % 9)
    if number % 3 == 0:
        yield (
            f' <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30" '
            f'durationUnit="min" sourceName="Watch" startDate="{_time(date, 1020)}" '
            f'endDate="{_time(date, 1050)}">\n'
            '  <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" '
            'sum="5.2" unit="km"/>\n </Workout>\n'
        )


def _stage(name: str) -> str:
    return f"HKCategoryValueSleepAnalysis{name}"


def _time(date: datetime.date, minute: int, second: int = 0) -> str:
    return f"{date} {minute // 60:02}:{minute % 60:02}:{second:02} +0100"


def _record(
    type: str, source: str, start: str, end: str, value: object, unit: str = "count"
) -> str:
    return (
        f' <Record type="HK{type}" sourceName="{source}" sourceVersion="10.1" device="{DEVICE}" '
        f'unit="{unit}" creationDate="{end}" startDate="{start}" endDate="{end}" '
        f'value="{value}"/>\n'
    )


def measure(size: int) -> dict[str, float]:
    """Speed and memory of reading a generated export of `size` bytes, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export.xml"
        with path.open("wb") as file:
            write_export(file, size)
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_measure, args=(path, sender))
        process.start()
        result: dict[str, float] = receiver.recv()
        process.join()
    return result


def _measure(path: Path, sender: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    parsed: ParsedFile = parse_file(path, 100_000)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = {
        "bytes": size,
        "seconds": round(seconds, 2),
        "mb_per_s": round(size / 1e6 / seconds, 1),
        "mb_per_cpu_s": round(size / 1e6 / cpu_s, 1),
        "peak_mib": round(peak / 1024, 1),
        "before_mib": round(before / 1024, 1),
        "workouts": len(parsed.workouts),
        "measurements": len(parsed.measurements),
    }
    sender.send(result)


def print_results(result: dict[str, float]) -> None:
    """Print a result as JSON."""
    print(json.dumps(result, indent=1))
