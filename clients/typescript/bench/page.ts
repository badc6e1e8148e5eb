/** Page of the measurement in a browser. */
import { indexedDb } from "../src/storage/indexed_db.ts";
import { measure, type Login, type Measured } from "./device.ts";

Object.assign(globalThis, {
  measureIndexedDb: (login: Login): Promise<Measured> => measure(login, () => indexedDb("bench")),
});
