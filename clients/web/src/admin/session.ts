/** Session of the operator's pages: it ends with the tab, and nothing else is stored. */
import { open, type Database, type Driver } from "@trackforge/client";

const KEY = "trackforge:admin";
const REVISION = "revision";

/** Storage of one tab. */
export function tabStorage(store: Storage): Driver {
  const rows = new Map<string, unknown>(Object.entries(JSON.parse(store.getItem(KEY) ?? "{}") as object));
  return {
    read: (prefix) => Promise.resolve([...rows].filter(([key]) => key.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1))),
    get: (keys) => Promise.resolve(keys.map((key) => rows.get(key))),
    commit(operations, revision) {
      if ((rows.get(REVISION) ?? 0) !== revision) return Promise.resolve(false);
      for (const [key, value] of [...operations, [REVISION, revision + 1] as const]) {
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
      store.setItem(KEY, JSON.stringify(Object.fromEntries(rows)));
      return Promise.resolve(true);
    },
    close: () => Promise.resolve(),
  };
}

export function openSession(): Promise<Database> {
  return open({ url: location.origin, storage: tabStorage(sessionStorage) });
}
