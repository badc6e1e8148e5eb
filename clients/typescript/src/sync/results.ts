/** Results of a push: accepted writes become the server's state, rejected ones are set aside. */
import { TOLERANCE_US } from "../core/clock.ts";
import { getMeta, observe, setMeta, type Batch } from "../local/meta.ts";
import { batchEntries, cancelBatch, removeEntries, type Entry } from "../local/outbox.ts";
import { dropServerState, recompute, rowOf, storeAccepted, storeRecord } from "../local/records.ts";
import { rememberSuperseded, unansweredOffers } from "../local/offers.ts";
import { addRejected, type RejectionError } from "../local/rejected.ts";
import { rekey } from "../local/rekey.ts";
import type { Transaction } from "../storage/transaction.ts";
import type { PushResponse, Result } from "./wire.ts";

/** Codes of patches whose record the server does not have. */
const LOST = ["unknown_record", "incomplete_group"];

/**
 * Stores the results of a push; nothing if another tab was faster. `at` is the corrected time. A
 * write of a record that the server gave, and now does not have, stays in the outbox unless the
 * last pull `isRecent`: the server may have been restored. The indexes of these are returned.
 */
export function applyResults(
  tx: Transaction,
  batch: Batch,
  response: PushResponse,
  at: number,
  isRecent: boolean,
): ReadonlySet<number> {
  const deferred = new Set<number>();
  if (getMeta(tx, "batch")?.key !== batch.key) return deferred;
  const entries = batchEntries(tx, batch);
  setMeta(tx, "batch", undefined);
  entries.forEach((keyed, index) => {
    const { status, error } = response.results[index]!;
    const { collection, id } = keyed[1];
    if (status !== "rejected") applyResult(tx, keyed[1], response.results[index]!, response);
    else if (!isRecent && LOST.includes(error.code) && isKnown(tx, collection, id)) deferred.add(index);
    else addRejected(tx, keyed, error, at);
  });
  removeEntries(tx, batch.entries.filter((_, index) => !deferred.has(index)));
  for (const [index, [, { collection, id }]] of entries.entries()) {
    recompute(tx, collection, id);
    const canonicalId = response.results[index]!.canonicalId;
    if (canonicalId !== undefined) recompute(tx, collection, canonicalId);
  }
  setMeta(tx, "pushedAt", at);
  return deferred;
}

/** True if the server gave the record, or may get it with an offer. */
function isKnown(tx: Transaction, collection: string, id: string): boolean {
  return rowOf(tx, collection, id)?.base !== undefined || unansweredOffers(tx).length > 0;
}

/** Rejects writes by their index in the batch; the others are unsent again. */
export function rejectEntries(
  tx: Transaction,
  batch: Batch,
  errors: ReadonlyMap<number, RejectionError>,
  at: number,
): void {
  if (getMeta(tx, "batch")?.key !== batch.key) return;
  const entries = batchEntries(tx, batch);
  cancelBatch(tx, batch);
  for (const [index, error] of errors) addRejected(tx, entries[index]!, error, at);
}

function applyResult(tx: Transaction, entry: Entry, result: Result, response: PushResponse): void {
  const { collection, op, data } = entry;
  // The server corrects a clock of the future to at most this.
  const clock = Math.min(Math.max(entry.clock + response.clockShift, 1), response.serverClock + TOLERANCE_US);
  observe(tx, "sent", clock);
  const id = result.canonicalId ?? entry.id;
  for (const replaced of new Set([entry.id, id])) rememberSuperseded(tx, collection, replaced);
  if (id !== entry.id) {
    rekey(tx, new Map([[entry.id, id]]));
    // The server has moved the record: a pull brings the tombstone of the former id.
    dropServerState(tx, collection, entry.id);
  }
  if (result.record) {
    storeRecord(tx, result.record, false);
  } else if (result.status !== "conflict") {
    const device_id = getMeta(tx, "deviceId")!;
    storeAccepted(tx, op, { collection, id, version: result.version, clock, device_id, data });
  }
}
