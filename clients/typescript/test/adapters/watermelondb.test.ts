/** The adapter of WatermelonDB, with WatermelonDB on its LokiJS adapter. */
import { createRequire } from "node:module";
import { WatermelonSync } from "../../src/adapters/watermelondb.ts";
import { stories } from "./stories.ts";

// Its files are CommonJS, and name no exports that Node could import.
const require = createRequire(import.meta.url);
const { Database, Model, appSchema, tableSchema } = require("@nozbe/watermelondb");
const LokiJSAdapter = require("@nozbe/watermelondb/adapters/lokijs").default;
const { setGenerator } = require("@nozbe/watermelondb/utils/common/randomId");

const optional = (type: string) => (name: string) => ({ name, type, isOptional: true });
const schema = appSchema({
  version: 1,
  tables: [
    tableSchema({
      name: "foods",
      columns: [
        { name: "name", type: "string" },
        ...["notes", "servings"].map(optional("string")),
        ...["energy_kcal", "protein_g", "carbs_g", "fat_g", "fiber_g"].map(optional("number")),
      ],
    }),
  ],
});

class Food extends Model {
  static table = "foods";
}

const adapter = new LokiJSAdapter({ schema, useWebWorker: false, useIncrementalIndexedDB: false, dbName: "logbook" });
const database = new Database({ adapter, modelClasses: [Food] });
const foods = database.get("foods");
const columns = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? JSON.stringify(value) : value]));

stories("WatermelonDB", async (db) => {
  setGenerator(() => db.newId("foods"));
  const watermelon = new WatermelonSync(db, database, ["foods"]);
  const write = (it: any, fields: object): void =>
    Object.entries(columns(fields)).forEach(([name, value]) => it._setRaw(name, value));
  return {
    add: (id, food) =>
      database.write(() => foods.create((it: any) => { it._raw.id = id; write(it, food); })),
    edit: (id, fields) =>
      database.write(async () => (await foods.find(id)).update((it: any) => write(it, fields))),
    remove: (id) => database.write(async () => (await foods.find(id)).markAsDeleted()),
    read: async (id) => (await foods.query().fetch()).find((it: any) => it.id === id)?._raw,
    settle: () => watermelon.sync(),
    close: async () => watermelon.stop(),
  };
});
