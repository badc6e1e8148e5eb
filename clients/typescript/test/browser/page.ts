/** Page of the browser tests: the client on IndexedDB, and a React list of sets. */
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { Account } from "../../src/account/index.ts";
import { memory, open, statusText, type Database } from "../../src/index.ts";
import { useQuery, useRecord, useSyncStatus } from "../../src/react.ts";
import { indexedDb } from "../../src/storage/indexed_db.ts";

export interface Page {
  db: Database;
  openDatabase(url: string, name: string, live?: "fetch" | "websocket" | "eventsource"): Promise<void>;
  render(sessionId: string): void;
  account(): Account;
  statusText: typeof statusText;
  memory: typeof memory;
}

function Sets({ db, sessionId }: { db: Database; sessionId: string }) {
  const session = useRecord(db.workout_sessions, sessionId);
  const sets = useQuery(db.workout_sets.where({ session_id: sessionId }).orderBy("position"));
  const status = useSyncStatus(db);
  const items = sets?.map((it) => h("li", { key: it.id }, `${it.reps} × ${it.weight_kg}`));
  return h("main", null, h("h1", null, session?.name ?? "…"), h("ol", null, items), h("p", null, statusText(status)));
}

const page: Page = {
  db: undefined as unknown as Database,
  async openDatabase(url, name, live) {
    page.db = await open({ url, storage: indexedDb(name), ...(live && { live }) });
  },
  render(sessionId) {
    createRoot(document.getElementById("root")!).render(h(Sets, { db: page.db, sessionId }));
  },
  account: () => new Account(page.db, { deviceName: "browser" }),
  statusText,
  memory,
};

(globalThis as unknown as { page: Page }).page = page;
