"""Normalization of names for search."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?:(?<=[oxz])es|(?<=[cs]h)es|(?<=ss)es|(?<![su])s)$")
_Y = re.compile(r"(?:ie|y)$")
_SHORTEST_PLURAL = 4


@lru_cache(8192)
def normalize_words(text: str) -> str:
    """Lower-case words without accents, punctuation and English plurals, one space apart.

    `Crème brûlée, Domino's` is `creme brulee domino`, `berries` and `berry` are both `berri`.
    """
    spelled = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(map(singular, _WORD.findall(bare.casefold())))


@lru_cache(8192)
def singular(word: str) -> str:
    """Common stem of a word's singular and plural."""
    if len(word) < _SHORTEST_PLURAL:
        return word
    return _Y.sub("i", _PLURAL.sub("", word))
