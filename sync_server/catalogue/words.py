"""Names as search compares them: plain lower-case words, and how alike two words are."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?:(?<=[oxz])es|(?<=[cs]h)es|(?<=ss)es|(?<![su])s)$")
_Y = re.compile(r"(?:ie|y)$")
_SHORTEST_PLURAL = 4
SWAPPED = 0.9


@lru_cache(8192)
def plain(text: str) -> str:
    """Lower-case words without accents, punctuation and English plurals, one space apart.

    `Crème brûlée, Domino's` is `creme brulee domino`, `berries` and `berry` are both `berri`.
    """
    spelled = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(map(singular, _WORD.findall(bare.casefold())))


@lru_cache(8192)
def singular(word: str) -> str:
    """One form for a word's singular and plural; not always a word."""
    if len(word) < _SHORTEST_PLURAL:
        return word
    return _Y.sub("i", _PLURAL.sub("", word))


@lru_cache(8192)
def trigrams(word: str) -> frozenset[str]:
    """The groups of three letters of a word that is two spaces from its left neighbour."""
    padded = f"  {word} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


@lru_cache(1024)
def swaps(word: str) -> frozenset[str]:
    """The word with each two neighbouring letters in turn exchanged."""
    return frozenset(
        word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        for place in range(len(word) - 1)
        if word[place] != word[place + 1]
    )


def likeness(word: str, other: str) -> float:
    """How alike two words are, 0 to 1: the share of their trigrams that both have.

    The figure of PostgreSQL's `similarity`, but that two letters exchanged are one slip.
    """
    if len(word) == len(other) and other in swaps(word):
        return SWAPPED
    mine, theirs = trigrams(word), trigrams(other)
    return len(mine & theirs) / len(mine | theirs)
