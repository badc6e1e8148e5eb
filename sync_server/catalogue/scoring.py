"""Search scores of names, pure, over words normalized by `normalize_words`."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sync_server.catalogue.words import similarity

EXACT, PREFIX, INVERTED, CONTAINS, ALL_WORDS, FUZZY = 1.0, 0.85, 0.7, 0.55, 0.4, 0.4
WHOLE_WORDS, FIRST_WORD, COVERED = 0.08, 0.03, 0.06
MIN_SIMILARITY = 0.3
MAX_FUZZY_MATCHES = 6

Score = Callable[[str], float]
"""Score of a normalized name; 0 for no match."""

FuzzyMatches = Mapping[str, float]
"""Words that a mistyped word may stand for, each with its similarity (0 to 1)."""


def match_score(query: str, name: str) -> float:
    """Prefix score, 0.4 to 1; 0 if some word of `query` begins no word of `name`.

    In this order: the exact name; its prefix; its inverted prefix (`Milk, whole` for
    `whole milk`); words within it in the order of the query; words anywhere in it. Within each:
    whole words, the name's first word, shorter names first.
    """
    return prefix_scorer(query)(name)


def prefix_scorer(query: str) -> Score:
    """`match_score` of a query, prepared for many names."""
    words = query.split()
    beginnings, wholes = [f" {word}" for word in words], [f" {word} " for word in words]

    def score(name: str) -> float:
        spaced = f" {name} "
        for beginning in beginnings:
            if beginning not in spaced:
                return 0.0
        if query == name:
            return EXACT
        if name.startswith(query):
            rank = PREFIX
        elif len(words) > 1 and _is_inverted(words, name):
            rank = INVERTED
        elif f" {query}" in spaced:
            rank = CONTAINS
        else:
            rank = ALL_WORDS
        whole = sum(word in spaced for word in wholes) / len(words)
        first = any(name.startswith(word) for word in words)
        covered = len(query) / (len(query) + len(name))
        return rank + WHOLE_WORDS * whole + FIRST_WORD * first + COVERED * covered

    return score if words else lambda _: 0.0


def _is_inverted(words: Sequence[str], name: str) -> bool:
    first, _, others = name.partition(" ")
    return first.startswith(words[-1]) and others.startswith(" ".join(words[:-1]))


def fuzzy_matches(word: str, vocabulary: Iterable[str]) -> FuzzyMatches:
    """Most similar words of a vocabulary, at most MAX_FUZZY_MATCHES."""
    alike = ((similarity(word, other), other) for other in vocabulary)
    found = sorted((-figure, other) for figure, other in alike if figure >= MIN_SIMILARITY)
    return {other: -figure for figure, other in found[:MAX_FUZZY_MATCHES]}


def fuzzy_score(alternatives: Sequence[FuzzyMatches], name: str) -> float:
    """Fuzzy score, below 0.4; 0 if no alternative of some word begins a word of `name`.

    The prefix score of the most similar alternatives in the name, times their mean similarity.
    """
    spaced = f" {name}"
    chosen = [
        max(((like, word) for word, like in matches.items() if f" {word}" in spaced), default=None)
        for matches in alternatives
    ]
    found = [best for best in chosen if best]
    if not found or len(found) < len(alternatives):
        return 0.0
    mean = sum(like for like, _ in found) / len(found)
    return FUZZY * mean * match_score(" ".join(word for _, word in found), name)
