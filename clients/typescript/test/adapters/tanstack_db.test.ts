/** The adapter of TanStack DB. */
import { createCollection } from "@tanstack/db";
import { trackForgeCollection } from "../../src/adapters/tanstack_db.ts";
import { stories } from "./stories.ts";

stories("TanStack DB", async (db) => {
  const foods = createCollection(trackForgeCollection(db, "foods"));
  await foods.preload();
  return {
    add: (id, food) => foods.insert({ id, ...food } as never).isPersisted.promise,
    edit: (id, fields) => foods.update(id, (draft) => void Object.assign(draft, fields)).isPersisted.promise,
    remove: (id) => foods.delete(id).isPersisted.promise,
    read: async (id) => foods.get(id) as { [field: string]: unknown } | undefined,
    close: () => foods.cleanup(),
  };
});
