/** Exponential backoff with full jitter, never shorter than `Retry-After`. */
const BASE_MS = 1_000;
const CAP_MS = 300_000;

export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** Milliseconds before the next attempt; counts one failure more. */
  next(retryAfterMs = 0): number {
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 32);
    // Added to Retry-After, so that many clients with the same value do not return at once.
    return retryAfterMs + this.#random() * ceiling;
  }
}
