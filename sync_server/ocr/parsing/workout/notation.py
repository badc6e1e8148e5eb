"""Notation parser: `3x10 @ 60kg`, `5×5 100`, `12/10/8`, `BW+10`, `60s` to sets.

Of two numbers around an `x` the first is a count of sets where it can be one (up to 10) and has no
unit; otherwise it is a weight. With a unit behind, `10 x 60kg`, it is repetitions. A number behind
`@` is an RPE up to 10, a weight beyond. A time behind sets of repetitions is the rest. Of three
numbers alone the first is a count of sets, unless they do not grow: `12 10 8` are repetitions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.ocr.parsing.drafts import SetDraft
from sync_server.ocr.parsing.workout.bounds import AmbiguousText, Fields, build_sets
from sync_server.ocr.parsing.workout.misreads import normalize
from sync_server.ocr.parsing.workout.token_parser import TokenParser
from sync_server.ocr.parsing.workout.tokens import tokens

MAX_TEXT = 500
"""Characters; a longer text is prose."""


@dataclass(frozen=True, slots=True)
class Notation:
    """Parsed text: the exercise name, the sets, remarks, and loose fields.

    `loose` are fields without a set, for sets above or below; `unfinished` marks a count of sets
    or a list of weights among them.
    """

    name: str
    sets: tuple[SetDraft, ...]
    remarks: tuple[str, ...]
    loose: Mapping[str, Any]


def parse_notation(text: str, unit: str = "kg", nth: int = 0) -> Notation:
    """Parse a text; `unit` is the default unit of weights. Raises Unclear.

    The text may begin with `nth`, the number of its set: `1 60 10` is then 60 kg ten times.
    """
    if len(text) > MAX_TEXT:
        raise AmbiguousText
    text = normalize(text)
    number = rf"\s*{nth}(?:\s*[.):|-]+\s*|\s+)(?=[\d+]|bw)"
    numbered = re.match(number, text, re.IGNORECASE) if nth else None
    text = text[numbered.end() :] if numbered else text
    reader = TokenParser(text, unit, numbered=numbered is not None)
    for token in tokens(text):
        reader.accept(token)
    reader.end()
    groups, runs = reader.groups, [_run(text, start, end) for start, end in reader.words]
    name, *remarks = [run for run in runs if any(letter.isalpha() for letter in run)] or [""]
    loose: Fields = {} if groups else dict(groups.upcoming)
    if not groups and (groups.upcoming_count or groups.upcoming_loads):
        loose["unfinished"] = True
    return Notation(name, build_sets(groups.finish()), (*remarks, *reader.remarks), loose)


def _run(text: str, start: int, end: int) -> str:
    """Run of words, with its closing bracket."""
    run = text[start:end]
    opened = run.count("(") > run.count(")")
    return run.strip(" .-:+&/\\@") + (")" if opened else "")
