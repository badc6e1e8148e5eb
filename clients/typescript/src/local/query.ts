/** Queries over the local records of one collection, run once or watched. */
import { CONTRACTS } from "../contract/contracts.ts";
import type { CollectionName } from "../contract/records.ts";
import type { Json } from "../core/json.ts";
import { InvalidQuery } from "../errors.ts";
import type { Keys, Store } from "../storage/store.ts";
import { recordsTable, visibleState, type RecordRow } from "./records.ts";

/** A record as read: with its id, and without nulls. */
export type Stored<T> = { readonly id: string } & { readonly [K in keyof T]: Exclude<T[K], null> };

/** Comparison of a condition; `contains` is for lists. */
export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "contains";
export type Condition = readonly [field: string, operator: Operator, value: Json];
export type Field<T> = (keyof T & string) | "id";
/** A field, or `-field` for descending. */
export type Order<T> = Field<T> | `-${Field<T>}`;

interface Terms {
  readonly conditions: readonly Condition[];
  readonly order: readonly string[];
  readonly max: number;
}

type Row = { readonly id: string } & { readonly [field: string]: Json };

/** Changes of one commit that a watched query applies one by one. */
const INCREMENTAL = 1000;

/** One object per row, so that an unchanged record is the same object in every result. */
const objects = new WeakMap<RecordRow, Row | null>();

/** An immutable query: each method returns a new one; `all`, `first`, `count` and `watch` run it. */
export class Query<T> {
  readonly #store: Store;
  readonly #collection: CollectionName;
  readonly #terms: Terms;

  constructor(store: Store, collection: CollectionName, terms: Terms = { conditions: [], order: [], max: Infinity }) {
    this.#store = store;
    this.#collection = collection;
    this.#terms = terms;
  }

