/** Values of the device that are no records. Times are microseconds since 1970 by the corrected clock. */
import { NEW_CLOCK, lastSeen, nextClock, type ClockState } from "../core/clock.ts";
import type { Transaction } from "../storage/transaction.ts";

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** A push stored before it is sent: its body never changes under its Idempotency-Key. */
export interface Batch {
  readonly key: string;
  readonly body: string;
  /** Keys of its entries in the outbox, in the order of the body. */
  readonly entries: readonly string[];
  readonly sent: boolean;
  /** Offset of the clock that the stamps in the body contain. */
  readonly clockOffset: number;
}

export interface Meta {
  deviceId: string;
  clock: ClockState;
  /** The clock's `sequence`, as earlier versions stored it. */
  sequence: number;
  batch: Batch;
  cursor: string;
  etag: readonly [query: string, etag: string];
  /** Number of the last full pull; `rebuilding` while it runs. */
  generation: number;
  rebuilding: boolean;
  /** Lowest version of the backups since the last complete pull from the beginning. */
  restoredVersion: number;
  /** Key of the open batch of offers, and the keys of its offers. */
  offersKey: { readonly key: string; readonly span: string };
  /** True if every record has the stamps of its registers. */
  hasStamps: boolean;
  tokens: Tokens;
  user: { readonly id: string; readonly email: string };
  signedOutBy: "user" | "server" | "account_deleted";
  limits: { readonly at: number } & { readonly [K in "push_changes" | "push_bytes" | "record_bytes" | "pull_limit"]?: number };
  pushedAt: number;
  pulledAt: number;
  upgradeRequired: boolean;
  failedPush: Failure;
  failedPull: Failure;
  /** Code of the last failure, for reports, until the next one. */
  lastFailure: { readonly at: number; readonly code: string };
}

/** Failure of the last attempt, until the next success. */
export interface Failure {
  readonly at: number;
  readonly text: string;
  readonly nextTryAt: number;
}

export const META = "meta";
export const SMALL_TABLES = [META, "outbox", "rejected", "aliases", "offers", "superseded"] as const;

export function getMeta<K extends keyof Meta>(tx: Transaction, key: K): Meta[K] | undefined {
  return tx.get<Meta[K]>(META, key);
}

export function setMeta<K extends keyof Meta>(tx: Transaction, key: K, value: Meta[K] | undefined): void {
  tx.set(META, key, value);
}

export function clockOf(tx: Transaction): ClockState {
  return getMeta(tx, "clock") ?? NEW_CLOCK;
}

/** Stamp of a new write, later than every clock that this device has seen. */
export function stamp(tx: Transaction, wallUs: number): number {
  const clock = clockOf(tx);
  const written = nextClock(Math.max(wallUs + clock.offset, 1), lastSeen(clock));
  setMeta(tx, "clock", { ...clock, written });
  return written;
}

/** Stores a clock that the server has, so that later writes get greater stamps. */
export function observe(tx: Transaction, origin: "sent" | "pulled", clock: number): void {
  const state = clockOf(tx);
  if (clock > state[origin]) setMeta(tx, "clock", { ...state, [origin]: clock });
}

/** Key of the next entry of the outbox or of the rejected writes. */
export function nextSequence(tx: Transaction): string {
  const clock = clockOf(tx);
  const sequence = (clock.sequence ?? getMeta(tx, "sequence") ?? 0) + 1;
  setMeta(tx, "clock", { ...clock, sequence });
  return String(sequence).padStart(12, "0");
}
