/** Records that changed since a library last took them. */
import type { Collection } from "../collection.ts";
import type { CollectionName, Tables } from "../contract/records.ts";
import type { Database } from "../client.ts";
import type { Stored } from "../local/query.ts";

export type AnyRecord = Stored<object> & { readonly [field: string]: unknown };
export type Changed = Map<string, AnyRecord | undefined>;

/** A collection whose name is a value; the fields are not known to the compiler. */
export function collectionOf(db: Database, name: CollectionName): Collection<{ [field: string]: unknown }> {
  return db[name] as Collection<Tables[CollectionName]> as unknown as Collection<{ [field: string]: unknown }>;
}

export class Pending {
  readonly #records: Collection<object>;
  readonly #stop: () => void;
  #changed: Changed = new Map();
  readonly #first: Promise<void>;

  /** Calls back after every change, from then on that all records were read. */
  constructor(db: Database, name: CollectionName, listener: () => void = () => undefined) {
    this.#records = collectionOf(db, name) as unknown as Collection<object>;
    let resolve = (): void => undefined;
    this.#first = new Promise((it) => (resolve = it));
    this.#stop = this.#records.changes((changed) => {
      for (const [id, record] of changed) this.#changed.set(id, record as AnyRecord | undefined);
      resolve();
      listener();
    });
  }

  /** All records at the first call, then what changed since the last one. */
  async take(): Promise<Changed> {
    await this.#first;
    const taken = this.#changed;
    this.#changed = new Map();
    return taken;
  }

  /** Lets records be taken again as they are here: the library has them otherwise. */
  async repeat(ids: Iterable<string>): Promise<void> {
    for (const id of ids) this.#changed.set(id, (await this.#records.get(id)) as AnyRecord | undefined);
  }

  stop(): void {
    this.#stop();
  }
}
