/** Outbox: local writes until their results are received. */
import { TOLERANCE_US, clockError, movedStamps, nextClock } from "../core/clock.ts";
import type { Fields } from "../core/json.ts";
import type { Op } from "../core/merge.ts";
import { utf8 } from "../core/bytes.ts";
import type { CollectionName } from "../contract/records.ts";
import { SCHEMA_VERSION } from "../contract/contracts.ts";
import type { Transaction } from "../storage/transaction.ts";
import { clockOf, getMeta, nextSequence, setMeta, stamp, type Batch } from "./meta.ts";

/** Conditions of a write: the clock or the version of the record that it is based on. */
export interface Guards {
  readonly base_clock?: number;
  readonly base_version?: number;
}

/** An unsent write; its data is empty for a delete. */
export interface Entry extends Guards {
  readonly collection: CollectionName;
  readonly id: string;
  readonly op: Op;
  readonly clock: number;
  readonly data: Fields;
  readonly schema_version: number;
}

export type KeyedEntry = readonly [key: string, entry: Entry];

const TABLE = "outbox";
const indexes = new WeakMap<Transaction, Map<string, string[]>>();

/** Queues a write with a new stamp. */
export function addEntry(tx: Transaction, wallUs: number, write: Omit<Entry, "clock" | "schema_version">): void {
  const key = nextSequence(tx);
  tx.set(TABLE, key, { ...write, clock: stamp(tx, wallUs), schema_version: SCHEMA_VERSION });
  indexes.get(tx)?.set(recordKey(write), [...(indexes.get(tx)!.get(recordKey(write)) ?? []), key]);
}

/** All unsent writes in their order. */
export function allEntries(tx: Transaction): KeyedEntry[] {
  return tx.sorted<Entry>(TABLE);
}

/** Unsent writes of one record in their order. */
export function entriesOf(tx: Transaction, collection: string, id: string): Entry[] {
  let index = indexes.get(tx);
  if (!index) {
    indexes.set(tx, (index = new Map<string, string[]>()));
    for (const [key, entry] of allEntries(tx)) {
      index.set(recordKey(entry), [...(index.get(recordKey(entry)) ?? []), key]);
    }
  }
  const keys = (index.size > 0 && index.get(recordKey({ collection, id }))) || [];
  return keys.map((key) => tx.get<Entry>(TABLE, key)).filter((entry) => entry !== undefined);
}

/** Writes that are in no batch, in their order. */
export function waitingEntries(tx: Transaction): KeyedEntry[] {
  const sending = new Set(getMeta(tx, "batch")?.entries);
  return allEntries(tx).filter(([key]) => !sending.has(key));
}

export function batchEntries(tx: Transaction, batch: Batch): KeyedEntry[] {
  return batch.entries.map((key) => [key, tx.get<Entry>(TABLE, key)!] as const);
}

export function replaceEntry(tx: Transaction, key: string, entry: Entry): void {
  tx.set(TABLE, key, entry);
  indexes.delete(tx);
}

export function removeEntries(tx: Transaction, keys: readonly string[]): void {
  for (const key of keys) tx.set(TABLE, key, undefined);
}

/**
 * The next push, stored: the oldest writes, at least one. All have one schema version, since a put
 * resets exactly the fields that its version has.
 */
export function createBatch(
  tx: Transaction,
  limits: { changes: number; bytes: number; deletionsOnly?: boolean },
  key: string,
  wallUs: number,
): Batch | undefined {
  restampFuture(tx, wallUs);
  const waiting = waitingEntries(tx).filter(([, entry]) => !limits.deletionsOnly || entry.op === "delete");
  const first = waiting[0]?.[1];
  if (!first) return undefined;
  const head = `{"device_id":"${getMeta(tx, "deviceId")!}","schema_version":${first.schema_version},"changes":[`;
  const texts: string[] = [];
  let size = head.length + 2;
  for (const [, entry] of waiting.slice(0, limits.changes)) {
    const text = changeText(entry);
    size += utf8(text).length + 1;
    if (texts.length > 0 && (size > limits.bytes || entry.schema_version !== first.schema_version)) break;
    texts.push(text);
  }
  const batch: Batch = {
    key,
    body: `${head}${texts.join(",")}]}`,
    entries: waiting.slice(0, texts.length).map(([entryKey]) => entryKey),
    sent: false,
    clockOffset: clockOf(tx).offset,
  };
  setMeta(tx, "batch", batch);
  return batch;
}

/** Dissolves a batch that the server has not stored; its writes are unsent again. */
export function cancelBatch(tx: Transaction, batch: Batch): void {
  const moved = clockOf(tx).offset - batch.clockOffset;
  for (const [key, entry] of batchEntries(tx, batch)) {
    if (moved !== 0) tx.set(TABLE, key, { ...entry, clock: Math.max(entry.clock + moved, 1) });
  }
  setMeta(tx, "batch", undefined);
}

/** Adjusts the clock's offset by the server's time in a response; unsent stamps move with it. */
export function correctClock(tx: Transaction, serverUs: number, sentUs: number, wallUs: number): void {
  const clock = clockOf(tx);
  const error = clockError(serverUs, sentUs, wallUs + clock.offset);
  if (error === 0) return;
  const entries = allEntries(tx);
  const sending = new Set(getMeta(tx, "batch")?.entries);
  const stamps = movedStamps(entries.map(([, entry]) => entry.clock), error, clock.sent);
  entries.forEach(([key, entry], at) => {
    // The stamps of an open batch are in its body, and stay.
    if (!sending.has(key)) tx.set(TABLE, key, { ...entry, clock: stamps[at]! });
  });
  setMeta(tx, "clock", { ...clock, offset: clock.offset + error, written: stamps.at(-1) ?? clock.sent });
}

/**
 * Restamps unsent writes of the future, in their order. Their stamps are from before the user
 * corrected a wrong clock; the server would correct all of them to its own time.
 */
function restampFuture(tx: Transaction, wallUs: number): void {
  const clock = clockOf(tx);
  const now = Math.max(wallUs + clock.offset, 1);
  const waiting = waitingEntries(tx);
  const future = waiting.filter(([, entry]) => entry.clock > now + TOLERANCE_US);
  if (future.length === 0) return;
  const past = allEntries(tx).map(([, entry]) => entry.clock).filter((it) => it <= now + TOLERANCE_US);
  let last = Math.max(clock.sent, clock.pulled, ...past.slice(-1));
  for (const [key, entry] of future) {
    last = nextClock(now, last);
    tx.set(TABLE, key, { ...entry, clock: last });
  }
  setMeta(tx, "clock", { ...clock, written: last });
}

function changeText({ collection, id, op, clock, data, base_clock, base_version }: Entry): string {
  const change = { collection, id, op, clock, ...(op === "delete" ? {} : { data }), base_clock, base_version };
  return JSON.stringify(change);
}

function recordKey({ collection, id }: { collection: string; id: string }): string {
  return `${collection}/${id}`;
}
