/** Move of records to the id derived from their natural key. */
import { naturalId } from "../core/ids.ts";
import type { Fields } from "../core/json.ts";
import { withIdsReplaced } from "../core/merge.ts";
import type { Transaction } from "../storage/transaction.ts";
import { replaceEntry, waitingEntries } from "./outbox.ts";
import { recompute, rowOf, visibleState } from "./records.ts";

const ALIASES = "aliases";

/** Replaces ids, old to new, in all unsent writes, references included. */
export function rekey(tx: Transaction, names: ReadonlyMap<string, string>): void {
  addAliases(tx, names);
  const touched = new Map<string, [collection: string, id: string]>();
  for (const [key, entry] of waitingEntries(tx)) {
    const id = names.get(entry.id) ?? entry.id;
    const data = withIdsReplaced(entry.data, names) as Fields;
    if (id === entry.id && JSON.stringify(data) === JSON.stringify(entry.data)) continue;
    replaceEntry(tx, key, { ...entry, id, data });
    for (const it of [entry.id, id]) touched.set(`${entry.collection}/${it}`, [entry.collection, it]);
  }
  for (const [collection, id] of touched.values()) recompute(tx, collection, id);
}

/** Rekeys records that were created before the first sign-in to their natural ids. */
export function assignNaturalIds(tx: Transaction, userId: string): void {
  const names = new Map<string, string>();
  for (const [, { op, collection, id, data }] of waitingEntries(tx)) {
    const natural = op === "put" ? naturalId(collection, userId, data) : undefined;
    if (natural !== undefined && natural !== id) names.set(id, natural);
  }
  if (names.size > 0) rekey(tx, names);
}

/** Id that a former id stands for, or the id itself. */
export function canonicalId(tx: Transaction, collection: string, id: string): string {
  const state = visibleState(rowOf(tx, collection, id));
  return state && !state.deleted ? id : (tx.get<string>(ALIASES, id) ?? id);
}

function addAliases(tx: Transaction, names: ReadonlyMap<string, string>): void {
  for (const [former, id] of tx.entries<string>(ALIASES)) {
    if (names.has(id)) tx.set(ALIASES, former, names.get(id));
  }
  for (const [former, id] of names) tx.set(ALIASES, former, id);
}
