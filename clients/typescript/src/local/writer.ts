/** Local writes: validated, applied to the visible record and queued, in one transaction. */
import { CONTRACTS } from "../contract/contracts.ts";
import type { Contract } from "../contract/contract.ts";
import type { CollectionName, Tables } from "../contract/records.ts";
import { lastSeen, nextClock } from "../core/clock.ts";
import { completeFoodLog, completeGroups } from "../core/completion.ts";
import { naturalId, timeOrderedId } from "../core/ids.ts";
import type { Fields, Json } from "../core/json.ts";
import { composed, overlay, withoutNulls, type Op } from "../core/merge.ts";
import { withSnapshot } from "../core/snapshot.ts";
import { fieldErrors } from "../core/validate.ts";
import { InvalidRecord, UnknownRecord } from "../errors.ts";
import type { Transaction } from "../storage/transaction.ts";
import { clockOf, getMeta } from "./meta.ts";
import { addEntry, type Guards } from "./outbox.ts";
import { rowOf, setLocal, visibleState } from "./records.ts";
import { canonicalId } from "./rekey.ts";

/** Options of `put`: guards, and the record's id. */
export interface PutOptions extends Guards {
  readonly id?: string;
}

/** Writes of one collection, within one transaction. */
export interface CollectionWriter<T> {
  /** Writes all fields, absent ones with their default; the record's id. */
  put(data: T & { id?: string }, options?: PutOptions): string;
  /** Writes some fields; null resets one. */
  patch(id: string, fields: Partial<T>, guards?: Guards): void;
  /** Deletes a record. */
  delete(id: string, guards?: Guards): void;
}

/** Writers of all collections: `w.foods.put(…)`. */
export type Writer = { readonly [K in CollectionName]: CollectionWriter<Tables[K]> };

export interface Surroundings {
  wallUs(): number;
  random(length: number): Uint8Array;
}

/** Writer of one transaction. */
export function createWriter(tx: Transaction, around: Surroundings): Writer {
  const names = Object.keys(CONTRACTS) as CollectionName[];
  return Object.fromEntries(names.map((name) => [name, collectionWriter(tx, name, around)])) as Writer;
}

function collectionWriter(tx: Transaction, name: CollectionName, around: Surroundings): CollectionWriter<object> {
  const contract = CONTRACTS[name];
  return {
    put(record, { id: givenId, ...guards } = {}) {
      const { id: ownId, ...given } = record as Fields;
      let data = withoutNulls(composedFields(given));
      if (name === "food_logs") data = withSnapshot(data, food(tx, String(data["food_id"])));
      const user = getMeta(tx, "user");
      const id = givenId ?? (ownId as string | undefined) ?? (user && naturalId(name, user.id, data));
      const finalId = canonicalId(tx, name, id ?? newId(tx, around));
      write(tx, around, { name, contract, id: finalId, op: "put", data, guards });
      return finalId;
    },
    patch(id, fields, guards = {}) {
      const finalId = canonicalId(tx, name, id);
      const stored = existing(tx, name, finalId);
      let data = composedFields(fields as Fields);
      if (name === "food_logs") data = completeFoodLog(stored, data, (foodId) => food(tx, foodId));
      data = completeGroups(contract, stored, data);
      write(tx, around, { name, contract, id: finalId, op: "patch", data, guards });
    },
    delete(id, guards = {}) {
      const finalId = canonicalId(tx, name, id);
      existing(tx, name, finalId);
      write(tx, around, { name, contract, id: finalId, op: "delete", data: {}, guards });
    },
  };
}

interface Write {
  readonly name: CollectionName;
  readonly contract: Contract;
  readonly id: string;
  readonly op: Op;
  readonly data: Fields;
  readonly guards: Guards;
}

/** Stores and queues a write; throws InvalidRecord. */
function write(tx: Transaction, around: Surroundings, { name, contract, id, op, data, guards }: Write): void {
  if (op !== "delete") {
    const errors = fieldErrors(contract, op, id, data, getMeta(tx, "limits")?.record_bytes);
    if (Object.keys(errors).length > 0) throw new InvalidRecord(name, errors);
  }
  setLocal(tx, name, id, overlay(contract, visibleState(rowOf(tx, name, id)), op, data));
  addEntry(tx, around.wallUs(), { collection: name, id, op, data, ...guards });
}

/** Queues a rejected write again. */
export function writeAgain(
  tx: Transaction,
  around: Surroundings,
  name: CollectionName,
  id: string,
  op: Op,
  data: Fields,
): void {
  write(tx, around, { name, contract: CONTRACTS[name], id, op, data, guards: {} });
}

/** A new id, greater than those of earlier writes on this device: ids sort by creation. */
export function newId(tx: Transaction, around: Surroundings): string {
  const clock = clockOf(tx);
  return timeOrderedId(nextClock(Math.max(around.wallUs() + clock.offset, 1), lastSeen(clock)), around.random(8));
}

function existing(tx: Transaction, name: CollectionName, id: string): Fields {
  const state = visibleState(rowOf(tx, name, id));
  if (!state) throw new UnknownRecord(`There is no ${name} ${id} on this device: put it, or sync first.`);
  return state.data;
}

function food(tx: Transaction, id: string): Fields | undefined {
  const state = visibleState(rowOf(tx, "foods", id));
  return state && !state.deleted ? state.data : undefined;
}

/** Fields in NFC, without undefined ones. */
function composedFields(data: Fields): Fields {
  const fields: Fields = {};
  for (const name in data) {
    const value = data[name] as Json | undefined;
    if (value !== undefined) fields[name] = composed(value);
  }
  return fields;
}
