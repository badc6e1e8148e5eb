"""The words of the notations in which people write down sets, as patterns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

KG_A_LB = 0.45359237
"""The international avoirdupois pound, exactly."""
M_A_MILE, M_A_YARD = 1609.344, 0.9144

_N = r"\d{1,4}(?:\.\d{1,3})?"
_UNIT = r"(?:kgs?|kilos?|lbs?\.?|pounds?|#|公斤|千克)"
_SEC = r"(?:s|secs?|seconds?|sek\.?|segs?|秒)"
_MIN = r"(?:mins?|minutes?|minuten|分钟|分)"
_HOUR = r"(?:h|hrs?|hours?|std\.?|小时)"
_TIME = (
    rf"(?:\d{{1,2}}\s*{_HOUR}(?:\s*\d{{1,2}}\s*(?:{_MIN}|m))?|\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
    rf"|{_N}\s*{_MIN}(?:\s*\d{{1,2}}\s*{_SEC})?"
    rf"|\d{{1,2}}'\s*\d{{1,2}}\"|\d{{1,4}}\s*\"|\d{{1,2}}\s*'"
    rf"|{_N}\s*{_SEC})(?![A-Za-z])"
)
_MAX = r"(?:amrap|max(?:imum)?|to failure|failure|fail|bis versagen|力竭)"
_REPS_WORD = r"(?:reps?\.?|wdh\.?|whd\.?|wiederholungen|rép(?:étition)?s?|repeticiones|次)"
_SETS_WORD = r"(?:sets?|sätze?|saetze|séries?|series?|rounds?|组|組)"
_LIST = r"\d{1,4}(?:\.\d{1,2})?(?:\s*/\s*\d{1,4}(?:\.\d{1,2})?)+"
_DASHED = r"\d{1,4}(?:\s*[-,]\s*\d{1,4}){2,}"
_RANGE = r"\d{1,3}\s*[-–]\s*\d{1,3}"
_BODY = r"(?:bw|bodyweight|body weight|kg körpergewicht|自重)"
_LOAD = rf"(?:{_BODY}(?:\s*[+-]\s*{_N}\s*{_UNIT}?)?|\+\s*{_N}\s*{_UNIT}|{_N}\s*{_UNIT})"
_COUNT = rf"(?:{_LIST}|{_DASHED}|{_RANGE}|{_MAX}|\d{{1,4}})"
_END = r"(?![\w.:/]*\d)(?![A-Za-zÀ-ÿ])"

# In this order: the longer form of two that begin alike comes first.
PATTERNS = {
    "rest": rf"(?:rest(?:ing)?|pause|repos|descanso|休息)\s*[:=]?\s*"
    rf"(?P<rest>{_TIME}|\d{{1,3}}{_END})"
    rf"|R\s*[:=]\s*(?P<rest2>{_TIME}|\d{{1,3}}{_END})"
    rf"|(?P<rest3>{_TIME})\s*(?:rest|pause|休息)",
    "rpe": r"@?\s*rpe\s*[:=@]?\s*(?P<rpe>10|[1-9](?:\.[05])?)(?:\s*-\s*(?:10|[1-9]))?(?![\d.])",
    "rir": r"@?\s*rir\s*[:=]?\s*(?P<rir>\d)(?!\d)|(?P<rir2>\d)\s*rir\b",
    "set_number": rf"{_SETS_WORD}\s*#?\s*\d{{1,2}}\s*[:.)]",
    "sets_load_reps": rf"(?P<n>\d{{1,2}})\s*x\s*(?P<load>{_LOAD})\s*x\s*(?P<count>{_COUNT}){_END}",
    "load_reps": rf"(?P<load>{_LOAD})\s*(?:x|for)\s*(?P<count>{_COUNT})(?:\s*x\s*(?P<n>\d{{1,2}}))?"
    rf"(?:\s*{_REPS_WORD})?{_END}",
    "sets_time": rf"(?P<n>\d{{1,2}})\s*x\s*(?P<time>{_TIME})",
    "sets_distance": rf"(?P<n>\d{{1,2}})\s*x\s*(?P<far>{_N})\s*(?P<length>km|mi(?:les?)?|m|yd|yards?)"
    r"(?![A-Za-z])",
    "three": rf"(?P<a>{_N})\s*x\s*(?P<b>\d{{1,3}})\s*x\s*(?P<c>{_N})"
    rf"(?:\s*(?P<unit>{_UNIT}))?{_END}",
    "scheme": rf"(?P<a>{_N})\s*(?:x|(?P<sets>{_SETS_WORD})\s*(?:x|of|à|a|mit|de|,)?)"
    rf"\s*(?P<count>{_COUNT})"
    rf"(?:\s*{_REPS_WORD})?{_END}",
    "sets_only": rf"(?P<n>\d{{1,2}})\s*{_SETS_WORD}{_END}",
    "loads": rf"(?:@\s*)?(?P<loads>{_LIST}|{_DASHED})\s*(?P<unit>{_UNIT}){_END}",
    "load": rf"(?:@\s*|at\s+|mit\s+)?(?P<load>{_LOAD})(?![A-Za-zÀ-ÿ])",
    "at": rf"@\s*(?P<at>{_N})(?![\d:%])",
    "time": rf"(?:for\s+)?(?P<time>{_TIME})",
    "distance": rf"(?P<far>{_N})\s*(?P<length>km|mi(?:les?)?|m|yd|yards?)(?![A-Za-z])",
    "reps": rf"(?P<count>{_COUNT})\s*{_REPS_WORD}{_END}",
    "list": rf"(?P<count>{_LIST}|{_DASHED}){_END}",
    "max": rf"(?P<count>{_MAX}){_END}",
    "body": rf"(?P<load>{_BODY}){_END}",
    "warmup": r"warm[\s-]?up(?:\s+sets?)?|w/?u\b|aufwärm(?:en|satz|sätze)?|热身",
    "drop": r"drop(?:[\s-]?sets?)?(?![A-Za-z])|dropsatz|递减组?",
    "then": r"->|[>→]",
    "side": r"(?:per|each|je|every)\s+(?:side|arm|leg|hand|seite|arm|bein)|each(?![A-Za-z])"
    r"|e/s\b|/\s*side",
    "number": rf"(?P<number>{_N}){_END}",
}  # fmt: skip
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}
_SKIP = re.compile(r"[\s,;:|·•()\[\]{}_=]+")
_WORD = re.compile(r"[^\s,;:|()\[\]\d]+|\d\S*")
_DASH = re.compile(r"(?:[-–—.]\s+)+")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a notation; `kind` is a key of PATTERNS, or `word` for all else."""

    kind: str
    text: str
    parts: dict[str, str]


