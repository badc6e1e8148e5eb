/** Sync of a WatermelonDB database with the client: `await syncWatermelon(db, database, ["foods"])`. */
import type { Database as Watermelon } from "@nozbe/watermelondb";
import { synchronize } from "@nozbe/watermelondb/sync/index.js";
import type { Database } from "../client.ts";
import type { CollectionName } from "../contract/records.ts";
import { Retryable } from "../errors.ts";
import type { ForeignWrite } from "../local/accept.ts";
import { Pending } from "./pending.ts";
import { fromColumns, toColumns } from "./rows.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Raw = any;
interface Table {
  readonly created: Raw[];
  readonly updated: Raw[];
  readonly deleted: string[];
}
type Changes = { [table: string]: Table };
/**
 * Sync between a WatermelonDB database and the client. Tables have the names of collections, columns
 * those of fields; lists and objects are JSON in `string` columns, and optional fields `isOptional`.
 * Ids must be UUIDs: `setGenerator(() => db.newId("foods"))`.
 */
export class WatermelonSync {
  readonly #db: Database;
  readonly #database: Watermelon;
  readonly #pending: ReadonlyMap<CollectionName, Pending>;
  #isFirst = true;
  #running: Promise<void> = Promise.resolve();

  constructor(db: Database, database: Watermelon, collections: readonly CollectionName[]) {
    this.#db = db;
    this.#database = database;
    this.#pending = new Map(collections.map((name) => [name, new Pending(db, name)]));
  }

  /** Takes local changes over, syncs, and applies what changed; one at a time. Works offline. */
  sync(): Promise<void> {
    const result = this.#running.then(() => this.#sync());
    this.#running = result.catch(() => undefined);
    return result;
  }

  /** Ends the adapter. */
  stop(): void {
    for (const pending of this.#pending.values()) pending.stop();
  }

  async #sync(): Promise<void> {
    // WatermelonDB would first apply deletions of others, and with them drop its own edits.
    await synchronize({
      database: this.#database,
      pullChanges: async () => ({ changes: {}, timestamp: Date.now() }),
      pushChanges: async ({ changes }) => this.#push(changes),
    });
    const failure = await this.#db.sync().then(() => undefined, (error: unknown) => error);
    await synchronize({
      database: this.#database,
      sendCreatedAsUpdated: true,
      pullChanges: async () => ({ changes: await this.#pull(), timestamp: Date.now(), ...this.#strategy() }),
    });
    this.#isFirst = false;
    if (failure !== undefined && !(failure instanceof Retryable)) throw failure as Error;
  }

  /** The first pull of a process has all records: it replaces the tables. */
  #strategy(): object {
    return this.#isFirst ? { experimentalStrategy: "replacement" } : {};
  }

  async #push(changes: Changes): Promise<void> {
    const writes = [...this.#pending.keys()].flatMap((name) => writesOf(name, changes[name] ?? { created: [], updated: [], deleted: [] }));
    for (const { collection, id } of await this.#db.accept(writes)) await this.#pending.get(collection)!.repeat([id]);
  }

  async #pull(): Promise<Changes> {
    const changes: Changes = {};
    for (const [name, pending] of this.#pending) {
      const changed = [...(await pending.take())];
      changes[name] = {
        created: [],
        updated: changed.flatMap(([id, it]) => (it ? [{ id, ...toColumns(name, it) }] : [])) as Raw[],
        deleted: changed.filter(([, it]) => it === undefined).map(([id]) => id),
      };
    }
    return changes;
  }
}

function writesOf(collection: CollectionName, { created, updated, deleted }: Table): ForeignWrite[] {
  return [
    ...created.map((raw): ForeignWrite => ({ collection, id: raw.id, op: "put", data: fromColumns(collection, raw) })),
    ...updated.map((raw): ForeignWrite => {
      const columns = new Set(String(raw._changed).split(","));
      const data = Object.fromEntries(Object.entries(fromColumns(collection, raw)).filter(([name]) => columns.has(name)));
      return { collection, id: raw.id, op: "patch", data };
    }),
    ...deleted.map((id): ForeignWrite => ({ collection, id, op: "delete", data: {} })),
  ];
}
