/** Background sync: workers for pushes, pulls and the stream, each with its own backoff. */
import { Retryable, SignedOut, TrackForgeError, UpgradeRequired } from "../errors.ts";
import { Backoff } from "./backoff.ts";

export interface WorkerSettings {
  readonly intervalMs: number;
  random(): number;
  /** Called after a failure with the milliseconds until the next attempt. */
  report(error: TrackForgeError, waitMs: number): void;
}

/** Repeats one task when woken or when its interval is over; backs off after a failure. */
export class Worker {
  readonly #work: (signal: AbortSignal) => Promise<unknown>;
  readonly #settings: WorkerSettings;
  readonly #backoff: Backoff;
  #isWoken = false;
  #wake: (() => void) | undefined;

  constructor(work: (signal: AbortSignal) => Promise<unknown>, settings: WorkerSettings) {
    this.#work = work;
    this.#settings = settings;
    this.#backoff = new Backoff(() => settings.random());
  }

  /** Starts the next run now; does not shorten the wait after a failure. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false;
      try {
        await this.#work(signal);
        this.#backoff.reset();
        await this.#pause(signal, this.#settings.intervalMs, true);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof TrackForgeError)) throw error;
        await this.#afterFailure(signal, error);
      }
    }
  }

  async #afterFailure(signal: AbortSignal, error: TrackForgeError): Promise<void> {
    // Only the user can resolve these: the next sign-in wakes the worker.
    if (error instanceof SignedOut || error instanceof UpgradeRequired) return this.#pause(signal, Infinity, true);
    const waitMs = this.#backoff.next(error instanceof Retryable ? error.retryAfterMs : 0);
    this.#settings.report(error, waitMs);
    return this.#pause(signal, waitMs, false);
  }

  async #pause(signal: AbortSignal, ms: number, isWakeable: boolean): Promise<void> {
    if (signal.aborted || (isWakeable && this.#isWoken)) return;
    await new Promise<void>((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener("abort", end, { once: true });
      if (isWakeable) this.#wake = end;
    });
    this.#wake = undefined;
  }
}
