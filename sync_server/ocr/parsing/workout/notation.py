"""Notations of sets: `3x10 @ 60kg`, `5×5 100`, `12/10/8`, `BW+10`, `60s`, into the sets they mean.

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
from sync_server.ocr.parsing.workout.bounds import Fields, Unclear, all_made
from sync_server.ocr.parsing.workout.misreads import plain
from sync_server.ocr.parsing.workout.token_parser import Reader
from sync_server.ocr.parsing.workout.tokens import tokens

MOST_TEXT = 500
"""Letters: a longer text is none of sets."""


@dataclass(frozen=True, slots=True)
class Notation:
    """What a text says: the name before or behind its sets, the sets, and all else.

    `loose` is what was said without a set: it is meant for sets above or below. A count of sets
    or a list of weights among it stands under `unfinished`.
    """

    name: str
    sets: tuple[SetDraft, ...]
    remarks: tuple[str, ...]
    loose: Mapping[str, Any]


def read_notation(text: str, unit: str = "kg", nth: int = 0) -> Notation:
    """The sets of a text; `unit` is that of weights without one. Raises Unclear.

    The text may begin with `nth`, the number of its set: `1 60 10` is then 60 kg ten times.
    """
    if len(text) > MOST_TEXT:
        raise Unclear
    text = plain(text)
    number = rf"\s*{nth}(?:\s*[.):|-]+\s*|\s+)(?=[\d+]|bw)"
    numbered = re.match(number, text, re.IGNORECASE) if nth else None
    text = text[numbered.end() :] if numbered else text
    reader = Reader(text, unit, numbered=numbered is not None)
    for token in tokens(text):
        reader.take(token)
    reader.end()
    groups, runs = reader.groups, [_run(text, start, end) for start, end in reader.words]
    name, *remarks = [run for run in runs if any(letter.isalpha() for letter in run)] or [""]
    loose: Fields = {} if groups else dict(groups.ahead)
    if not groups and (groups.sets_ahead or groups.loads_ahead):
        loose["unfinished"] = True
    return Notation(name, all_made(groups.ended()), (*remarks, *reader.remarks), loose)


def _run(text: str, start: int, end: int) -> str:
    """A run of words, with the bracket that closes it."""
    run = text[start:end]
    opened = run.count("(") > run.count(")")
    return run.strip(" .-:+&/\\@") + (")" if opened else "")
