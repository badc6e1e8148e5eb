/** Writes that another library has made already: queued, or set aside with the rejected ones. */
import type { CollectionName } from "../contract/records.ts";
import type { Fields } from "../core/json.ts";
import type { Op } from "../core/merge.ts";
import { InvalidRecord, UnknownRecord } from "../errors.ts";
import type { Transaction } from "../storage/transaction.ts";
import { clockOf } from "./meta.ts";
import { rowOf, visibleState } from "./records.ts";
import { setAside, type Rejected } from "./rejected.ts";
import { canonicalId } from "./rekey.ts";
import { createWriter, type CollectionWriter, type Surroundings } from "./writer.ts";

/** A write of another library; null resets a field, and a delete has no data. */
export interface ForeignWrite {
  readonly collection: CollectionName;
  readonly id: string;
  readonly op: Op;
  readonly data: Fields;
}

/** Queues the writes; those that cannot be are set aside, and returned. */
export function acceptWrites(tx: Transaction, around: Surroundings, writes: readonly ForeignWrite[]): Rejected[] {
  const rejected: Rejected[] = [];
  const writers = createWriter(tx, around);
  for (const write of writes) {
    try {
      accept(tx, writers[write.collection] as CollectionWriter<object>, write);
    } catch (error) {
      const reason = reasonOf(error);
      if (!reason) throw error;
      rejected.push(setAside(tx, write, reason, around.wallUs() + clockOf(tx).offset));
    }
  }
  return rejected;
}

function accept(tx: Transaction, writer: CollectionWriter<object>, { collection, id, op, data }: ForeignWrite): void {
  if (op === "put") writer.put(data, { id });
  else if (op === "patch") writer.patch(id, data);
  else {
    // A record that is deleted here as well needs no second deletion.
    const state = visibleState(rowOf(tx, collection, canonicalId(tx, collection, id)));
    if (state && !state.deleted) writer.delete(id);
  }
}

function reasonOf(error: unknown): Rejected["error"] | undefined {
  if (error instanceof InvalidRecord) return { code: "invalid_record", detail: error.message, errors: error.errors as Fields };
  if (error instanceof UnknownRecord) return { code: "unknown_record", detail: error.message };
  return undefined;
}