  /** Records with these values; null stands for absent. */
  where(equals: { readonly [K in Field<T>]?: Json }): Query<T>;
  /** Records that fulfil a condition; `in` takes a list, `contains` matches a list field. */
  where(field: Field<T>, operator: Operator, value: Json): Query<T>;
  where(field: Field<T> | object, operator: Operator = "=", value: Json = null): Query<T> {
    const added: Condition[] =
      typeof field === "string"
        ? [[field, operator, value]]
        : Object.entries(field).map(([name, wanted]) => [name, "=", (wanted as Json) ?? null] as const);
    added.forEach((condition) => this.#check(...condition));
    return this.#with({ conditions: [...this.#terms.conditions, ...added] });
  }

  /** Records in the order of these fields, then by id; absent values come first. */
  orderBy(...fields: Order<T>[]): Query<T> {
    fields.forEach((field) => this.#checkField(field.replace(/^-/, "")));
    return this.#with({ order: fields });
  }

  /** The first records only. */
  limit(max: number): Query<T> {
    return this.#with({ max });
  }

  /** All records of the query. */
  async all(): Promise<Stored<T>[]> {
    await this.#store.load(this.#table);
    return this.#limited(this.#run()) as unknown as Stored<T>[];
  }

  /** First record of the query; undefined if it is empty. */
  async first(): Promise<Stored<T> | undefined> {
    return (await this.limit(Math.min(this.#terms.max, 1)).all())[0];
  }

  /** Number of records. */
  async count(): Promise<number> {
    await this.#store.load(this.#table);
    return Math.min(this.#ids().length, this.#terms.max);
  }

  /** Calls back with the records: soon, and whenever they change. Returns the end of the watch. */
  watch(listener: (records: Stored<T>[]) => void): () => void {
    let sorted: Row[] | undefined;
    let shown: Row[] | undefined;
    const emit = (): void => {
      const rows = this.#limited(sorted!);
      if (shown && rows.length === shown.length && rows.every((row, at) => row === shown![at])) return;
      shown = rows;
      listener([...rows] as unknown as Stored<T>[]);
    };
    let isStopped = false;
    const stop = this.#store.listen((changes) => {
      const keys = changes.get(this.#table);
      if (!sorted || keys === undefined) return;
      sorted = keys === null || keys.size > INCREMENTAL ? this.#run() : this.#updated(sorted, keys);
      emit();
    });
    void this.#store.load(this.#table).then(() => {
      if (isStopped) return;
      sorted = this.#run();
      emit();
    });
    return () => {
      isStopped = true;
      stop();
    };
  }

  /** Identity of the database, for React's dependencies. */
  get store(): object {
    return this.#store;
  }

  /** Text that is equal for equal queries of one database. */
  get key(): string {
    return JSON.stringify([this.#collection, this.#terms.conditions, this.#terms.order, this.#terms.max]);
  }

  get #table(): string {
    return recordsTable(this.#collection);
  }

  /** Sorted records after some of them have changed. */
  #updated(sorted: readonly Row[], keys: Keys): Row[] {
    const table = this.#store.table(this.#table);
    const compareRows = comparison(this.#terms.order);
    const rows = sorted.filter((row) => !keys.has(row.id));
    for (const key of keys.keys()) {
      const stored = table.get(key) as RecordRow | undefined;
      if (!matches(key, stored, this.#terms.conditions)) continue;
      const row = objectOf(key, stored)!;
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (compareRows(rows[middle]!, row) < 0) low = middle + 1;
        else high = middle;
      }
      rows.splice(low, 0, row);
    }
    return rows;
  }

  /** All matching records, sorted. */
  #run(): Row[] {
    const table = this.#store.table(this.#table);
    const rows = this.#ids().map((id) => objectOf(id, table.get(id) as RecordRow)!);
    return rows.sort(comparison(this.#terms.order));
  }

  /** Ids of all matching records, in no order. */
  #ids(): string[] {
    const ids: string[] = [];
    for (const [id, stored] of this.#store.table(this.#table)) {
      if (matches(id, stored as RecordRow, this.#terms.conditions)) ids.push(id);
    }
    return ids;
  }

  #limited(rows: Row[]): Row[] {
    return rows.length > this.#terms.max ? rows.slice(0, this.#terms.max) : rows;
  }

  #with(terms: Partial<Terms>): Query<T> {
    return new Query(this.#store, this.#collection, { ...this.#terms, ...terms });
  }

  #check(field: string, operator: Operator, value: Json): void {
    this.#checkField(field);
    if (operator === "in" && !Array.isArray(value)) throw new InvalidQuery(`${field}: "in" needs a list.`);
    if (operator !== "in" && typeof value === "object" && value !== null) {
      throw new InvalidQuery(`${field}: a list or an object cannot be compared.`);
    }
  }

  #checkField(field: string): void {
    if (field !== "id" && !(field in CONTRACTS[this.#collection].fields)) {
      throw new InvalidQuery(`${this.#collection} has no field ${field}.`);
    }
  }
}

/** The live record of a row as the app sees it; null for a deleted one. */
export function objectOf(id: string, row: RecordRow | undefined): Row | null {
  if (!row) return null;
  let object = objects.get(row);
  if (object === undefined) {
    const state = visibleState(row);
    object = state && !state.deleted ? { ...state.data, id } : null;
    objects.set(row, object);
  }
  return object;
}

/** True for a live record that fulfils the conditions; makes no object of those that do not. */
function matches(id: string, row: RecordRow | undefined, conditions: readonly Condition[]): boolean {
  const state = visibleState(row);
  if (!state || state.deleted) return false;
  return conditions.every(([field, operator, value]) => holds((field === "id" ? id : state.data[field]) ?? null, operator, value));
}

function holds(actual: Json, operator: Operator, value: Json): boolean {
  switch (operator) {
    case "=":
      return actual === value;
    case "!=":
      return actual !== value;
    case "in":
      return (value as Json[]).includes(actual);
    case "contains":
      return Array.isArray(actual) && actual.includes(value);
    default: {
      if (actual === null || value === null || typeof actual !== typeof value) return false;
      const order = compare(actual, value);
      return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0;
    }
  }
}

function comparison(order: readonly string[]): (left: Row, right: Row) => number {
  const terms = [...order, "id"].map((field) => [field.replace(/^-/, ""), field.startsWith("-") ? -1 : 1] as const);
  return (left, right) => {
    for (const [field, sign] of terms) {
      const result = compare(left[field] ?? null, right[field] ?? null);
      if (result !== 0) return sign * result;
    }
    return 0;
  };
}

function compare(left: Json, right: Json): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : left > right ? 1 : 0;
}
