/** Digest of the records on this device. */
import { CONTRACTS } from "../contract/contracts.ts";
import { stateDigest } from "../core/digest.ts";
import type { Transaction } from "../storage/transaction.ts";
import { recordsTable, visibleState, type RecordRow } from "./records.ts";

export function localDigest(tx: Transaction): string {
  const live = Object.keys(CONTRACTS).flatMap((name) =>
    tx.entries<RecordRow>(recordsTable(name)).flatMap(([id, row]) => {
      const state = visibleState(row);
      return state && !state.deleted ? [[name, id, state.data] as const] : [];
    }),
  );
  return stateDigest(live);
}
