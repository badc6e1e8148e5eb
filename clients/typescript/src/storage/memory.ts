/** Storage in memory, for tests and for sessions that shall leave nothing behind. */
import { REVISION, type Driver, type Operation } from "./driver.ts";

/** Driver whose rows end with the page or the process; the same `rows` can be opened again. */
export function memory(rows = new Map<string, unknown>()): Driver {
  return {
    read(prefix) {
      const found = [...rows].filter(([key]) => key.startsWith(prefix));
      return Promise.resolve(found.sort(([left], [right]) => (left < right ? -1 : 1)));
    },
    get: (keys) => Promise.resolve(keys.map((key) => rows.get(key))),
    commit(operations: readonly Operation[], revision) {
      if ((rows.get(REVISION) ?? 0) !== revision) return Promise.resolve(false);
      for (const [key, value] of operations) {
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
      rows.set(REVISION, revision + 1);
      return Promise.resolve(true);
    },
    close: () => Promise.resolve(),
  };
}
