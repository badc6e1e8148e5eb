"""Vocabulary of the names of an index: words by beginning, by likeness, joined and split."""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from sync_server.catalogue.ranking.steps import Steps, result_of

MAX_SIMILAR = 6
MIN_SIMILARITY = 0.6
SHORTEST_FUZZY = 4
MIN_HALF = 2
WORDS_AT_ONCE = 1000
"""Words compared in one call, which holds Python's lock: some 0.2 ms."""
SORTED_AT_ONCE = 4000


class Vocabulary:
    """Sorted words; they are distinct."""

    def __init__(self, words: Collection[str] = ()) -> None:
        self._words = list[str]()
        result_of(self.fill(words))

    def fill(self, words: Collection[str]) -> Steps[None]:
        """Take over distinct words. Parts are sorted one by one, and merged at once."""
        unsorted = list(words)
        for start in range(0, len(unsorted), SORTED_AT_ONCE):
            self._words += sorted(unsorted[start : start + SORTED_AT_ONCE])
            yield
        self._words.sort()

    def starting_with(self, beginning: str) -> Sequence[str]:
        """Words that begin so."""
        start = bisect_left(self._words, beginning)
        # U+10FFFF sorts behind every letter.
        return self._words[start : bisect_left(self._words, beginning + "\U0010ffff", start)]

    def has_beginning(self, beginning: str) -> bool:
        """True if some word begins so."""
        start = bisect_left(self._words, beginning)
        return start < len(self._words) and self._words[start].startswith(beginning)

    def __contains__(self, word: str) -> bool:
        start = bisect_left(self._words, word)
        return start < len(self._words) and self._words[start] == word

    def similar(self, word: str) -> dict[str, float]:
        """Words that a mistyped word may stand for, with their similarity, the likeliest first.

        One letter wrong, missing, added or exchanged with its neighbour (optimal string
        alignment), two in words from six letters on, three from nine.
        """
        return result_of(self.similar_steps(word))

    def similar_steps(self, word: str) -> Steps[dict[str, float]]:
        """The same in steps."""
        # Imported on demand: a client without the package has a copy of this module.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if len(word) < SHORTEST_FUZZY:
            return {}
        found = []
        for start in range(0, len(self._words), WORDS_AT_ONCE):
            found += process.extract(
                word,
                self._words[start : start + WORDS_AT_ONCE],
                scorer=OSA.normalized_similarity,
                processor=None,
                limit=4 * MAX_SIMILAR,
                score_cutoff=MIN_SIMILARITY,
            )
            yield
        found = sorted(found, key=lambda match: -match[1])[: 4 * MAX_SIMILAR]
        edits = max(1, len(word) // 3)
        near = [
            (similarity, other)
            for other, similarity, _ in found
            if OSA.distance(word, other) <= edits and (other[0] == word[0] or edits > 1)
        ]
        return {other: similarity for similarity, other in near[:MAX_SIMILAR]}

    def readings(self, words: Sequence[str]) -> list[list[str]]:
        """Readings with neighbours joined (`dead lift`), a word split (`situp`), or singulars.

        Short plurals (`ups`) are not normalized, because `gas` is none.
        """
        joined = [
            [*words[:position], both, *words[position + 2 :]]
            for position in range(len(words) - 1)
            if self.has_beginning(both := words[position] + words[position + 1])
        ]
        split = [
            [*words[:position], word[:cut], word[cut:], *words[position + 1 :]]
            for position, word in enumerate(words)
            if not self.has_beginning(word)
            for cut in range(MIN_HALF, len(word) - MIN_HALF + 1)
            if word[:cut] in self and word[cut:] in self
        ]
        singular = [
            word[:-1] if word.endswith("s") and word[:-1] in self else word for word in words
        ]
        return joined + split + ([singular] if singular != list(words) else [])
