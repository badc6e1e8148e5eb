/** Replication of an RxDB collection with the client: `replicateTrackForge(db, "foods", rx.foods)`. */
import type { RxCollection, WithDeleted } from "rxdb";
import { replicateRxCollection, type RxReplicationState } from "rxdb/plugins/replication";
import { Subject } from "rxjs";
import type { Database } from "../client.ts";
import type { CollectionName } from "../contract/records.ts";
import type { ForeignWrite } from "../local/accept.ts";
import { Pending, collectionOf, type AnyRecord } from "./pending.ts";
import { changedFields, fieldsOf } from "./rows.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Document = any;
interface Row {
  readonly newDocumentState: WithDeleted<Document>;
  readonly assumedMasterState?: WithDeleted<Document>;
}

/**
 * Starts the replication. The collection's primary key is `id`, its properties are fields of the
 * collection of this name. RxDB's own documents are pushed into the outbox at once, without a network.
 */
export function replicateTrackForge<D>(
  db: Database,
  name: CollectionName,
  collection: RxCollection<D>,
): RxReplicationState<D, number> {
  const stream$ = new Subject<"RESYNC">();
  const pending = new Pending(db, name, () => stream$.next("RESYNC"));
  let isFirst = true;
  let checkpoint = Date.now();
  const known = Object.keys(collection.schema.jsonSchema.properties);
  const toDocument = (record: AnyRecord): Document =>
    ({ ...Object.fromEntries(known.flatMap((it) => (it in record ? [[it, record[it]]] : []))), _deleted: false });
  const stored = async (): Promise<Map<string, Document>> =>
    new Map((await collection.find().exec()).map((it) => [it.primary as string, it.toJSON()]));

  const state = replicateRxCollection<D, number>({
    replicationIdentifier: `trackforge-${name}`,
    collection,
    pull: {
      stream$,
      async handler() {
        const changed = await pending.take();
        const documents = [...changed.values()].filter((it) => it !== undefined).map(toDocument);
        const gone = [...changed].filter(([, record]) => record === undefined).map(([id]) => id);
        if (isFirst || gone.length > 0) {
          const before = await stored();
          // What was deleted while the replication was not running.
          const ids = isFirst ? [...before.keys()].filter((id) => !changed.has(id)) : gone;
          documents.push(...ids.flatMap((id) => (before.has(id) ? [{ ...before.get(id), _deleted: true }] : [])));
        }
        isFirst = false;
        return { documents, checkpoint: ++checkpoint };
      },
      batchSize: Number.MAX_SAFE_INTEGER,
    },
    push: {
      async handler(rows) {
        const rejected = await db.accept(rows.flatMap((row) => writeOf(name, row)));
        const ids = new Set(rejected.map(({ id }) => id));
        const refused = rows.map((row) => row.newDocumentState as Document).filter(({ id }) => ids.has(id));
        return Promise.all(
          refused.map(async (document) => {
            const record = await collectionOf(db, name).get(document.id);
            return record ? toDocument(record as AnyRecord) : { ...document, _deleted: true };
          }),
        );
      },
    },
  });
  state.canceled$.subscribe((isCanceled) => {
    if (isCanceled) pending.stop();
  });
  return state;
}

function writeOf(collection: CollectionName, { newDocumentState: after, assumedMasterState: before }: Row): ForeignWrite[] {
  const { id } = after;
  if (after._deleted) return [{ collection, id, op: "delete", data: {} }];
  if (!before || before._deleted) return [{ collection, id, op: "put", data: fieldsOf(collection, after) }];
  const data = changedFields(collection, before, after);
  return Object.keys(data).length > 0 ? [{ collection, id, op: "patch", data }] : [];
}
