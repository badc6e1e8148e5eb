"""How well a name answers what somebody typed: pure, over the words of `words.plain`."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sync_server.catalogue.words import likeness

EXACT, BEGINS, TURNED, HOLDS, ALL_WORDS, MEANT = 1.0, 0.85, 0.7, 0.55, 0.4, 0.4
WHOLE_WORDS, FIRST_WORD, COVERED = 0.08, 0.03, 0.06
LEAST_LIKE = 0.3
MOST_MEANT = 6

Score = Callable[[str], float]
"""What plain words are worth as an answer, 0 for nothing."""

Meant = Mapping[str, float]
"""The words that a mistyped one may stand for, each with its likeness (0 to 1)."""


def match_score(asked: str, name: str) -> float:
    """0 when a word of `asked` begins no word of `name`, else 0.4 to 1, greater for better.

    In this order: the very name; its beginning; its beginning as lists turn it (`Milk, whole` for
    `whole milk`); words within it in the order asked; words anywhere in it. Within each: whole
    words, the name's first word, shorter names first.
    """
    return matching(asked)(name)


def matching(asked: str) -> Score:
    """`match_score` of what was asked, made ready for many names."""
    words = asked.split()
    beginnings, wholes = [f" {word}" for word in words], [f" {word} " for word in words]

    def score(name: str) -> float:
        spaced = f" {name} "
        for beginning in beginnings:
            if beginning not in spaced:
                return 0.0
        if asked == name:
            return EXACT
        if name.startswith(asked):
            rank = BEGINS
        elif len(words) > 1 and _is_turned(words, name):
            rank = TURNED
        elif f" {asked}" in spaced:
            rank = HOLDS
        else:
            rank = ALL_WORDS
        whole = sum(word in spaced for word in wholes) / len(words)
        first = any(name.startswith(word) for word in words)
        covered = len(asked) / (len(asked) + len(name))
        return rank + WHOLE_WORDS * whole + FIRST_WORD * first + COVERED * covered

    return score if words else lambda _: 0.0


def _is_turned(words: Sequence[str], name: str) -> bool:
    first, _, others = name.partition(" ")
    return first.startswith(words[-1]) and others.startswith(" ".join(words[:-1]))


def meant_by(word: str, vocabulary: Iterable[str]) -> Meant:
    """The words of a vocabulary that a mistyped word is most like."""
    alike = ((likeness(word, other), other) for other in vocabulary)
    found = sorted((-figure, other) for figure, other in alike if figure >= LEAST_LIKE)
    return {other: -figure for figure, other in found[:MOST_MEANT]}


def meant_score(meant: Sequence[Meant], name: str) -> float:
    """0 when no reading of some word begins a word of `name`, else below 0.4.

    It is the score of the likeliest readings that are in the name, times their mean likeness.
    """
    spaced = f" {name}"
    chosen = [
        max(((like, word) for word, like in readings.items() if f" {word}" in spaced), default=None)
        for readings in meant
    ]
    found = [best for best in chosen if best]
    if not found or len(found) < len(meant):
        return 0.0
    mean = sum(like for like, _ in found) / len(found)
    return MEANT * mean * match_score(" ".join(word for _, word in found), name)
