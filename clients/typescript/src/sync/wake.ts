/** Wakes: sync within the time and the bytes that a phone's system grants in the background. */
import { parseObject } from "../core/json.ts";
import { RequestRejected, UpgradeRequired } from "../errors.ts";
import type { Batch } from "../local/meta.ts";
import type { Pull, Position } from "./pull.ts";
import type { Counts, Push } from "./push.ts";
import type { Session } from "./session.ts";
import type { Response } from "./transport.ts";
import { notUnderstood, parsePull, type PullPage } from "./wire.ts";

const LIMIT = 5_000;
const RESTARTS = ["cursor_expired", "invalid_cursor"];
/** Time for storing a response before the system suspends the app. */
const RESERVE_MS = 1_000;

/** What a wake has done. */
export interface WakeResult {
  /** Sent changes by their result. */
  readonly sent: Counts;
  /** Number of received changes. */
  readonly received: number;
  /** True if nothing waits any more, neither here nor on the server. */
  readonly finished: boolean;
}

/** What the system grants: milliseconds, and bytes of responses. */
export interface WakeBudget {
  readonly budgetMs: number;
  readonly budgetBytes: number;
}

/** The pull part of a combined request was rejected: its push is repeated under its key. */
class Restart extends Error {}

export class Wake {
  readonly #session: Session;
  readonly #push: Push;
  readonly #pull: Pull;
  readonly #wallMs: () => number;
  #part: { readonly page: PullPage | undefined; readonly position: Position } | undefined;

  constructor(session: Session, push: Push, pull: Pull, wallMs: () => number) {
    this.#session = session;
    this.#push = push;
    this.#pull = pull;
    this.#wallMs = wallMs;
  }

  /** Sends and receives what fits; throws as a push does. */
  async run({ budgetMs, budgetBytes }: WakeBudget): Promise<WakeResult> {
    const deadline = this.#wallMs() + budgetMs - RESERVE_MS;
    const sent: { -readonly [K in keyof Counts]: Counts[K] } = {};
    let received = 0;
    let hasMore = true;
    let isRestarted = false;
    while (this.#wallMs() < deadline) {
      let counts;
      try {
        counts = await this.#push.next((batch, headers) => this.#post(batch, headers, deadline, budgetBytes));
      } catch (error) {
        if (error instanceof UpgradeRequired) await this.#sendOnly();
        const mustPull = error instanceof Restart || (error instanceof RequestRejected && error.code === "resync_first");
        if (!mustPull || isRestarted) throw error;
        isRestarted = true;
        await this.#pull.fromStart();
        continue;
      }
      if (counts) {
        for (const [status, count] of Object.entries(counts) as [keyof Counts, number][]) sent[status] = (sent[status] ?? 0) + count;
      } else if (!hasMore) {
        return { sent, received, finished: true };
      }
      const page = counts ? await this.#storePart() : await this.#pull.page();
      received += page.count;
      hasMore = !page.isEnd;
    }
    return { sent, received, finished: false };
  }

  async #post(batch: Batch, headers: { [name: string]: string }, deadline: number, bytes: number): Promise<Response> {
    this.#part = undefined;
    const position = await this.#pull.position();
    const rest = JSON.stringify({
      pull: this.#pull.part(position, LIMIT),
      budget_ms: Math.max(Math.floor(deadline - this.#wallMs()), 1),
      budget_bytes: bytes,
    });
    const body = `{"push":${batch.body},${rest.slice(1)}`;
    let response;
    try {
      response = await this.#session.call({ method: "POST", path: "/sync", headers, body });
    } catch (error) {
      throw error instanceof RequestRejected && RESTARTS.includes(error.code) ? new Restart() : error;
    }
    const { push, pull } = parseObject(response.text) ?? {};
    if (push === undefined || pull === undefined) throw notUnderstood("sync");
    this.#part = { page: pull === null ? undefined : parsePull(JSON.stringify(pull)), position };
    return { ...response, text: JSON.stringify(push), header: (name) => response.header(name) };
  }

  /** Pushes alone: an app that is too old to pull can still push. */
  async #sendOnly(): Promise<void> {
    await this.#pull.noteUpgrade();
    await this.#push.all();
  }

  /** Stores the page of the last combined request, if it had one. */
  async #storePart(): Promise<{ count: number; isEnd: boolean }> {
    const { page, position } = this.#part ?? {};
    return page && position ? this.#pull.store(page, position) : { count: 0, isEnd: false };
  }
}
