"""Exercise names: list marks before them, and words that are no exercise."""

import re
from dataclasses import dataclass

MAX_NAME, MAX_WORDS, MAX_MARKS = 200, 10, 3
_SUPERSET = r"(?:super|giant|tri)[\s-]?s[ae]t[sz]?|supersatz|superserie|超级组"
_HEADING = re.compile(
    rf"^\s*(?:{_SUPERSET}|circuit|zirkel|循环)(?:\s+#?[\dA-Z]{{1,2}})?\s*[:.)-]*\s*$", re.IGNORECASE
)
_PLACE = re.compile(r"^\s*\(?(?P<letter>[A-H])\s?(?P<place>[1-9Il])\s*[.):\-]*\s*(?=[^\W\d]{2})")
_NUMBER = re.compile(
    r"^\s*(?:\(?\d{1,2}\s*[.)]\s*(?=[^\d\s])|[A-H][.)]\s*(?=\w{2})|[-•*·▪◦☐□✓>]\s*)"
)
_BARE_NUMBER = re.compile(
    r"^\s*(\d{1,2})\s+(?!(?i:sets?|reps?|rounds?|s[äa]tze|wdh|min|sec|kg|lbs?|bw|rir|amrap)\b)"
    r"(?=[^\W\d_a-zà-ÿ][^\W\d_]{2})"
)
_JOINED = re.compile(
    rf"^\s*(?:ss\b|(?:{_SUPERSET})(?:\s+(?:with|mit|avec))?\b|\+|&|⎣|⎡|\[)\s*[:.)-]?\s*(?=[^\W\d])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b\d{4}[-./年]\d{1,2}[-./月]\d{1,2}\b|\b\d{1,2}[-./]\d{1,2}[-./]\d{4}\b"
    r"|^\s*\d{1,2}[-./](?:[01]?\d)[-./]\d{2}\s*$"
)
_DAY_FACT = re.compile(
    r"^\s*(?:body\s?-?weight|weight|bw|gewicht|körpergewicht|poids|peso|体重|age|height|total"
    r"|duration|dauer|time|zeit|start|end|ende|from|date|datum|fecha|日期)\s*[:=]",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:(?:day|tag|week|woche|jour|semaine|d[ií]a|semana|phase|cycle|block|session|workout|page)\b.*"
    r"|date|datum|fecha|日期|name|time|zeit|start|end|total|dauer|duration|notes?|volume|tonnage"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|montag|dienstag|mittwoch"
    r"|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?|(?:am|pm)"
    r"|sets?|reps?|weight|x|kg|lbs?|rest|1\s?rm|goal|target|第.*[天周]|周.|星期.)[\s:.]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """List mark before a name: its position in a superset, or that it joins the exercise above."""

    letter: str = ""
    position: int = 0
    joins: bool = False


def split_mark(text: str, following: int) -> tuple[Mark, str]:
    """Split a text into list mark and rest; `following` is the next expected number."""
    mark = Mark()
    for _ in range(MAX_MARKS):
        bare = _BARE_NUMBER.match(text)
        if joined := _JOINED.match(text):
            mark, text = Mark(joins=True), text[joined.end() :]
        elif slot := _PLACE.match(text):
            order = int(slot["place"]) if slot["place"].isdigit() else 1
            mark = mark if mark.joins else Mark(slot["letter"], order)
            return mark, text[slot.end() :]
        elif bare and int(bare[1]) == following:
            return mark, text[bare.end() :]
        elif number := _NUMBER.match(text):
            text = text[number.end() :]
        else:
            break
    return mark, text


def is_superset_heading(text: str) -> bool:
    """True if a text is the heading of a superset."""
    return bool(_HEADING.match(text))


def is_day_fact(text: str) -> bool:
    """True for a date, or a value that is not of an exercise: `Bodyweight: 80 kg`."""
    return bool(_DATE.search(text) or _DAY_FACT.match(text))


def is_name(text: str) -> bool:
    """True if a text can be an exercise name."""
    letters = sum(letter.isalpha() for letter in text)
    enough = letters >= 2 or any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return enough and len(text.split()) <= MAX_WORDS and not _NO_NAME.fullmatch(text.strip())


def clean(text: str) -> str:
    """Name or remark without surrounding punctuation and unprintable characters."""
    text = "".join(letter for letter in text if letter.isprintable())
    return text.strip(" .:-–—•*|,;")[:MAX_NAME].strip()
