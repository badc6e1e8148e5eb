"""Normalization of names for the offline search, the same as on the server."""

import re
import unicodedata

_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?:(?<=[oxz])es|(?<=[cs]h)es|(?<=ss)es|(?<![su])s)$")
_Y = re.compile(r"(?:ie|y)$")
_SHORTEST_PLURAL = 4


def normalized(text: str) -> str:
    """Lower-case words without accents, punctuation and English plurals, one space apart."""
    spelled = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(map(_singular, _WORD.findall(bare.casefold())))


def _singular(word: str) -> str:
    if len(word) < _SHORTEST_PLURAL:
        return word
    return _Y.sub("i", _PLURAL.sub("", word))
