"""Match score of the words of a query and one form of a name, 0 to 1."""

from collections.abc import Sequence

from sync_server.catalogue.ranking.name_form import NameForm

# What the words of a query are in the name, and its share of the score: the words that name the
# thing; whole words rather than beginnings; words of early parts; most of the name.
CORE, WHOLE, EARLY, COVERED = 0.55, 0.2, 0.15, 0.1
# A beginning of a word is worth this, and more the more of the word is there.
BEGINNING, BEGINNING_LENGTH = 0.4, 0.5


def match_score(query: Sequence[str], form: NameForm) -> float:
    """Score of a form; 0 if some word of the query begins no word of it."""
    positions: list[int] = []
    whole = early = covered = 0.0
    qualities: list[float] = []
    for word in query:
        position, quality = _best_position(word, form.words, positions)
        if position < 0:
            return 0.0
        positions.append(position)
        qualities.append(quality)
        whole += quality
        early += form.earliness[position]
        covered += form.weights[position]
    if not positions:
        return 0.0
    count = len(positions)
    core = 0.0
    for start, end, weight, factor in form.cores:
        inside = matched = 0.0
        for position, quality in zip(positions, qualities, strict=True):
            if start <= position < end:
                inside += quality
                matched += quality * form.weights[position]
        if inside:
            # Harmonic mean of the query's share in the core and of the core's in the query.
            inside, matched = inside / count, matched / weight
            core = max(core, factor * 2 * inside * matched / (inside + matched))
    return (
        CORE * core
        + WHOLE * whole / count
        + EARLY * early / count
        + COVERED * covered / form.weight
    )


def _best_position(word: str, words: Sequence[str], taken: Sequence[int]) -> tuple[int, float]:
    best, quality = -1, 0.0
    for position, other in enumerate(words):
        if other.startswith(word) and position not in taken:
            if len(other) == len(word):
                return position, 1.0
            if word.isdigit():
                # 2 % is not the beginning of 25 %.
                continue
            share = BEGINNING + BEGINNING_LENGTH * len(word) / len(other)
            if share > quality:
                best, quality = position, share
    return best, quality