def plain(text: str) -> str:
    """The text with one sign for each thing, and digits where an engine took letters for them."""
    for sign in "×✕✖╳х*":
        text = text.replace(sign, "x")
    text = text.translate(
        str.maketrans("０１２３４５６７８９，．：（）＠＋／", "0123456789,.:()@+/")
    )
    text = text.translate(str.maketrans("’′‘´″“”–—−", "''''\"\"\"---"))
    text = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d)(?!\s*,|,))", _decimal, text)
    text = re.sub(r"(?<=[\dx@ ])[Oo](?=[\d.xk]|\s*kg|$)|(?<=\d)[Oo]", "0", text)
    text = re.sub(r"(?<=\d)[lI](?=[\dx\s]|$)|(?<=[x@])\s?[lI](?=\d)", "1", text)
    return re.sub(r"(?<=\d)\s*X\s*(?=[\dBA])|(?<=[gsb])\s*X\s*(?=\d)", "x", text)


def _decimal(found: re.Match[str]) -> str:
    """A comma between digits is decimal, unless it stands in a list of three or more."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    listed = re.search(r"\d,\s*\d{1,3}$", before) or re.match(r"\d{1,3}\s*,\s*\d", after)
    return "," if listed else "."


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a plain text, from left to right."""
    at, in_words = 0, False
    while at < len(text):
        if skipped := _SKIP.match(text, at):
            at = skipped.end()
            continue
        if dash := _DASH.match(text, at):
            if in_words:
                yield Token("word", "-", {})  # `Bench press - close grip`
            at = dash.end()
            continue
        inside = at > 0 and text[at - 1].isalpha() and text[at].isalpha()
        for kind, pattern in _COMPILED.items():
            found = None if inside else pattern.match(text, at)
            if found:
                parts = {key: value for key, value in found.groupdict().items() if value}
                yield Token(kind, found[0], parts)
                at, in_words = found.end(), False
                break
        else:
            word = _WORD.match(text, at)
            end = word.end() if word else at + 1
            yield Token("word", text[at:end], {})
            at, in_words = end, True


def seconds(text: str) -> int:
    """How long a written time is, in seconds, rounded."""
    text = text.casefold().replace(" ", "")
    if ":" in text:
        parts = [int(part) for part in text.split(":")]
        return sum(part * 60**power for power, part in enumerate(reversed(parts)))
    if found := re.fullmatch(r"(\d+)'(?:(\d+)\")?", text):
        return int(found[1]) * 60 + int(found[2] or 0)
    total = 0.0
    for number, unit in re.findall(r"(\d+(?:\.\d+)?)([^\d.]*)", text):
        size = 3600 if unit[:1] in ("h", "小") or unit.startswith("std") else 1
        minutes = unit.startswith(("m", "分"))
        total += float(number) * (60 if minutes else size)
    return round(total)


def kilograms(number: str, unit: str, default: str) -> float:
    """A mass in kilograms, to 10 g; `default` is the unit of a number without one."""
    unit = unit.strip().casefold() or default
    pounds = unit.startswith(("lb", "pound", "#"))
    return round(float(number) * (KG_A_LB if pounds else 1), 2)


def metres(number: str, unit: str) -> float:
    """A length in metres."""
    unit = unit.casefold()
    size = 1000 if unit == "km" else M_A_MILE if unit.startswith("mi") else 1
    return round(float(number) * (M_A_YARD if unit.startswith("y") else size), 1)
