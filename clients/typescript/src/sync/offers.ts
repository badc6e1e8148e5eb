/** Sending of offers, in batches with keys of their own: repeats change nothing. */
import { utf8 } from "../core/bytes.ts";
import { isObject } from "../core/json.ts";
import { SCHEMA_VERSION } from "../contract/contracts.ts";
import { RequestRejected } from "../errors.ts";
import { getMeta, setMeta } from "../local/meta.ts";
import { answerOffers, repeatOffers, unansweredOffers } from "../local/offers.ts";
import type { Store } from "../storage/store.ts";
import { pushLimits } from "./limits.ts";
import type { Session } from "./session.ts";
import { parsePush } from "./wire.ts";

export interface OfferSettings {
  /** Changes and bytes of one push at most; the server's limits apply too. */
  readonly changes: number;
  readonly bytes: number;
  newKey(): string;
}

interface OfferBatch {
  readonly key: string;
  readonly body: string;
  /** Keys of the offers, in the order of the body. */
  readonly offers: readonly string[];
}

const CONTENT_STATUSES = [400, 413, 422];
const OTHER_FAULTS = ["malformed_body", "quota_exceeded"];

export class Offers {
  readonly #store: Store;
  readonly #session: Session;
  readonly #settings: OfferSettings;
  #ceiling = Infinity;

  constructor(store: Store, session: Session, settings: OfferSettings) {
    this.#store = store;
    this.#session = session;
    this.#settings = settings;
  }

  /** Makes answered offers unanswered: the pull after them did not begin. */
  repeat(): Promise<void> {
    return this.#store.transaction(repeatOffers);
  }

  /** Sends the unanswered offers, false without any; throws as a push does, and goes on at the next call. */
  async sendAll(): Promise<boolean> {
    let hasSent = false;
    for (let batch; (batch = await this.#next()); hasSent = true) {
      const { key, body, offers } = batch;
      const request = { method: "POST", path: "/sync/push", headers: { "Idempotency-Key": key }, body };
      let answered = offers;
      try {
        parsePush((await this.#session.call(request)).text, offers.length);
      } catch (error) {
        if (!(error instanceof RequestRejected)) throw error;
        answered = this.#leftOut(offers, error);
      }
      await this.#store.transaction((tx) => {
        answerOffers(tx, answered);
        setMeta(tx, "offersKey", undefined);
      });
    }
    return hasSent;
  }

  #next(): Promise<OfferBatch | undefined> {
    const freshKey = this.#settings.newKey();
    return this.#store.transaction((tx) => {
      const { changes, bytes } = pushLimits(tx, this.#settings, this.#ceiling);
      const head = `{"device_id":"${getMeta(tx, "deviceId")!}","schema_version":${SCHEMA_VERSION},"changes":[`;
      const chosen: [key: string, change: string][] = [];
      let size = head.length + 2;
      for (const [key, { change }] of unansweredOffers(tx).slice(0, changes)) {
        size += utf8(change).length + 1;
        if (chosen.length > 0 && size > bytes) break;
        chosen.push([key, change]);
      }
      if (chosen.length === 0) return undefined;
      const offers = chosen.map(([key]) => key);
      // The same offers have the same bytes, so they go under the key that they had.
      const stored = getMeta(tx, "offersKey");
      const span = offers.join();
      const key = stored?.span === span ? stored.key : freshKey;
      setMeta(tx, "offersKey", { key, span });
      return { key, offers, body: `${head}${chosen.map(([, change]) => change).join(",")}]}` };
    });
  }

  /** Offers for which the server rejects the request; throws other errors. */
  #leftOut(offers: readonly string[], error: RequestRejected): readonly string[] {
    if (error.code === "idempotency_key_reused") return [];
    if (!CONTENT_STATUSES.includes(error.status) || OTHER_FAULTS.includes(error.code)) throw error;
    if (offers.length === 1) return offers;
    const errors = error.problem["errors"];
    const named = isObject(errors as never) ? (errors as { changes?: object }).changes : undefined;
    const left = Object.keys(named ?? {}).flatMap((index) => offers[Number(index)] ?? []);
    if (left.length === 0) this.#ceiling = Math.floor(offers.length / 2);
    return left;
  }
}
