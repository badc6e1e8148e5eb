/** Collections of TanStack DB over the client: `createCollection(trackForgeCollection(db, "foods"))`. */
import type { CollectionConfig, SyncConfig } from "@tanstack/db";
import type { Database } from "../client.ts";
import type { CollectionName, Tables } from "../contract/records.ts";
import type { Stored } from "../local/query.ts";
import { collectionOf } from "./pending.ts";
import { changedFields, fieldsOf } from "./rows.ts";

type Row<N extends CollectionName> = Stored<Tables[N]>;
interface Mutations {
  readonly transaction: { readonly mutations: readonly { key: unknown; original: object; modified: object }[] };
}

/**
 * Options of a collection. Inserts, updates and deletes are stored and queued on this device when
 * their transaction is persisted, all or none; it fails, and TanStack DB rolls it back, with
 * InvalidRecord. One that the server rejects is rolled back too, and is in `db.rejected()`.
 */
export function trackForgeCollection<N extends CollectionName>(
  db: Database,
  name: N,
): Pick<CollectionConfig<Row<N>, string>, "id" | "getKey" | "sync"> & {
  /** Stores inserted rows. */
  onInsert(it: Mutations): Promise<void>;
  /** Stores changed fields. */
  onUpdate(it: Mutations): Promise<void>;
  /** Stores deletions. */
  onDelete(it: Mutations): Promise<void>;
} {
  const sync: SyncConfig<Row<N>, string>["sync"] = ({ begin, write, commit, markReady }) => {
    const known = new Set<string>();
    return collectionOf(db, name).changes((changed) => {
      begin();
      for (const [id, record] of changed) {
        const isKnown = known.has(id);
        if (record) write({ type: isKnown ? "update" : "insert", value: record as unknown as Row<N> });
        else if (isKnown) write({ type: "delete", key: id });
        if (record) known.add(id);
        else known.delete(id);
      }
      commit();
      markReady();
    });
  };
  return {
    id: `trackforge:${name}`,
    getKey: (row) => row.id,
    sync: { sync, rowUpdateMode: "full" },
    onInsert: ({ transaction }) =>
      db.write((writer) => {
        for (const { key, modified } of transaction.mutations) {
          writer[name].put(fieldsOf(name, modified as never) as never, { id: String(key) });
        }
      }),
    onUpdate: ({ transaction }) =>
      db.write((writer) => {
        for (const { key, original, modified } of transaction.mutations) {
          writer[name].patch(String(key), changedFields(name, original as never, modified as never) as never);
        }
      }),
    onDelete: ({ transaction }) =>
      db.write((writer) => transaction.mutations.forEach(({ key }) => writer[name].delete(String(key)))),
  };
}
