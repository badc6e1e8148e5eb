/** Tables in memory over a driver; each transaction is committed to the driver before it is visible. */
import { REVISION, type Driver, type Operation } from "./driver.ts";
import {
  SEGMENT_FROM, compaction, isLarge, loadedTable, segmentPrefix, storedOperations, type LoadedTable,
} from "./segments.ts";
import { NotLoaded, Transaction, type Table, type Writes } from "./transaction.ts";

/** Keys that changed, by table; null stands for all keys of the table. */
export type Changes = ReadonlyMap<string, Keys | null>;
/** A set of keys, or a map by them. */
export type Keys = Pick<ReadonlySet<string>, "has" | "keys" | "size">;

interface LogEntry {
  readonly revision: number;
  readonly keys?: readonly string[];
  readonly tables?: readonly string[];
}

/** Commits that other tabs can follow key by key. */
const LOG_LENGTH = 100;
/** Replaced rows from which on a table is stored again, if they are most of what is stored. */
const COMPACT_FROM = 1000;

/** Tables of one database. Several tabs or processes may have a store of the same database. */
export class Store {
  readonly #driver: Driver;
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<(changes: Changes) => void>();
  #revision = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #unlisten: (() => void) | undefined;

  private constructor(driver: Driver) {
    this.#driver = driver;
  }

  static async open(driver: Driver, tables: readonly string[]): Promise<Store> {
    const store = new Store(driver);
    store.#revision = await store.#storedRevision();
    for (const table of tables) await store.#read(table);
    store.#unlisten = driver.listen?.(() => void store.#enqueue(() => store.#catchUp()));
    return store;
  }

  /** Name of the database, undefined if nobody shares it. */
  get name(): string | undefined {
    return this.#driver.name;
  }

  /** Rows of a loaded table. */
  table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new NotLoaded(name);
    return table;
  }

  /** Loads a table on its first use. */
  async load(name: string): Promise<Table> {
    if (!this.#tables.has(name)) await this.#enqueue(() => this.#read(name));
    return this.table(name);
  }

  /**
   * Runs `work` and stores its writes, all or none. It may run again, after another tab has written
   * or when it needs a table that is not loaded yet: it must do nothing but read and write. One that
   * can be repeated, such as a page of a pull, may be lost in a power failure.
   */
  transaction<T>(work: (transaction: Transaction) => T, isRepeatable = false): Promise<T> {
    return this.#enqueue(async () => {
      for (;;) {
        const transaction = new Transaction(this.#tables);
        let result: T;
        try {
          result = work(transaction);
        } catch (error) {
          if (!(error instanceof NotLoaded)) throw error;
          await this.#read(error.table);
          continue;
        }
        if (transaction.isEmpty || (await this.#commit(transaction, isRepeatable))) return result;
        await this.#catchUp();
      }
    });
  }

  /** Calls back after every commit, of other tabs too; returns the end of the subscription. */
  listen(listener: (changes: Changes) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#unlisten?.();
    this.#listeners.clear();
    await this.#enqueue(() => this.#driver.close());
  }

  async #commit(transaction: Transaction, isRepeatable: boolean): Promise<boolean> {
    const { writes } = transaction;
    const count = [...writes.values()].reduce((sum, rows) => sum + rows.size, 0);
    const next = this.#revision + 1;
    const operations = storedOperations(writes, count, next);
    if (this.#driver.name !== undefined) operations.push(logOperation(next, changedKeys(writes, count)));
    if (!(await this.#driver.commit(operations, this.#revision, isRepeatable))) return false;
    this.#revision = next;
    transaction.apply();
    this.#notify(writes);
    return true;
  }

  /** Reads what other tabs have committed. */
  async #catchUp(): Promise<void> {
    const stored = await this.#storedRevision();
    if (stored === this.#revision) return;
    const keys = new Set<string>();
    const tables = new Set<string>();
    if (stored - this.#revision >= LOG_LENGTH || stored < this.#revision) {
      for (const name of this.#tables.keys()) tables.add(name);
    } else {
      const wanted = Array.from({ length: stored - this.#revision }, (_, i) => this.#revision + 1 + i);
      const entries = (await this.#driver.get(wanted.map(logKey))) as (LogEntry | undefined)[];
      entries.forEach((found, at) => {
        const entry = found?.revision === wanted[at] ? found : undefined;
        for (const key of entry?.keys ?? []) keys.add(key);
        for (const table of entry?.tables ?? (entry ? [] : this.#tables.keys())) tables.add(table);
      });
    }
    this.#revision = stored;
    const changes = new Map<string, Set<string> | null>();
    await this.#readKeys([...keys], changes);
    for (const name of tables) {
      if (!this.#tables.has(name)) continue;
      await this.#read(name);
      changes.set(name, null);
    }
    this.#notify(changes);
  }

  async #readKeys(keys: readonly string[], changes: Map<string, Set<string> | null>): Promise<void> {
    const known = keys.map(split).filter(([table]) => this.#tables.has(table));
    const values = await this.#driver.get(known.map(([table, key]) => `${table}/${key}`));
    known.forEach(([table, key], at) => {
      const stored = values[at];
      const value = isLarge(table) && stored !== undefined ? (stored as [number, unknown])[1] : stored;
      if (value == null) this.#tables.get(table)!.delete(key);
      else this.#tables.get(table)!.set(key, value);
      const changed = changes.get(table) ?? new Set<string>();
      changes.set(table, changed.add(key));
    });
  }

  async #read(name: string): Promise<void> {
    const rows = await this.#driver.read(`${name}/`);
    if (!isLarge(name)) {
      this.#tables.set(name, new Map(rows.map(([key, value]) => [split(key)[1], value])));
      return;
    }
    const loaded = loadedTable(name, rows, await this.#driver.read(segmentPrefix(name)));
    this.#tables.set(name, loaded.rows);
    if (loaded.stale >= COMPACT_FROM && loaded.stale > loaded.rows.size) await this.#compact(name, loaded);
  }

  /** Stores a whole table again; nothing if another tab has written meanwhile. */
  async #compact(name: string, loaded: LoadedTable): Promise<void> {
    const next = this.#revision + 1;
    const operations: Operation[] = [...compaction(name, loaded, next), logOperation(next, { keys: [] })];
    if (await this.#driver.commit(operations, this.#revision)) this.#revision = next;
  }

  async #storedRevision(): Promise<number> {
    return ((await this.#driver.get([REVISION]))[0] as number | undefined) ?? 0;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #notify(changes: Changes): void {
    for (const listener of this.#listeners) listener(changes);
  }
}

function changedKeys(writes: Writes, count: number): Omit<LogEntry, "revision"> {
  if (count > SEGMENT_FROM) return { tables: [...writes.keys()] };
  return { keys: [...writes].flatMap(([table, rows]) => [...rows.keys()].map((key) => `${table}/${key}`)) };
}

function logOperation(revision: number, changed: Omit<LogEntry, "revision">): Operation {
  return [logKey(revision), { revision, ...changed }];
}

/** Key of a commit's entry, which replaces that of LOG_LENGTH commits before. */
function logKey(revision: number): string {
  return `log/${revision % LOG_LENGTH}`;
}

function split(key: string): [table: string, key: string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}
