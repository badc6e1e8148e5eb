"""Normalization of sheet texts: one sign per meaning, and corrected misreads of digits."""

import re

_TIMES = str.maketrans(dict.fromkeys("×✕✖╳х*Ⅹ", "x"))
_WIDE = str.maketrans("０１２３４５６７８９，．：（）＠＋／－～｜", "0123456789,.:()@+/-~|")
_MARKS = str.maketrans("’′‘´`“”″–—−‑~〜，、", "'''''\"\"\"------,,")
_HALVES = {"½": ".5", "¼": ".25", "¾": ".75"}

# Patterns and replacements, in this order. A letter becomes a digit only beside a digit.
_MISREADS = tuple(
    (re.compile(pattern), digit)
    for pattern, digit in (
        (r"(?<![A-Za-z\d])S[O0](?=\s*(?:kg|lb|x|X|$))", "50"),
        (r"(?<=\d)[OoQ]{1,3}", lambda match: "0" * len(match[0])),
        (r"(?<![A-Za-z])[OoQ](?=\d)", "0"),
        (r"(?<=\dO)[Oo]|(?<=[x@] )[Oo](?=\b)", "0"),
        (r"(?<=\d)[lI](?=\d|x|X|\s|$|@|kg)", "1"),
        (r"(?<=[xX@/])(\s?)[lI](?=\d)", r"\g<1>1"),
        (r"(?<![A-Za-z\d])[lI](?=[\dO]\s*[xX@k])", "1"),
        (r"(?<=\d)S(?=\d)", "5"),
        (r"(?<=[xX@])(\s?)S(?=\d|\s|$|@)", r"\g<1>5"),
        # `1S` is 15, but `60S` are seconds on a sheet in capitals.
        (r"(?<=[xX@/]\d)S(?=\s|$|@|/)|(?<=[xX@] \d)S(?=\s|$|@|/)", "5"),
        (r"(?<![A-Za-z\d])S(?=\d*\s*[xX]\s*\d)(?!\d+\s*[:.)])", "5"),
        (r"(?<=\d)[BZ](?=\d)", lambda match: {"B": "8", "Z": "2"}[match[0]]),
        (r"(?<=\d)\s*k[9q](?=\b)", "kg"),
        # A missing blank: `80 kgRPE 7`.
        (r"(?<=\d)\s*(kg|lbs?)(?=R(?:PE|IR)\b)", r" \1 "),
        (r"(?<=\d)\s*[1I|][bB](?=[sS]?\b)", "lb"),
    )
)
_X = re.compile(r"(?<=[\d)gsb])(\s*)X(?=\s*(?:[\d(]|BW|AMRAP|max|F\b))", re.IGNORECASE)
_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_LISTED = re.compile(r"\d,\d+$"), re.compile(r"\d+,\d")


def normalize(text: str) -> str:
    """Normalize a text for the notation patterns; words keep their letters."""
    text = text.translate(_TIMES).translate(_WIDE).translate(_MARKS)
    for half, decimal in _HALVES.items():
        text = text.replace(half, decimal)
    for misread, digit in _MISREADS:
        text = misread.sub(digit, text)
    text = _COMMA.sub(_decimal, text)
    return _X.sub(r"\1x", text)


def _decimal(match: re.Match[str]) -> str:
    """Decimal point for a comma between digits, except in a list of three or more."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return "," if _LISTED[0].search(before) or _LISTED[1].match(after) else "."
