/** Search of names on this device: every word of the query begins a word of the name. */

export interface Entry {
  readonly name: string;
  readonly brand?: string | null | undefined;
  /** Rank among equal matches: own and often used entries have more. */
  readonly weight?: number;
}

interface Indexed<T> {
  readonly entry: T;
  readonly words: readonly string[];
}

export class SearchIndex<T extends Entry> {
  readonly #entries: readonly Indexed<T>[];

  constructor(entries: readonly T[]) {
    this.#entries = entries.map((entry) => ({ entry, words: wordsOf(`${entry.name} ${entry.brand ?? ""}`) }));
  }

  /** Best matches first; all entries by weight for an empty query. */
  search(query: string, limit = 40): T[] {
    const wanted = wordsOf(query);
    const found: { entry: T; score: number }[] = [];
    for (const { entry, words } of this.#entries) {
      const score = scoreOf(wanted, words);
      if (score !== undefined) found.push({ entry, score: score + (entry.weight ?? 0) });
    }
    found.sort((left, right) => right.score - left.score || left.entry.name.length - right.entry.name.length);
    return found.slice(0, limit).map((it) => it.entry);
  }
}

/** Words in lower case without accents. */
export function wordsOf(text: string): string[] {
  const folded = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Higher is better; undefined if a word has no match. */
function scoreOf(wanted: readonly string[], words: readonly string[]): number | undefined {
  let score = 0;
  for (const word of wanted) {
    let best = 0;
    for (let at = 0; at < words.length; at++) {
      const candidate = words[at]!;
      if (!candidate.startsWith(word)) continue;
      const isWhole = candidate === word || candidate === `${word}s` || candidate === `${word}es`;
      best = Math.max(best, (isWhole ? 2 : 1) + (at === 0 ? 1.5 : 0));
    }
    if (best === 0) return undefined;
    score += best;
  }
  // A common food has a short name; "raw" is what a plain word means.
  return score - words.length * 0.12 + (words.includes("raw") ? 0.3 : 0);
}
