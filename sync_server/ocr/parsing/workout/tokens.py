"""Tokenizer of set notations: one pattern per kind of token."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_N = r"\d{1,4}(?:\.\d{1,3})?"
_UNIT = r"(?:kgs?|kilos?|[li]bs?\.?|pounds?|#|公斤|千克|斤|кг)"
_LENGTH = r"(?:km|mi(?:les?)?|m(?:eters?|etres?)?|yd?s?|yards?|ft|公里|米)"
_SEC = r"(?:s(?:ec(?:ond)?s?|ek(?:unden)?|egs?)?\.?|秒)"
_MIN = r"(?:min(?:ute[sn]?|utos?)?s?\.?|分钟|分鐘|分)"
_HOUR = r"(?:h(?:ou)?rs?|h|std\.?|小时|小時)"
_TIME = (
    rf"(?:\d{{1,2}}\s*{_HOUR}(?:\s*\d{{1,2}}\s*(?:{_MIN}|m))?|\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
    rf"|{_N}\s*{_MIN}(?:\s*\d{{1,2}}\s*{_SEC})?|\d{{1,2}}'\s*\d{{1,2}}\"|\d{{1,4}}\s*(?:\"|'')"
    rf"|\d{{1,2}}\s*'|{_N}\s*{_SEC})(?![A-Za-z\d])"
)
_MAX = r"(?:amrap|max(?:imum)?|(?:to\s+|til\s+|bis\s+)?(?:failure|fail|versagen)|(?-i:F)\b|力竭)"
_REPS = (
    r"(?:reps?\b\.?|repetitions?|w(?:d)?hd?\.?|wdhl?\.?|wiederholungen|r[ée]p(?:[ée]tition)?s?\b"
    r"|repeticiones|次|下|回)"
)
_SETS = r"(?:sets?|s[äa]e?tze?n?|s[ée]ries?|rounds?|runden|rondas|组|組)"
_LISTED = rf"\d{{1,4}}(?:\.\d{{1,2}})?(?:\s*/\s*(?:{_N}|{_MAX}))+\+?"
_DASHED = rf"\d{{1,4}}(?:\s*[-,]\s*(?:\d{{1,4}}|{_MAX})){{2,}}\+?"
_RANGE = rf"\d{{1,3}}\s*(?:-|to|bis)\s*\d{{1,3}}(?!\d|\s*{_UNIT})"
_BODY = r"(?:bw|body\s?-?weight|(?:kg\s*)?k[öo]rpergewicht|自重)"
_LOAD = rf"(?:{_BODY}(?:\s*[+-]\s*{_N}\s*{_UNIT}?)?|[+-]\s*{_N}\s*{_UNIT}|{_N}\s*{_UNIT})"
_COUNT = rf"(?:{_LISTED}|{_DASHED}|{_RANGE}|{_MAX}|\d{{1,4}}\+?)"
_EACH = r"(?:ea\b|each\b|per\b|je\b|x\d|F\b|w/|bw)"
_SIDE = r"(?:sides?|arms?|(?:[l1I|])?egs?|hands?|seite|bein)\b"
_ALONE = r"(?!\s*/\s*\d|,\d+(?:\.\d+)?,\d)"
"""After a weight: it is not the first of a list."""
_WHOLE = r"(?!\d|[.,:/]\d)"
_END = rf"{_WHOLE}(?!(?!{_EACH})[A-Za-zÀ-ÿ%°])"
_UNIT_END = r"(?![A-Za-zÀ-ÿ])"
_BEHIND = rf"(?:\s*{_REPS})?"

# In this order: longer forms before shorter ones with the same start.
PATTERNS = {
    "word": r"\d{1,3}\s?°\w*|\d{1,2}-(?!to\b|bis\b|rep)[A-Za-z]{2,}[\w-]*",
    "remark": r"\d\dx0(?!\d)|tempo\s*[:=]?\s*[\dxX][\dxX/.-]*"
    r"|@?\s*\d{1,3}(?:\s*-\s*\d{1,3})?\s*%(?:\s*(?:of\s*)?1\s?rm)?"
    r"|@?\s*(?:rpe|rir)\s*[:=@]?\s*\d+(?:\.5)?(?:\s*[-/,]\s*\d+(?:\.5)?)+"
    r"|@?\s*\d(?:\.5)?\s*[-/]\s*\d+(?:\.5)?\s*(?:rpe|rir)\b"
    r"|@\s*\d(?:\.5)?\s*[-/]\s*(?:10|\d)(?:\.5)?(?![\d.]|\s*[-/]\s*\d)"
    rf"|(?:(?:per|each|je|every)\s+|[/])\s*{_SIDE}|each\b|ea\b\.?"
    r"|e/s\b|/\s*side|l/r\b|每边|每侧|rest\s*[:=]?\s*\d+\s*-\s*\d+\s*(?:min\w*|s\w*)?"
    r"|@\s*\d-\d-\d(?:-\d)?\b",
    "emom": r"e(?P<every>\d?)mom\s*[:x-]?\s*(?P<minutes>\d{1,2})\s*(?:min\w*|')?(?![\w.])\s*:?"
    r"|(?P<minutes2>\d{1,2})\s*(?:min\w*|')?\s*e(?P<every2>\d?)mom\b",
    "rest": r"(?:rest(?:ing|s)?|pausen?|repos|r[ée]cup\w*|descanso|休息|间歇)"
    rf"\s*(?:time)?\s*[:=]?\s*(?P<rest>{_TIME}|\d{{1,3}}{_END}(?!\s*x))"
    rf"|(?-i:R)\s*(?:[:=]\s*)?(?P<rest2>{_TIME}|\d{{2,3}}{_END}(?!\s*x))"
    rf"|(?P<rest3>{_TIME})\s*(?:of\s+)?(?:rest|pause|repos|descanso|休息)",
    "rpe": r"@?\s*rpe\s*[:=@]?\s*(?P<rpe>10|[1-9](?:\.[05])?)(?![\d.])"
    r"|@?\s*(?P<rpe2>10|[1-9](?:\.[05])?)\s*rpe\b",
    "rir": r"@?\s*rir\s*[:=]?\s*(?P<rir>\d)(?![\d-])|@?\s*(?P<rir2>\d)\s*rir\b",
    "set_number": r"(?:第\s*\d{1,2}\s*[组組]|(?:set|satz|s[ée]rie)\s*#?\s*\d{1,2}|(?-i:S)\d{1,2}"
    r"(?=\s*[:.)-])|#\s*\d{1,2}(?=\s*[:.)]|\s+\d))\s*[:.)-]?",
    "label_sets": rf"(?:sets|s[äa]e?tze|s[ée]ries|组数|組數)\s*[:=]?\s*"
    rf"(?P<n>\d{{1,2}}){_END}(?!\s*x)",
    "label_reps": rf"{_REPS}\s*[:=]?\s*(?P<count>{_COUNT}){_END}",
    "glue": r"(?:weights?|load|gewicht|poids|peso|重量)\s*[:=]?\s*(?=[\d+-]|bw)"
    r"|(?:w/|with|at|à|con|avec|mit|in|and|und|y|et|then)\s*(?=[\d+@]|bw)",
    "sets_load_reps": rf"(?P<n>\d{{1,2}})\s*x\s*\(?(?P<load>{_LOAD})\s*x\s*(?P<count>{_COUNT})\)?"
    rf"{_BEHIND}{_END}",
    "load_reps": rf"(?P<load>{_LOAD})\s*(?:x|for)\s*(?P<count>{_COUNT}){_BEHIND}"
    rf"(?:\s*x\s*(?P<n>\d{{1,2}})(?:\s*{_SETS})?)?{_END}",
    "sets_time": rf"(?P<n>\d{{1,2}})\s*(?:x|{_SETS}\s*(?:x|of|à|a|mit|de|,)?)\s*(?P<time>{_TIME})"
    rf"|(?P<time2>{_TIME})\s*x\s*(?P<n2>\d{{1,2}})(?:\s*{_SETS})?{_END}",
    "sets_distance": rf"(?P<n>\d{{1,2}})\s*x\s*(?P<far>{_N})\s*(?P<length>{_LENGTH}){_UNIT_END}"
    rf"|(?P<far2>{_N})\s*(?P<length2>{_LENGTH})\s*x\s*(?P<n2>\d{{1,2}}){_END}",
    "pair": rf"(?P<at>@\s*)?2\s*x\s*(?P<load>{_N}\s*{_UNIT}){_UNIT_END}(?!\s*x)",
    "three": rf"(?P<a>{_N})\s*x\s*(?P<b>\d{{1,3}})\s*x\s*(?P<c>{_N})"
    rf"(?:\s*(?P<unit>{_UNIT})|\s*(?P<sets>{_SETS}))?{_END}",
    "reps_load": rf"(?P<count>\d{{1,3}})\s*x\s*(?P<load>{_N}\s*{_UNIT}){_UNIT_END}"
    rf"|(?P<count2>\d{{1,3}}){_BEHIND}\s*@\s*(?P<load2>{_LOAD}|{_N}(?!\d|[.-]\d|%)){_ALONE}{_UNIT_END}",
    "scheme": rf"(?P<a>{_N})\s*(?:x|(?P<sets>{_SETS})\s*(?:x|of|à|a|mit|de|,|-)?)\s*"
    rf"(?P<count>{_COUNT}){_BEHIND}{_END}(?(sets)(?!\s*{_UNIT}))",
    "sets_only": rf"(?P<n>\d{{1,2}})\s*{_SETS}{_END}",
    "times": rf"x\s*(?P<n>\d{{1,2}})(?:\s*{_SETS})?{_END}",
    "loads": rf"(?:@\s*)?(?P<loads>{_LISTED}|{_DASHED})\s*(?P<unit>{_UNIT}){_UNIT_END}",
    "load": rf"(?:@\s*)?(?P<load>{_LOAD}){_UNIT_END}",
    "at": rf"@\s*(?P<at>{_N})(?![\d:%-]|\.\d|\s*x|\s*{_SEC}\b|\s*{_MIN}\b){_ALONE}",
    "time": rf"(?:for\s+)?(?P<time>{_TIME})",
    "distance": rf"(?P<far>{_N})\s*(?P<length>{_LENGTH}){_UNIT_END}",
    "reps": rf"(?P<count>{_COUNT})\s*{_REPS}{_UNIT_END}|(?P<count2>\d{{1,3}})(?=\s*/\s*{_SIDE})",
    "list": rf"(?P<at>@\s*)?(?P<count>{_LISTED}|{_DASHED}){_END}",
    "max": rf"(?P<count>{_MAX}){_UNIT_END}",
    "warmup": r"warm[\s-]?ups?(?:\s+sets?)?|w/?u\b|aufw[äa]rm(?:en|satz|s[äa]tze)?|热身"
    r"|(?-i:W)(?=[\s:.)]|$)",
    "drop": r"drop(?:[\s-]?sets?)?\b|dropsatz|递减组?|(?-i:DS?)(?=[\s:.)]|$)",
    "then": r"-+>|[>→]",
    "number": rf"(?P<plus>\+)?(?P<number>{_N}){_END}",
}  # fmt: skip
_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in PATTERNS.items()}
_BETWEEN = re.compile(r"[\s,;:|·•()\[\]{}_=&]+|[-./+]+(?=\s|$)")
_WORD = re.compile(r"[^\W\d_](?:[^\s,;:|()\[\]\d@=]|(?<=\w)\d(?=\w*[^\W\d_]\b))*|\d\S*|\S")


@dataclass(frozen=True, slots=True)
class Token:
    """Token of a notation; `kind` is a key of PATTERNS, `parts` are named groups without suffix."""

    kind: str
    start: int
    end: int
    parts: Mapping[str, str]


def tokens(text: str) -> Iterator[Token]:
    """Tokens of a normalized text, from left to right."""
    at = 0
    while at < len(text):
        between = _BETWEEN.match(text, at)
        token = None if between else (_notation(text, at) or _word(text, at))
        if token:
            yield token
        at = between.end() if between else token.end if token else at + 1


def _notation(text: str, at: int) -> Token | None:
    if at and text[at].isalpha() and text[at - 1].isalpha() and text[at].isascii():
        return None
    for kind, pattern in _COMPILED.items():
        if match := pattern.match(text, at):
            groups = match.groupdict().items()
            parts = {name.rstrip("23"): value for name, value in groups if value is not None}
            return Token(kind, at, match.end(), parts)
    return None


def _word(text: str, at: int) -> Token | None:
    match = _WORD.match(text, at)
    return Token("word", at, match.end(), {}) if match else None
