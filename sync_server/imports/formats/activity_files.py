"""Files of activities, which are no tables: FIT, TCX and GPX, also compressed with gzip."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sync_server.imports.csv_table import NotCsv
from sync_server.imports.formats import fit, track_files
from sync_server.imports.parsed_file import LoggedWorkout, ParsedFile

MAX_INFLATED_BYTES = 64 * 1024 * 1024
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class ActivityFormat:
    """Recognition and parser of a kind of file."""

    name: str
    recognizes: Callable[[bytes], bool]
    parse: Callable[[bytes], ParsedFile]


ACTIVITY_FORMATS: Mapping[str, ActivityFormat] = {
    format.name: format
    for format in (
        ActivityFormat("fit", fit.recognizes, fit.parse),
        ActivityFormat("tcx", track_files.is_tcx, track_files.parse_tcx),
        ActivityFormat("gpx", track_files.is_gpx, track_files.parse_gpx),
    )
}


def parse_activities(content: bytes, name: str | None) -> tuple[str, ParsedFile] | None:
    """Name of the format, and the activities; None for another kind of file. Raises NotCsv."""
    found = next((it for it in ACTIVITY_FORMATS.values() if it.recognizes(content)), None)
    if name in ACTIVITY_FORMATS and (found is None or found.name != name):
        hint = f" It looks like {found.name}." if found else ""
        raise NotCsv(f"The file is not of the format {name}.{hint}")
    if found is None:
        return None
    if name not in (None, found.name):
        raise NotCsv(f"The file is not of the format {name}. It looks like {found.name}.")
    try:
        parsed = found.parse(content)
    except (fit.NotFit, track_files.NotTrack) as error:
        raise NotCsv(str(error)) from None
    return found.name, replace(parsed, workouts=_unique(parsed.workouts))


def _unique(workouts: Iterable[LoggedWorkout]) -> tuple[LoggedWorkout, ...]:
    """The first of workouts with equal keys."""
    found: dict[tuple[str, ...], LoggedWorkout] = {}
    for workout in workouts:
        found.setdefault(workout.header.key, workout)
    return tuple(found.values())


def inflate(content: bytes) -> bytes:
    """Content of a gzip file; other content as it is. Raises NotCsv."""
    if not content.startswith(GZIP):
        return content
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        inflated = inflater.decompress(content, MAX_INFLATED_BYTES)
    except zlib.error:
        raise NotCsv("The file is a damaged gzip file.") from None
    if not inflater.eof:
        raise NotCsv(f"The gzip file is damaged, or has more than {MAX_INFLATED_BYTES} bytes.")
    return inflated
