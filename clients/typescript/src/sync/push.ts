/** Push: sends all unsent writes, one stored batch at a time. */
import { RequestRejected, UpgradeRequired } from "../errors.ts";
import { isObject } from "../core/json.ts";
import { clockOf, getMeta, setMeta, type Batch } from "../local/meta.ts";
import { batchEntries, cancelBatch, correctClock, createBatch } from "../local/outbox.ts";
import type { RejectionError } from "../local/rejected.ts";
import type { Store } from "../storage/store.ts";
import { pushLimits } from "./limits.ts";
import { applyResults, rejectEntries } from "./results.ts";
import type { Session } from "./session.ts";
import type { Response } from "./transport.ts";
import { Turns } from "./turns.ts";
import { parsePush, type Status } from "./wire.ts";

/** Number of changes by result. */
export type Counts = { [status in Status]?: number };

/** Sends a batch with its headers: the response of a push. */
export type Post = (batch: Batch, headers: { [name: string]: string }) => Promise<Response>;

export interface PushSettings {
  /** Changes and bytes of one push at most; the server's limits apply too. */
  readonly changes: number;
  readonly bytes: number;
  wallUs(): number;
  newKey(): string;
  /** Header of the device's state. */
  report(): { [name: string]: string };
  /** Makes a request whose response has the server's time. */
  learnClock(): Promise<unknown>;
  /** Pulls, so that a restored server gets back what unsent writes refer to. */
  findRestore(): Promise<unknown>;
  /** Pulls collections from the beginning, all without a list. */
  resync(collections: readonly string[] | undefined): Promise<unknown>;
}

const CONTENT_STATUSES = [400, 413, 422];
const RESYNCS = 2;

export class Push {
  readonly #store: Store;
  readonly #session: Session;
  readonly #settings: PushSettings;
  #ceiling = Infinity;
  readonly #turns = new Turns();
  #hasPulled = false;

  constructor(store: Store, session: Session, settings: PushSettings) {
    this.#store = store;
    this.#session = session;
    this.#settings = settings;
  }

  /** Counts by status; sends all unsent writes. */
  all(): Promise<Counts> {
    return this.#turns.run(() => this.#all());
  }

