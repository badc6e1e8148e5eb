/** Storage in IndexedDB, shared by all tabs of a browser. */
import { REVISION, type Driver, type Operation } from "./driver.ts";

const ROWS = "rows";

/** Options of `indexedDb`. */
export interface IndexedDbOptions {
  /** "strict" waits until the disk has each commit; "relaxed" (the default) may lose the last ones in a power failure. */
  readonly durability?: "strict" | "relaxed";
}

/** Driver for the browser's database of this name. */
export async function indexedDb(name: string, { durability = "relaxed" }: IndexedDbOptions = {}): Promise<Driver> {
  const fullName = `trackforge:${name}`;
  const database = await open(fullName);
  const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(fullName);
  const rows = (): IDBObjectStore => database.transaction(ROWS).objectStore(ROWS);
  return {
    name: fullName,
    async read(prefix) {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const store = rows(); // one transaction, so that keys and values agree
      const [keys, values] = await Promise.all([result(store.getAllKeys(range)), result(store.getAll(range))]);
      return keys.map((key, at) => [key as string, values[at] as unknown] as const);
    },
    get(keys) {
      const store = rows();
      return Promise.all(keys.map((key) => result(store.get(key) as IDBRequest<unknown>)));
    },
    async commit(operations, revision) {
      const isStored = await commit(database.transaction(ROWS, "readwrite", { durability }), operations, revision);
      if (isStored) channel?.postMessage(revision + 1);
      return isStored;
    },
    listen(listener) {
      channel?.addEventListener("message", listener);
      return () => channel?.removeEventListener("message", listener);
    },
    close() {
      channel?.close();
      database.close();
      return Promise.resolve();
    },
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(ROWS);
  return result(request);
}

/** True once the operations are stored; false, and nothing stored, at another revision. */
function commit(transaction: IDBTransaction, operations: readonly Operation[], revision: number): Promise<boolean> {
  const store = transaction.objectStore(ROWS);
  const stored = store.get(REVISION) as IDBRequest<number | undefined>;
  let isCurrent = true;
  // Sent together, and ended by the answer to the first, so that a commit waits for one answer only.
  try {
    for (const [key, value] of [...operations, [REVISION, revision + 1] as const]) {
      if (value === undefined) store.delete(key);
      else store.put(value, key);
    }
  } catch (error) {
    transaction.abort(); // a value that cannot be stored
    throw error;
  }
  stored.onsuccess = () => {
    isCurrent = (stored.result ?? 0) === revision;
    if (isCurrent) transaction.commit();
    else transaction.abort();
  };
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => {
      if (isCurrent) reject(transaction.error ?? new Error("The browser aborted a transaction."));
      else resolve(false);
    };
  });
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's database failed."));
  });
}
