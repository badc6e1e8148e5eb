/** The adapter of RxDB, with RxDB on its storage in memory. */
import { createRxDatabase, type RxCollection } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { replicateTrackForge } from "../../src/adapters/rxdb.ts";
import { stories } from "./stories.ts";

const number = { type: "number" };
const schema = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: { type: "string", maxLength: 36 },
    name: { type: "string" }, notes: { type: "string" },
    energy_kcal: number, protein_g: number, carbs_g: number, fat_g: number, fiber_g: number,
    servings: { type: "array", items: { type: "object" } },
  },
  required: ["id", "name"],
} as const;

const database = await createRxDatabase({ name: "logbook", storage: getRxStorageMemory(), multiInstance: false });
const foods: RxCollection = (await database.addCollections({ foods: { schema } })).foods;

stories("RxDB", async (db) => {
  const state = replicateTrackForge(db, "foods", foods);
  state.error$.subscribe((error) => console.error(error));
  return {
    add: (id, food) => foods.insert({ id, ...food }),
    edit: async (id, fields) => (await foods.findOne(id).exec(true)).patch(fields),
    remove: async (id) => (await foods.findOne(id).exec(true)).remove(),
    read: async (id) => (await foods.findOne(id).exec())?.toJSON(),
    settle: () => state.awaitInSync(),
    close: () => state.cancel(),
  };
});
