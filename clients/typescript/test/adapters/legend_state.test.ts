/** The adapter of Legend-State. */
import { observable } from "@legendapp/state";
import { syncedTrackForge } from "../../src/adapters/legend_state.ts";
import { stories } from "./stories.ts";

stories("Legend-State", async (db) => {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const foods$: any = observable(syncedTrackForge(db, "foods"));
  const stop = foods$.onChange(() => undefined);
  foods$.get();
  return {
    add: async (id, food) => foods$[id].set({ id, ...food }),
    edit: async (id, fields) => foods$[id].assign(fields),
    remove: async (id) => foods$[id].delete(),
    read: async (id) => foods$[id].peek() as { [field: string]: unknown } | undefined,
    close: async () => stop(),
  };
});
