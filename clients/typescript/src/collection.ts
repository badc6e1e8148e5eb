/** Records of one collection, as the app reads and writes them. */
import type { CollectionName } from "./contract/records.ts";
import { Query, objectOf, type Condition, type Field, type Operator, type Order, type Stored } from "./local/query.ts";
import type { Json } from "./core/json.ts";
import { recordsTable, rowOf, type RecordRow } from "./local/records.ts";
import { canonicalId } from "./local/rekey.ts";
import type { Guards } from "./local/outbox.ts";
import type { CollectionWriter, PutOptions, Writer } from "./local/writer.ts";
import type { Store } from "./storage/store.ts";

/** Runs writes as one transaction. */
export type Write = <R>(work: (writer: Writer) => R) => Promise<R>;

/** Records of one collection: local reads and writes. */
export class Collection<T> {
  readonly #store: Store;
  readonly #name: CollectionName;
  readonly #write: Write;

  constructor(store: Store, name: CollectionName, write: Write) {
    this.#store = store;
    this.#name = name;
    this.#write = write;
  }

  /** Writes a whole record and queues it: the id, once it is stored on this device. */
  put(data: T & { id?: string }, options?: PutOptions): Promise<string> {
    return this.#write((writer) => this.#of(writer).put(data, options));
  }

  /** Writes some fields; null resets one. */
  patch(id: string, fields: Partial<T>, guards?: Guards): Promise<void> {
    return this.#write((writer) => this.#of(writer).patch(id, fields, guards));
  }

  /** Deletes a record and queues the deletion. */
  delete(id: string, guards?: Guards): Promise<void> {
    return this.#write((writer) => this.#of(writer).delete(id, guards));
  }

  /** A record; undefined if it is absent or deleted. A former id of a record finds it too. */
  get(id: string): Promise<Stored<T> | undefined> {
    return this.#store.transaction((tx) => {
      const finalId = canonicalId(tx, this.#name, id);
      const record = objectOf(finalId, rowOf(tx, this.#name, finalId));
      return (record ?? undefined) as unknown as Stored<T> | undefined;
    });
  }

  /** All records, in the order of their ids. */
  all(): Promise<Stored<T>[]> {
    return this.query().all();
  }

  /** Query of records by their fields, or by one comparison. */
  where(equals: { readonly [K in Field<T>]?: Json }): Query<T>;
  /** Query of records by one comparison. */
  where(field: Field<T>, operator: Operator, value: Json): Query<T>;
  where(...condition: [{ readonly [K in Field<T>]?: Json }] | Condition): Query<T> {
    return (this.query().where as (...it: unknown[]) => Query<T>).apply(this.query(), condition as unknown[]);
  }

  /** Query in an order of fields; `-date` is descending. */
  orderBy(...fields: Order<T>[]): Query<T> {
    return this.query().orderBy(...fields);
  }

  /** Query of all records. */
  query(): Query<T> {
    return new Query<T>(this.#store, this.#name);
  }

  /** Calls back with a record, undefined while there is none: soon, and whenever it changes. */
  watch(id: string, listener: (record: Stored<T> | undefined) => void): () => void {
    let last: Stored<T> | undefined | null = null;
    let isStopped = false;
    const emit = async (): Promise<void> => {
      const record = await this.get(id);
      if (isStopped || record === last) return;
      last = record;
      listener(record);
    };
    const stop = this.#store.listen((changes) => {
      if (changes.has(recordsTable(this.#name)) || changes.has("aliases")) void emit();
    });
    void emit();
    return () => {
      isStopped = true;
      stop();
    };
  }

  /**
   * Calls back with all records, then with those that changed, by id; undefined stands for a record
   * that is gone. For other libraries that hold the records too.
   */
  changes(listener: (changed: ReadonlyMap<string, Stored<T> | undefined>) => void): () => void {
    const table = recordsTable(this.#name);
    let known: Map<string, unknown> | undefined;
    const emit = (ids: Iterable<string>): void => {
      const changed = new Map<string, Stored<T> | undefined>();
      for (const id of ids) {
        const record = objectOf(id, this.#store.table(table).get(id) as RecordRow | undefined) ?? undefined;
        if (record === known!.get(id)) continue;
        if (record) known!.set(id, record);
        else known!.delete(id);
        changed.set(id, record as unknown as Stored<T> | undefined);
      }
      if (changed.size > 0) listener(changed);
    };
    let isStopped = false;
    const stop = this.#store.listen((changes) => {
      const ids = changes.get(table);
      if (!known || ids === undefined) return;
      emit(ids?.keys() ?? new Set([...known.keys(), ...this.#store.table(table).keys()]));
    });
    void this.#store.load(table).then((rows) => {
      if (isStopped) return;
      known = new Map<string, unknown>();
      if (rows.size === 0) listener(new Map());
      else emit(rows.keys());
    });
    return () => {
      isStopped = true;
      stop();
    };
  }

  #of(writer: Writer): CollectionWriter<T> {
    return writer[this.#name] as unknown as CollectionWriter<T>;
  }
}
