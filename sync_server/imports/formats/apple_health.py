"""Apple Health's export, `export.xml` or the zip file with it: read in pieces, in bounded memory.

An export of years has gigabytes; what is taken from it are values of days and workouts. The
document type before `<HealthData` is skipped: that of iOS 16 is invalid.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from sync_server.imports.formats.apple_health_values import TYPES, HealthValues
from sync_server.imports.parsed_file import LineError, ParsedFile

NAME = "apple_health"
ROOT, MAX_HEAD = b"<HealthData", 1024 * 1024
PIECE_BYTES = 1024 * 1024
MAX_SILENT_BYTES = 16 * 1024 * 1024
"""Bytes without an element, at most: a longer one would be held in memory as a whole."""

# Device names hold them, though XML allows no escape for them.
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))
# Most of a file are records of types that are not read: without them the parser has less to do.
_UNREAD = re.compile(
    rb'<Record type="(?!(?:%b)")[^<>]*/>' % b"|".join(sorted(name.encode() for name in TYPES))
)
_MEMBER = re.compile(r"(?:[^/]+/)?[^/]+\.xml", re.I)
_CLINICAL = "cda"


class NotAppleHealth(Exception):
    """The file is no export of Apple Health; the text is the reason."""


def parse_file(path: Path, max_days: int) -> ParsedFile:
    """Values of an export; raises NotAppleHealth, RowLimitExceeded."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            return parse(file.read, max_days)
        file.seek(0)
        return _parse_zip(file, max_days)


def _parse_zip(file: BinaryIO, max_days: int) -> ParsedFile:
    try:
        with zipfile.ZipFile(file) as archive:
            names = [
                member
                for member in archive.infolist()
                if _MEMBER.fullmatch(member.filename) and _CLINICAL not in member.filename.lower()
            ]
            if not names:
                raise NotAppleHealth("The zip file has no export.xml.")
            # Its name is in the phone's language; it is the largest.
            largest = max(names, key=lambda member: member.file_size)
            with archive.open(largest) as member:
                return parse(member.read, max_days)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotAppleHealth(f"The zip file cannot be read: {str(error)[:100]}") from None


def parse(read: Callable[[int], bytes], max_days: int) -> ParsedFile:
    """Values of an export; `read` returns the next bytes, at most so many."""
    head, line = _skip_document_type(read)
    values = HealthValues(max_days)
    error = _feed(head, read, values, line)
    parsed = values.parsed()
    if error is None:
        return parsed
    if not (parsed.workouts or parsed.measurements):
        raise NotAppleHealth(error.reason)
    return ParsedFile(
        parsed.workouts, measurements=parsed.measurements, errors=(*parsed.errors, error)
    )


def _skip_document_type(read: Callable[[int], bytes]) -> tuple[bytes, int]:
    """The bytes from the root element on, and the number of lines above it."""
    head = b""
    while len(head) < MAX_HEAD:
        piece = read(PIECE_BYTES)
        head += piece
        if not piece or ROOT in head:
            break
    start = head.find(ROOT)
    if start < 0:
        raise NotAppleHealth("The file has no <HealthData>.")
    return head[start:], head.count(b"\n", 0, start)


def _feed(
    head: bytes, read: Callable[[int], bytes], values: HealthValues, lines_above: int
) -> LineError | None:
    """Feed the parser to the end; the error that ended it before."""
    parser = expat.ParserCreate("UTF-8")
    parser.ordered_attributes = True
    state = _State(parser, values, lines_above)
    parser.StartElementHandler = state.start
    parser.EndElementHandler = state.end
    silent, elements = 0, 0
    try:
        for piece in _pieces(head, read):
            parser.Parse(piece, False)
            silent = silent + len(piece) if state.elements == elements else 0
            elements = state.elements
            if silent > MAX_SILENT_BYTES:
                return LineError(state.line, "An element is too long.")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = f"The file breaks off: {expat.ErrorString(error.code)}"
        return LineError(error.lineno + lines_above, reason)
    return None


def _pieces(head: bytes, read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Pieces of whole lines, without records that are not read."""
    rest, piece = b"", head
    while piece:
        end = piece.rfind(b"\n") + 1
        if end:
            yield _UNREAD.sub(b"", (rest + piece[:end]).translate(None, _CONTROL))
            rest = piece[end:]
        else:
            rest += piece
        if len(rest) > MAX_SILENT_BYTES:
            yield rest
            rest = b""
        piece = read(PIECE_BYTES)
    yield rest.translate(None, _CONTROL)


class _State:
    """Handlers of the parser: records by their type, workouts with what stands in them."""

    def __init__(
        self, parser: "expat.XMLParserType", values: HealthValues, lines_above: int
    ) -> None:
        self.elements = 0
        self._parser, self._values, self._lines_above = parser, values, lines_above
        self._workout: dict[str, str] | None = None
        self._workout_line = 0
        self._statistics: list[dict[str, str]] = []

    @property
    def line(self) -> int:
        """Line of the file that is being read."""
        return self._parser.CurrentLineNumber + self._lines_above

    # ordered_attributes makes the attributes a list of names and values.
    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Handle the beginning of an element."""
        self.elements += 1
        if name == "Record":
            # The type is the first attribute of every record.
            if attributes and attributes[1] in TYPES:
                self._values.add_record(_mapping(attributes), self.line)
        elif name == "Workout":
            self._workout, self._statistics = _mapping(attributes), []
            self._workout_line = self.line
        elif name == "WorkoutStatistics" and self._workout is not None:
            self._statistics.append(_mapping(attributes))

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if name == "Workout" and self._workout is not None:
            self._values.add_workout(self._workout, self._statistics, self._workout_line)
            self._workout = None


def _mapping(attributes: Sequence[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))
