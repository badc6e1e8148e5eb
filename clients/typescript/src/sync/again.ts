/** One collection from the beginning, as a repair; a module that is loaded at its first use. */
import { dropServerState, recordsTable, rowOf, storeRecord, type RecordRow } from "../local/records.ts";
import type { Store } from "../storage/store.ts";
import type { PullPage } from "./wire.ts";

/** Replaces the server's states of a collection; `request` gives the page after a cursor. */
export async function pullAgain(
  store: Store,
  collection: string,
  request: (cursor: string | undefined) => Promise<PullPage>,
): Promise<void> {
  const rows = (await store.load(recordsTable(collection))) as Map<string, RecordRow>;
  const before = new Map([...rows].filter(([, row]) => row.base).map(([id, row]) => [id, row.version]));
  const pulled = new Set<string>();
  let cursor: string | undefined;
  for (let hasMore = true; hasMore; ) {
    const page = await request(cursor);
    await store.transaction((tx) => {
      for (const record of page.changes) {
        // The server may have been restored: its versions count, not those of this device.
        const row = rowOf(tx, collection, record.id);
        if (row && row.version > record.version) tx.set(recordsTable(collection), record.id, { ...row, version: 0 });
        storeRecord(tx, record);
      }
    });
    page.changes.forEach((record) => pulled.add(record.id));
    cursor = page.cursor;
    hasMore = page.hasMore;
  }
  await store.transaction((tx) => {
    for (const [id, version] of before) {
      // A push in the meantime may have stored a newer state than the last page.
      if (!pulled.has(id) && rowOf(tx, collection, id)?.version === version) dropServerState(tx, collection, id);
    }
  });
}
