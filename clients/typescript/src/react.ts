/** React hooks: live queries, live records, and the status of the sync. */
import { useEffect, useState } from "react";
import type { Collection } from "./collection.ts";
import type { Client } from "./client.ts";
import type { Query, Stored } from "./local/query.ts";
import type { Status } from "./sync/status.ts";

/** Records of a query, again at every change; undefined until they are read. */
export function useQuery<T>(query: Query<T>): readonly Stored<T>[] | undefined {
  // The key keeps rows of another query from being shown.
  const [shown, setShown] = useState<{ key: string; rows: readonly Stored<T>[] }>();
  const { key } = query;
  // The key stands for the query: an equal one that was made in this render changes nothing.
  useEffect(() => query.watch((rows) => setShown({ key, rows })), [key, query.store]);
  return shown?.key === key ? shown.rows : undefined;
}

/** A record, again at every change; null if there is none, undefined until it is read. */
export function useRecord<T>(collection: Collection<T>, id: string): Stored<T> | null | undefined {
  const [shown, setShown] = useState<{ id: string; record: Stored<T> | null }>();
  useEffect(
    () => collection.watch(id, (record) => setShown({ id, record: record ?? null })),
    [collection, id],
  );
  return shown?.id === id ? shown.record : undefined;
}

/** Status of the sync, again at every change. */
export function useSyncStatus(client: Client): Status {
  const [status, setStatus] = useState(() => client.status());
  useEffect(() => client.watchStatus(setStatus), [client]);
  return status;
}
