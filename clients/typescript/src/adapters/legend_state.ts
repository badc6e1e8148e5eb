/** Observables of Legend-State over the client: `observable(syncedTrackForge(db, "foods"))`. */
import type { Observable } from "@legendapp/state";
import { onChangeRemote, synced, type Synced } from "@legendapp/state/sync";
import type { Database } from "../client.ts";
import type { CollectionName, Tables } from "../contract/records.ts";
import type { Fields, Json } from "../core/json.ts";
import type { ForeignWrite } from "../local/accept.ts";
import type { Stored } from "../local/query.ts";
import { collectionOf } from "./pending.ts";
import { changedFields, fieldsOf } from "./rows.ts";

type Rows<T> = { [id: string]: Stored<T> };
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;
interface Change {
  readonly path: readonly string[];
  readonly valueAtPath: Any;
  readonly prevAtPath: Any;
}

/**
 * Records of a collection by id. What is set is stored and queued on this device; what the contract
 * or the server rejects falls back, and is in `db.rejected()`.
 */
export function syncedTrackForge<N extends CollectionName>(db: Database, name: N): Synced<Rows<Tables[N]>> {
  const records = collectionOf(db, name);
  const show = (value$: Observable<Any>, id: string, record: unknown): void =>
    onChangeRemote(() => {
      if (record) value$[id].set(copyOf(record));
      else value$[id].delete();
    });
  return synced<Rows<Tables[N]>>({
    initial: {},
    subscribe: ({ value$, update }) => {
      let isFirst = true;
      return records.changes((changed) => {
        if (isFirst) update({ value: copyOf(Object.fromEntries(changed)), mode: "set" });
        else for (const [id, record] of changed) show(value$ as Any, id, record);
        isFirst = false;
      });
    },
    set: async ({ value$, value, changes }) => {
      const writes = (changes as unknown as Change[]).flatMap((change) => writesOf(name, change, value));
      for (const { id } of await db.accept(merged(writes))) show(value$ as Any, id, await records.get(id));
    },
  }) as Synced<Rows<Tables[N]>>;
}

/** A copy: Legend-State changes objects in place, and the client's own must stay as they are. */
function copyOf(value: unknown): Any {
  return JSON.parse(JSON.stringify(value));
}

/** Writes of a change to the observable, to a record in it, or to a field. */
function writesOf(collection: CollectionName, { path, valueAtPath, prevAtPath }: Change, value: Any): ForeignWrite[] {
  const [id, field] = path;
  if (id === undefined) {
    const ids = new Set([...Object.keys(prevAtPath ?? {}), ...Object.keys(valueAtPath ?? {})]);
    return [...ids].flatMap((it) =>
      writesOf(collection, { path: [it], valueAtPath: valueAtPath?.[it], prevAtPath: prevAtPath?.[it] }, value),
    );
  }
  if (field !== undefined) {
    return field === "id" ? [] : [{ collection, id, op: "patch", data: { [field]: (value?.[id]?.[field] ?? null) as Json } }];
  }
  if (valueAtPath == null) return [{ collection, id, op: "delete", data: {} }];
  if (prevAtPath == null) return [{ collection, id, op: "put", data: fieldsOf(collection, valueAtPath) }];
  const data = changedFields(collection, prevAtPath, valueAtPath);
  return Object.keys(data).length > 0 ? [{ collection, id, op: "patch", data }] : [];
}

/** Several patches of one record as one, so that groups are checked as a whole. */
function merged(writes: readonly ForeignWrite[]): ForeignWrite[] {
  const result: ForeignWrite[] = [];
  for (const write of writes) {
    const last = result.at(-1);
    const isSame = last?.op === "patch" && write.op === "patch" && last.id === write.id;
    if (isSame) result[result.length - 1] = { ...write, data: { ...last.data, ...write.data } as Fields };
    else result.push(write);
  }
  return result;
}
