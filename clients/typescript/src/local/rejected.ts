/** Rejected writes: set aside with their reasons, so that they block nothing. */
import type { CollectionName } from "../contract/records.ts";
import type { Fields } from "../core/json.ts";
import type { Op } from "../core/merge.ts";
import type { Transaction } from "../storage/transaction.ts";
import { nextSequence } from "./meta.ts";
import { removeEntries, type KeyedEntry } from "./outbox.ts";
import { recompute, rowOf, visibleState } from "./records.ts";

/** Reason of a rejection: a code for programs, a sentence for people. */
export interface RejectionError {
  readonly code: string;
  readonly detail: string;
  /** Messages by field. */
  readonly errors?: Fields;
}

/** A rejected write; `seen` is the local record before the rejection, `at` microseconds since 1970. */
export interface Rejected {
  readonly number: string;
  readonly collection: CollectionName;
  readonly id: string;
  readonly op: Op;
  readonly data: Fields;
  readonly seen: Fields | null;
  readonly error: RejectionError;
  readonly at: number;
}

const TABLE = "rejected";

/** Moves a write out of the outbox; the record falls back to the server's state. */
export function addRejected(tx: Transaction, [key, entry]: KeyedEntry, error: RejectionError, at: number): void {
  setAside(tx, entry, error, at);
  removeEntries(tx, [key]);
  recompute(tx, entry.collection, entry.id);
}

/** Adds a write that is in no outbox to the rejected ones. */
export function setAside(
  tx: Transaction,
  { collection, id, op, data }: Pick<Rejected, "collection" | "id" | "op" | "data">,
  error: RejectionError,
  at: number,
): Rejected {
  const number = nextSequence(tx);
  const seen = visibleState(rowOf(tx, collection, id))?.data ?? null;
  const rejected: Rejected = { number, collection, id, op, data, seen, error, at };
  tx.set(TABLE, number, rejected);
  return rejected;
}

/** Rejected writes, oldest first. */
export function allRejected(tx: Transaction): Rejected[] {
  return tx.sorted<Rejected>(TABLE).map(([, rejected]) => rejected);
}

export function removeRejected(tx: Transaction, number: string): void {
  tx.set(TABLE, number, undefined);
}
