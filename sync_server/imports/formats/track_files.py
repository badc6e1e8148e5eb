"""TCX and GPX files of watches, bike computers and phones: a workout per activity or track.

Times are in UTC.
"""

import datetime
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from sync_server.imports.dates import parse_moment
from sync_server.imports.parsed_file import (
    InvalidLine,
    LineError,
    LoggedSet,
    LoggedWorkout,
    ParsedFile,
    WorkoutHeader,
)
from sync_server.imports.recorders import recorder_of, short_source

if TYPE_CHECKING:
    from gpxpy.gpx import GPX, GPXTrack

HEAD_BYTES = 2048
SPORTS = {"Biking": "Cycling", "Other": "Workout"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.I)


class NotTrack(Exception):
    """The file has no workout that can be read; the text is the reason."""


def is_tcx(content: bytes) -> bool:
    """True if the file begins as TCX does."""
    return b"<TrainingCenterDatabase" in content[:HEAD_BYTES]


def is_gpx(content: bytes) -> bool:
    """True if the file begins as GPX does."""
    return re.search(rb"<(?:\w+:)?gpx[\s>]", content[:HEAD_BYTES]) is not None


def parse_tcx(content: bytes) -> ParsedFile:
    """Workouts of a TCX file; raises NotTrack."""
    try:
        # Safe: no document type, so no entities.
        root = ElementTree.fromstring(_xml_text(content))  # noqa: S314
    except ElementTree.ParseError as error:
        raise NotTrack(f"The file is not XML: {error}") from None
    workouts: list[LoggedWorkout] = []
    errors: list[LineError] = []
    for activity in root.iter(_tag(root, "Activity")):
        try:
            workouts.append(_activity(activity))
        except InvalidLine as error:
            errors.append(LineError(1, str(error)))
    if not workouts:
        raise NotTrack(errors[0].reason if errors else "The file has no activity.")
    return ParsedFile(tuple(workouts), errors=tuple(errors))


def parse_gpx(content: bytes) -> ParsedFile:
    """Workouts of a GPX file; raises NotTrack."""
    import gpxpy
    from gpxpy.gpx import GPXException

    try:
        gpx = gpxpy.parse(_xml_text(content))
    except (GPXException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotTrack(f"The file is not GPX: {str(error)[:200]}") from None
    workouts = [_track(track, gpx) for track in gpx.tracks]
    timed = tuple(workout for workout in workouts if workout is not None)
    errors = [LineError(1, "A track has no times.") for workout in workouts if workout is None]
    if not timed:
        raise NotTrack(errors[0].reason if errors else "The file has no track.")
    return ParsedFile(timed, errors=tuple(errors))


def _xml_text(content: bytes) -> str:
    """Text of an XML file without a document type, which could define entities."""
    try:
        text = content.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        raise NotTrack("The file is not text in UTF-8.") from None
    if _FORBIDDEN.search(text):
        raise NotTrack("XML with a document type is not read.")
    return _DECLARATION.sub("", text, count=1)


def _tag(root: ElementTree.Element, name: str) -> str:
    namespace, brace, _ = root.tag.rpartition("}")
    return f"{namespace}{brace}{name}"


def _activity(activity: ElementTree.Element) -> LoggedWorkout:
    start = _utc(activity.findtext("{*}Id") or "")
    kind = SPORTS.get(activity.get("Sport", ""), activity.get("Sport")) or "Workout"
    laps = activity.findall("{*}Lap")
    took = sum(_numbers(laps, "{*}TotalTimeSeconds"))
    distance = sum(_numbers(laps, "{*}DistanceMeters"))
    energy = sum(_numbers(laps, "{*}Calories"))
    # The time of the last point, because pauses are not in the times of laps.
    last = [point.text or "" for point in activity.findall(".//{*}Trackpoint/{*}Time")][-1:]
    end = max([start + datetime.timedelta(seconds=took), *map(_utc, last)])
    notes = [f"{energy:g} kcal"] if energy else []
    notes += filter(None, [(activity.findtext("{*}Notes") or "").strip()])
    source = short_source(activity.findtext("{*}Creator/{*}Name") or "")
    header = WorkoutHeader(
        start.date(),
        kind,
        start,
        end if end > start else None,
        ", ".join(notes),
        utc=True,
        source=source,
        recorded_by=recorder_of(source, "tcx"),
    )
    return LoggedWorkout(
        header,
        (LoggedSet(1, kind, duration_s=took or None, distance_m=round(distance, 2) or None),),
    )


def _numbers(laps: list[ElementTree.Element], path: str) -> Iterator[float]:
    for lap in laps:
        try:
            value = float(lap.findtext(path) or 0)
        except ValueError:
            value = 0.0
        yield value if 0 < value < 1e9 else 0.0


def _utc(text: str) -> datetime.datetime:
    """Moment in UTC; raises InvalidLine."""
    _, at = parse_moment(text.strip())
    if at is None:
        raise InvalidLine("The activity has no time.")
    return at.astimezone(datetime.UTC) if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _track(track: "GPXTrack", gpx: "GPX") -> LoggedWorkout | None:
    bounds = track.get_time_bounds()
    if bounds.start_time is None:
        return None
    start, end = _zoned(bounds.start_time), _zoned(bounds.end_time or bounds.start_time)
    named = track.type or ""
    kind = named.replace("_", " ").title() if named and not named.isdigit() else "Workout"
    header = WorkoutHeader(
        start.date(),
        (track.name or gpx.name or kind).strip() or kind,
        start,
        end if end > start else None,
        (track.description or "").strip(),
        utc=True,
        source=(source := short_source(gpx.creator or "")),
        recorded_by=recorder_of(source, "gpx"),
    )
    took, distance = (end - start).total_seconds(), track.length_2d() or 0.0
    done = LoggedSet(1, kind, duration_s=took or None, distance_m=round(distance, 2) or None)
    return LoggedWorkout(header, (done,))


def _zoned(moment: datetime.datetime) -> datetime.datetime:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return zoned.astimezone(datetime.UTC)
