/**
 * Offers: what a restored server lacks, given back before anything on the device is dropped. The
 * table `offers` has them until a pull has gone on; `superseded` has server states that results of
 * pushes replaced, until a pull has shown that the server still had them.
 */
import { CONTRACTS } from "../contract/contracts.ts";
import type { CollectionName } from "../contract/records.ts";
import { allClocks } from "../core/clocks.ts";
import { compareStamps } from "../core/merge.ts";
import type { Transaction } from "../storage/transaction.ts";
import { getMeta, nextSequence, setMeta } from "./meta.ts";
import { recordsTable, rowOf, type RecordRow, type ServerRecord } from "./records.ts";

export interface Offer {
  /** JSON text of the change. */
  readonly change: string;
  readonly isAnswered: boolean;
}

interface Superseded {
  readonly version: number;
  readonly change: string;
}

const OFFERS = "offers";
const SUPERSEDED = "superseded";

/**
 * Queues what is newer than a backup. Records of an earlier history, whose pull had not ended, are
 * compared with the lowest version that the server named since.
 */
export function collectOffers(tx: Transaction, restoredVersion: number): void {
  const lowest = Math.min(restoredVersion, getMeta(tx, "restoredVersion") ?? restoredVersion);
  for (const [key, { version, change }] of tx.sorted<Superseded>(SUPERSEDED)) {
    if (version > restoredVersion) addOffer(tx, change);
    tx.set(SUPERSEDED, key, undefined);
  }
  for (const collection of Object.keys(CONTRACTS)) {
    for (const [id, row] of tx.entries<RecordRow>(recordsTable(collection))) {
      // Tombstones that outlived a full pull may be of any history.
      const isOlder = row.version < -lowest || (row.version < 0 && row.base?.deleted);
      if (row.base && (row.version > restoredVersion || isOlder)) addOffer(tx, offerText(collection, id, row)!);
    }
  }
  setMeta(tx, "restoredVersion", lowest);
}

/** Queues a record that only an answer to a push had shown; it is about to be dropped. */
export function offerUnconfirmed(tx: Transaction, collection: string, id: string): void {
  const text = offerText(collection, id, rowOf(tx, collection, id));
  if (text !== undefined) addOffer(tx, text);
}

/**
 * Queues states with writes that the result of a later push lacked, before a pull without a cursor:
 * there the server cannot tell that it was restored.
 */
export function collectReplaced(tx: Transaction): void {
  for (const [, { change }] of tx.sorted<Superseded>(SUPERSEDED)) {
    const replaced = JSON.parse(change) as ServerRecord;
    const row = rowOf(tx, replaced.collection, replaced.id);
    const contract = CONTRACTS[replaced.collection as CollectionName];
    if (!row?.base) continue;
    const present = allClocks(contract, { ...row, ...row.base });
    const before = Object.entries(allClocks(contract, replaced));
    if (before.some(([name, stamp]) => compareStamps(stamp, present[name] ?? [0, ""]) > 0)) addOffer(tx, change);
  }
}

/**
 * Stores the server's state of a record that a push result may replace. One of before a first pull
 * that has begun, and has not come to the record yet, is queued: no page can be compared with it.
 */
export function rememberSuperseded(tx: Transaction, collection: string, id: string): void {
  const row = rowOf(tx, collection, id);
  if (row && row.version > 0) {
    tx.set(SUPERSEDED, nextSequence(tx), { version: row.version, change: offerText(collection, id, row)! });
  } else if (row?.generation === 0) offerUnconfirmed(tx, collection, id);
}

/** Key of the newest replaced state; read it before a pull. */
export function newestSuperseded(tx: Transaction): string | undefined {
  return tx.sorted<Superseded>(SUPERSEDED).at(-1)?.[0];
}

/** Forgets replaced states up to this key, and answered offers: the server has their history. */
export function confirmHistory(tx: Transaction, superseded: string | undefined): void {
  for (const [key] of tx.entries<Superseded>(SUPERSEDED)) {
    if (superseded !== undefined && key <= superseded) tx.set(SUPERSEDED, key, undefined);
  }
  for (const [key, offer] of tx.entries<Offer>(OFFERS)) if (offer.isAnswered) tx.set(OFFERS, key, undefined);
}

/** Makes all offers unanswered: the pull that should have followed did not begin. */
export function repeatOffers(tx: Transaction): void {
  for (const [key, offer] of tx.entries<Offer>(OFFERS)) {
    if (offer.isAnswered) tx.set(OFFERS, key, { ...offer, isAnswered: false });
  }
}

/** Unanswered offers in their order. */
export function unansweredOffers(tx: Transaction): [key: string, offer: Offer][] {
  return tx.sorted<Offer>(OFFERS).filter(([, offer]) => !offer.isAnswered);
}

export function answerOffers(tx: Transaction, keys: readonly string[]): void {
  for (const key of keys) {
    const offer = tx.get<Offer>(OFFERS, key);
    if (offer) tx.set(OFFERS, key, { ...offer, isAnswered: true });
  }
}

function addOffer(tx: Transaction, change: string): void {
  tx.set(OFFERS, nextSequence(tx), { change, isAnswered: false });
}

function offerText(collection: string, id: string, row: RecordRow | undefined): string | undefined {
  if (!row?.base) return undefined;
  const { version, clock, device_id, clocks, base } = row;
  const stamp = { clock, ...(device_id !== null && { device_id }), ...(clocks && { clocks }) };
  return JSON.stringify({ collection, id, op: "offer", version: Math.abs(version), ...stamp, ...base });
}