  /** Counts by status of the next batch, sent by `post`; undefined without one. */
  next(post: Post): Promise<Counts | undefined> {
    return this.#turns.run(async () => {
      this.#session.token();
      this.#hasPulled = false;
      const batch = await this.#next();
      return batch && counted(await this.#send(batch, post), {});
    });
  }

  async #all(): Promise<Counts> {
    const counts: Counts = {};
    let resyncs = 0;
    this.#hasPulled = false;
    this.#session.token();
    for (let batch; (batch = await this.#next()); ) {
      try {
        counted(await this.#send(batch), counts);
      } catch (error) {
        const mustResync = error instanceof RequestRejected && error.code === "resync_first";
        if (!mustResync || resyncs === RESYNCS) throw error;
        // Nothing was stored: the batch can be sent again unchanged.
        await this.#settings.resync(resyncs === 0 ? collectionsOf(error) : undefined);
        resyncs++;
      }
    }
    return counts;
  }

  #next(): Promise<Batch | undefined> {
    const { newKey, wallUs } = this.#settings;
    const freshKey = newKey();
    return this.#store.transaction((tx) => {
      const open = getMeta(tx, "batch");
      if (open && (open.sent || open.clockOffset === clockOf(tx).offset)) return open;
      // Never sent, with clocks that have been corrected since; its key is unused.
      if (open) cancelBatch(tx, open);
      return createBatch(tx, pushLimits(tx, this.#settings, this.#ceiling), open?.key ?? freshKey, wallUs());
    });
  }

  #post(batch: Batch, headers: { [name: string]: string }): Promise<Response> {
    return this.#session.call({ method: "POST", path: "/sync/push", headers, body: batch.body });
  }

  async #send(batch: Batch, post: Post = (it, headers) => this.#post(it, headers)): Promise<Status[]> {
    const { wallUs } = this.#settings;
    if (!batch.sent) await this.#store.transaction((tx) => setMeta(tx, "batch", { ...batch, sent: true }));
    const sentUs = await this.#store.transaction((tx) => wallUs() + clockOf(tx).offset);
    const sentAt = String(Math.max(wallUs() + batch.clockOffset, 1));
    const headers = { "Idempotency-Key": batch.key, "Sent-At": sentAt, ...this.#settings.report() };
    let response;
    try {
      response = await post(batch, headers);
    } catch (error) {
      if (!(error instanceof RequestRejected)) throw error;
      return this.#rejected(batch, error, post);
    }
    const push = parsePush(response.text, batch.entries.length);
    const isReplay = response.header("idempotent-replay") !== null;
    const deferred = await this.#store.transaction((tx) => {
      const waiting = applyResults(tx, batch, push, wallUs() + clockOf(tx).offset, this.#hasPulled);
      if (!isReplay) correctClock(tx, push.serverClock, sentUs, wallUs());
      return waiting;
    });
    this.#ceiling *= 2;
    if (deferred.size > 0) await this.#findRestore();
    return push.results.filter((_, index) => !deferred.has(index)).map((result) => result.status);
  }

  async #findRestore(): Promise<void> {
    this.#hasPulled = true;
    // An app that is too old to pull can still push.
    await this.#settings.findRestore().catch((error: unknown) => {
      if (!(error instanceof UpgradeRequired)) throw error;
    });
  }

  /** A push that was rejected for its content: rejects the named changes, or halves the batch. */
  async #rejected(batch: Batch, error: RequestRejected, post: Post): Promise<Status[]> {
    const { wallUs } = this.#settings;
    if (error.code === "idempotency_key_reused") {
      await this.#store.transaction((tx) => cancelBatch(tx, batch));
      return [];
    }
    if (error.code === "invalid_clock_unit") return this.#learnClock(batch, error);
    if (error.code === "quota_exceeded") return this.#sendDeletions(batch, error, post);
    if (!CONTENT_STATUSES.includes(error.status) || error.code === "malformed_body") throw error;
    const named = namedChanges(error, batch.entries.length);
    const problem = { code: error.code, detail: error.detail };
    if (named.size === 0 && batch.entries.length === 1) named.set(0, { ...problem, ...errorsOf(error) });
    if (named.size === 0) this.#ceiling = Math.floor(batch.entries.length / 2);
    await this.#store.transaction((tx) => {
      if (named.size > 0) rejectEntries(tx, batch, named, wallUs() + clockOf(tx).offset);
      else cancelBatch(tx, batch);
    });
    return Array<Status>(named.size).fill("rejected");
  }

  /** The clock of this device is of before 2015: a pull gives its offset, and the stamps move. */
  async #learnClock(batch: Batch, error: RequestRejected): Promise<Status[]> {
    await this.#store.transaction((tx) => cancelBatch(tx, batch));
    await this.#settings.learnClock();
    const offset = await this.#store.transaction((tx) => clockOf(tx).offset);
    if (offset === batch.clockOffset) throw error;
    return [];
  }

  /** A full account stores nothing: the deletions may make room. Throws the error without any. */
  async #sendDeletions(batch: Batch, error: RequestRejected, post: Post): Promise<Status[]> {
    const { newKey, wallUs } = this.#settings;
    const key = newKey();
    const deletions = await this.#store.transaction((tx) => {
      const isTried = batchEntries(tx, batch).every(([, entry]) => entry.op === "delete");
      cancelBatch(tx, batch);
      return isTried ? undefined : createBatch(tx, { ...pushLimits(tx, this.#settings, this.#ceiling), deletionsOnly: true }, key, wallUs());
    });
    if (!deletions) throw error;
    return this.#send(deletions, post);
  }
}

/** Adds statuses to counts. */
function counted(statuses: readonly Status[], counts: Counts): Counts {
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function errorsOf(error: RequestRejected): Pick<RejectionError, "errors"> {
  const errors = error.problem["errors"];
  return isObject(errors) ? { errors } : {};
}

/** Errors of the changes that a problem document names by index: `{"changes": {"3": ["…"]}}`. */
function namedChanges(error: RequestRejected, count: number): Map<number, RejectionError> {
  const changes = errorsOf(error).errors?.["changes"];
  const named = new Map<number, RejectionError>();
  for (const [index, reasons] of Object.entries(isObject(changes) ? changes : {})) {
    const at = Number(index);
    if (Number.isInteger(at) && at < count) {
      named.set(at, { code: error.code, detail: error.detail, errors: { change: reasons } });
    }
  }
  return named;
}

function collectionsOf(error: RequestRejected): string[] | undefined {
  const collections = errorsOf(error).errors?.["collections"];
  const names = Array.isArray(collections) ? collections : Object.keys(isObject(collections) ? collections : {});
  return names.length > 0 ? names.map(String) : undefined;
}
