/** Records on the device: the server's states, and visible states with unsent writes applied. */
import { CONTRACTS } from "../contract/contracts.ts";
import type { CollectionName } from "../contract/records.ts";
import { allClocks, stampedBy } from "../core/clocks.ts";
import type { Fields } from "../core/json.ts";
import { compareStamps, overlay, type Op, type RecordState, type Stamp } from "../core/merge.ts";
import type { Transaction } from "../storage/transaction.ts";
import { entriesOf } from "./outbox.ts";
import { getMeta } from "./meta.ts";

/** A record as the server sends it; `clocks` only where a register has another stamp than the record. */
export interface ServerRecord {
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly clock: number;
  readonly device_id: string | null;
  readonly deleted: boolean;
  readonly data: Fields;
  readonly clocks?: { readonly [register: string]: Stamp } | undefined;
}

export interface RecordRow {
  /** Negative for a history that a pull from the beginning is about to replace. */
  readonly version: number;
  readonly clock: number;
  readonly device_id: string | null;
  /** The last full pull that contained the record. */
  readonly generation: number;
  readonly clocks?: { readonly [register: string]: Stamp } | undefined;
  /** The server's state; absent for a record that was never sent. */
  readonly base?: RecordState | undefined;
  /** The visible state while there are unsent writes. */
  readonly local?: RecordState | undefined;
}

/** Generation of a record that was accepted during a full pull and has not come with it yet. */
const NOT_PULLED = -1;
const NEW_ROW: RecordRow = { version: 0, clock: 0, device_id: null, generation: 0 };

const tables: { [collection: string]: string } = {};

/** Name of a collection's table, the same text each time: a new one is slow as a key. */
export function recordsTable(collection: string): string {
  return (tables[collection] ??= `records:${collection}`);
}

export function rowOf(tx: Transaction, collection: string, id: string): RecordRow | undefined {
  return tx.get<RecordRow>(recordsTable(collection), id);
}

/** State that the app sees, also of a deleted record. */
export function visibleState(row: RecordRow | undefined): RecordState | undefined {
  return row?.local ?? row?.base;
}

export function setLocal(tx: Transaction, collection: string, id: string, local: RecordState): void {
  tx.set(recordsTable(collection), id, { ...(rowOf(tx, collection, id) ?? NEW_ROW), local });
}

/** Recomputes the visible state: the server's state with the unsent writes applied. */
export function recompute(tx: Transaction, collection: string, id: string): void {
  const row = rowOf(tx, collection, id);
  const entries = entriesOf(tx, collection, id);
  if (row?.base && !row.local && entries.length === 0) return;
  let local: RecordState | undefined;
  for (const { op, data } of entries) {
    local = overlay(CONTRACTS[collection as CollectionName], local ?? row?.base, op, data);
  }
  const isEmpty = !local && !row?.base;
  tx.set(recordsTable(collection), id, isEmpty ? undefined : { ...(row ?? NEW_ROW), local });
}

/**
 * Stores the server's state of a record, unless a newer one is stored. A state that was not pulled
 * but came with the result of a push does not count as contained in a full pull: the result may be
 * an old one, sent again.
 */
export function storeRecord(tx: Transaction, record: ServerRecord, isPulled = true): void {
  const { collection, id, version, clock, device_id, deleted, data, clocks } = record;
  const row = rowOf(tx, collection, id);
  if (row && version < row.version) {
    if (isPulled) tx.set(recordsTable(collection), id, { ...row, generation: getMeta(tx, "generation") ?? 0 });
    return;
  }
  const accepted = row?.base ? row.generation : getMeta(tx, "rebuilding") ? NOT_PULLED : undefined;
  const generation = (isPulled ? undefined : accepted) ?? getMeta(tx, "generation") ?? 0;
  const base: RecordState = { data, deleted };
  // One shape of object for nearly all records, without the members that a text would not have.
  const stored: RecordRow = { version, clock, device_id, generation, base };
  const local = row?.local;
  tx.set(recordsTable(collection), id, clocks || local ? { ...stored, ...(clocks && { clocks }), ...(local && { local }) } : stored);
  if (local || entriesOf(tx, collection, id)[0]) recompute(tx, collection, id);
}

/** Applies an accepted write to the server's state; a pull may have been faster. */
export function storeAccepted(tx: Transaction, op: Op, change: Omit<ServerRecord, "deleted">): void {
  const row = rowOf(tx, change.collection, change.id);
  if (row && change.version < row.version) return;
  const contract = CONTRACTS[change.collection as CollectionName];
  const { data, deleted } = overlay(contract, row?.base, op, change.data);
  const before = row?.base ? allClocks(contract, { ...row, ...row.base }) : {};
  // A patch that creates a record also writes the defaults.
  const written = row?.base || op === "delete" ? change.data : data;
  const { clocks, ...stamp } = stampedBy(contract, before, op, written, [change.clock, change.device_id ?? ""]);
  storeRecord(tx, { ...change, ...stamp, data, deleted, ...(clocks && { clocks }) }, false);
}

/** True if a register's stamp is greater than in the server's state. */
export function hasLaterWrites(row: RecordRow, record: ServerRecord): boolean {
  if (!row.base) return false;
  const contract = CONTRACTS[record.collection as CollectionName];
  const others = allClocks(contract, record);
  const own = allClocks(contract, { ...row, ...row.base });
  return Object.entries(own).some(([name, stamp]) => compareStamps(stamp, others[name] ?? [0, ""]) > 0);
}

/** Drops the server's state; unsent writes stay visible. */
export function dropServerState(tx: Transaction, collection: string, id: string): void {
  const row = rowOf(tx, collection, id);
  if (!row) return;
  tx.set(recordsTable(collection), id, { ...NEW_ROW, local: row.local });
  recompute(tx, collection, id);
}
