"""Makes the recordings in tests/recordings: real logs, lived through by devices on a server."""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.recordings import food_year, lifter, sources, training, two_devices
from tools.recordings.reproducible import recorded_user, reproducible
from tools.recordings.serving import ROOT, serving
from tools.recordings.stage import Stage
from trackforge_client.replay.exchange import read_recording
from trackforge_client.replay.recorder import Recorder

HOME = ROOT / "tests" / "recordings"


@dataclass(frozen=True, slots=True)
class Story:
    """Description and date of a recording."""

    name: str
    begins: datetime
    ends: datetime
    live: Callable[[Stage], Awaitable[None]]


def lifter_years(data: Path) -> Story:
    """One lifter's years of training."""
    workouts = list(
        sources.strong_workouts(sources.read_lines(data / "strong_export_zh/strong.csv"))
    )
    own_ids = exercise_ids(data)
    built_in = training.built_in(training.exercise_names(workouts), own_ids)
    moments = [moment for one in workouts for moment in (one.started_at, one.ended_at) if moment]
    return Story(
        "lifter-years",
        min(moments) - timedelta(days=1),
        max(moments) + timedelta(days=1),
        lambda stage: lifter.live(stage, workouts, built_in),
    )


def devices(data: Path) -> Story:
    """Two devices that edit the same records offline."""
    folder = data / "fitnotes_export"
    export = sources.read_lines(folder / "FitNotes_Export.csv")
    workouts = list(sources.fitnotes_workouts(export))
    weights = sources.body_weights(sources.read_lines(folder / "body_weight.csv"))
    built_in = training.built_in(training.exercise_names(workouts), exercise_ids(data))
    days = [datetime(day.year, day.month, day.day, tzinfo=UTC)
            for day in {*weights, *(workout.date for workout in workouts)}]  # fmt: skip
    return Story(
        "two-devices",
        min(days),
        max(days) + timedelta(days=2),
        lambda stage: two_devices.live(stage, workouts, weights, built_in),
    )


def diary(data: Path) -> Story:
    """A year of food."""
    folder = data / "usda_sr28"
    foods = sources.usda_foods(
        sources.read_lines(folder / "foods_per_100g.csv"),
        sources.read_lines(folder / "portions.csv"),
    )
    return Story(
        "food-year", food_year.BEGINS, food_year.ENDS, lambda stage: food_year.live(stage, foods)
    )


def exercise_ids(data: Path) -> dict[str, str]:
    """The built-in exercises' own ids by name."""
    return sources.exercise_ids((data / "free_exercise_db/exercises.json").read_text("utf-8"))


async def make(story: Story, base_url: str, home: Path) -> Path:
    """Live through a story and write its recording."""
    with tempfile.TemporaryDirectory() as passing:
        raw = Path(passing) / "raw.ndjson"
        stage = Stage(story.name, base_url, story.begins, story.ends, raw)
        await story.live(stage)
        stage.close()
        path = home / f"{story.name}.ndjson.gz"
        path.unlink(missing_ok=True)
        recorder = Recorder(path)
        for exchange in reproducible(read_recording(raw), recorded_user(story.name)):
            recorder.write(exchange)
        recorder.close()
    return path


def main() -> None:
    """Make those that are named, or all."""
    makers = {"lifter-years": lifter_years, "two-devices": devices, "food-year": diary}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(makers))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--base-url", help="a running server (default: one of its own)")
    parser.add_argument("--into", type=Path, default=HOME)
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"{arguments.data} holds no logs: say where they are with --data")

    def run(base_url: str) -> None:
        for name in arguments.names or makers:
            path = asyncio.run(make(makers[name](arguments.data), base_url, arguments.into))
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")

    if arguments.base_url:
        run(arguments.base_url)
    else:
        with tempfile.TemporaryDirectory() as passing, serving(Path(passing) / "data") as url:
            run(url)


if __name__ == "__main__":
    main()
