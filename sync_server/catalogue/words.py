"""Normalization of names for search, and similarity of words."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?:(?<=[oxz])es|(?<=[cs]h)es|(?<=ss)es|(?<![su])s)$")
_Y = re.compile(r"(?:ie|y)$")
_SHORTEST_PLURAL = 4
TRANSPOSED_SIMILARITY = 0.9


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


@lru_cache(8192)
def trigrams(word: str) -> frozenset[str]:
    """Trigrams of a word, padded as in PostgreSQL's pg_trgm."""
    padded = f"  {word} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


@lru_cache(1024)
def transpositions(word: str) -> frozenset[str]:
    """The word with each two neighbouring letters in turn exchanged."""
    return frozenset(
        word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        for place in range(len(word) - 1)
        if word[place] != word[place + 1]
    )


def similarity(word: str, other: str) -> float:
    """Similarity of two words, 0 to 1: the share of their trigrams that both have.

    Equal to `similarity` of PostgreSQL's pg_trgm, except for words with two letters transposed.
    """
    if len(word) == len(other) and other in transpositions(word):
        return TRANSPOSED_SIMILARITY
    mine, theirs = trigrams(word), trigrams(other)
    return len(mine & theirs) / len(mine | theirs)
