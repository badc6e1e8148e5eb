/** Writes of one transaction, over the tables in memory. */
export type Table = Map<string, unknown>;

/** A table that was not read from the driver yet. */
export class NotLoaded extends Error {
  readonly table: string;

  constructor(table: string) {
    super(`The table ${table} is not loaded.`);
    this.table = table;
  }
}

/** Written values by table and key. */
export type Writes = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

export class Transaction {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #writes = new Map<string, Map<string, unknown>>();

  constructor(tables: ReadonlyMap<string, Table>) {
    this.#tables = tables;
  }

  get<T>(table: string, key: string): T | undefined {
    const writes = this.#writes.get(table);
    const value = writes?.has(key) ? writes.get(key) : this.#table(table).get(key);
    return value as T | undefined;
  }

  /** Rows of a table with the writes of this transaction, in no order. */
  entries<T>(table: string): [key: string, value: T][] {
    const stored = this.#table(table);
    const writes = this.#writes.get(table);
    return [...(writes ? new Map([...stored, ...writes]) : stored)].filter((row): row is [string, T] => row[1] !== undefined);
  }

  /** Rows of a table with the writes of this transaction, in the order of their keys. */
  sorted<T>(table: string): [key: string, value: T][] {
    return this.entries<T>(table).sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** Stores a value; undefined deletes it. */
  set(table: string, key: string, value: unknown): void {
    this.#table(table);
    let writes = this.#writes.get(table);
    if (!writes) this.#writes.set(table, (writes = new Map<string, unknown>()));
    writes.set(key, value);
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  /** Written values by table and key; undefined deletes. */
  get writes(): Writes {
    return this.#writes;
  }

  /** Puts the committed writes into the tables. */
  apply(): void {
    for (const [name, writes] of this.#writes) {
      const table = this.#table(name);
      for (const [key, value] of writes) {
        if (value === undefined) table.delete(key);
        else table.set(key, value);
      }
    }
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new NotLoaded(name);
    return table;
  }
}
