/** Page of the measurement in a browser. */
import { indexedDb } from "../src/storage/indexed_db.ts";
import { measure, type Login, type Measured } from "./device.ts";

Object.assign(globalThis, {
  measureIndexedDb: (login: Login): Promise<Omit<Measured, "cpu_ms">> => measure(login, () => indexedDb("bench")),
});
