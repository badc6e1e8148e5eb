/** Every storage driver keeps the same promises. */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memory, open, type Driver } from "../src/index.ts";
import { DatabaseSync } from "node:sqlite";
import sqlite3InitModule from "@sqlite.org/sqlite-wasm";
import { betterSqlite3 } from "../src/storage/better_sqlite3.ts";
import { expoSqlite } from "../src/storage/expo_sqlite.ts";
import { indexedDb } from "../src/storage/indexed_db.ts";
import { nodeSqlite } from "../src/storage/node_sqlite.ts";
import { opSqlite } from "../src/storage/op_sqlite.ts";
import { withSecrets } from "../src/storage/secrets.ts";
import type { SqliteValue } from "../src/storage/sqlite.ts";
import { sqliteWasm } from "../src/storage/sqlite_wasm.ts";
import { FakeServer } from "./fake_server.ts";

const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7 };
const folder = mkdtempSync(join(tmpdir(), "trackforge-"));
after(() => rmSync(folder, { recursive: true }));

/** Opens the same database again under the same name. */
const drivers: { [kind: string]: (name: string) => Promise<Driver> | Driver } = {
  memory: (name) => memory((rows[name] ??= new Map<string, unknown>())),
  "node:sqlite": (name) => nodeSqlite(join(folder, name)),
  indexedDb: (name) => indexedDb(name),
  // Node's own SQLite has the functions of better-sqlite3, a native module, that the driver uses.
  "better-sqlite3": (name) => betterSqlite3(new DatabaseSync(join(folder, `better ${name}`))),
  "expo-sqlite": (name) => expoSqlite(new ExpoDouble(join(folder, `expo ${name}`))),
  "op-sqlite": (name) => opSqlite(new OpDouble(join(folder, `op ${name}`))),
  "sqlite-wasm": (name) => sqliteWasm((wasm[name] ??= wasmDatabase())),
  "tokens in a keychain": (name) => withSecrets(memory((rows[`secret ${name}`] ??= new Map<string, unknown>())), keychain),
};
const rows: { [name: string]: Map<string, unknown> } = {};

/** A double of expo-sqlite on Node's own SQLite: its functions, and its exclusive transactions. */
class ExpoDouble {
  readonly #database: DatabaseSync;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#database = new DatabaseSync(path, { timeout: 1000 });
  }

  async getAllAsync(sql: string, parameters: SqliteValue[]): Promise<unknown[]> {
    return this.#database.prepare(sql).all(...parameters);
  }

  async withExclusiveTransactionAsync(work: (transaction: { runAsync(sql: string, parameters: SqliteValue[]): Promise<unknown> }) => Promise<void>): Promise<void> {
    const connection = new DatabaseSync(this.#path, { timeout: 1000 });
    connection.exec("BEGIN");
    try {
      await work({ runAsync: async (sql, parameters) => connection.prepare(sql).run(...parameters) });
      connection.exec("COMMIT");
    } catch (error) {
      connection.exec("ROLLBACK");
      throw error;
    } finally {
      connection.close();
    }
  }

  async closeAsync(): Promise<void> {
    this.#database.close();
  }
}

/** A double of op-sqlite on Node's own SQLite: a batch is one transaction. */
class OpDouble {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 1000 });
  }

  async execute(sql: string, parameters: SqliteValue[]): Promise<{ rows: unknown[] }> {
    return { rows: this.#database.prepare(sql).all(...parameters) };
  }

  async executeBatch(statements: [sql: string, parameters: SqliteValue[]][]): Promise<void> {
    this.#database.exec("BEGIN");
    try {
      for (const [sql, parameters] of statements) this.#database.prepare(sql).run(...parameters);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

const sqlite3 = await sqlite3InitModule();
const wasm: { [name: string]: ReturnType<typeof wasmDatabase> } = {};

/** A database in memory, since Node has no OPFS; it stays open, as a file would stay. */
function wasmDatabase() {
  const database = new sqlite3.oo1.DB(":memory:");
  return { exec: (options: object) => database.exec(options as never) as unknown, close: () => undefined };
}

const secrets = new Map<string, string>();
const keychain = {
  get: async (key: string) => secrets.get(key) ?? null,
  set: async (key: string, value: string) => void secrets.set(key, value),
  delete: async (key: string) => void secrets.delete(key),
};

for (const [kind, connect] of Object.entries(drivers)) {
  test(`${kind}: rows come back by prefix, in the order of their keys`, async () => {
    const driver = await connect(`order-${kind}`);
    await driver.commit([["a/2", { n: 2 }], ["b/1", "x"], ["a/10", [1]], ["a/1", null]], 0);
    assert.deepEqual(await driver.read("a/"), [["a/1", null], ["a/10", [1]], ["a/2", { n: 2 }]]);
    assert.deepEqual(await driver.get(["b/1", "a/none", "a/2"]), ["x", undefined, { n: 2 }]);
    await driver.commit([["a/2", undefined]], 1);
    assert.deepEqual((await driver.read("a/")).length, 2);
    await driver.close();
  });

  test(`${kind}: a commit on an old revision stores nothing`, async () => {
    const driver = await connect(`revision-${kind}`);
    assert.equal(await driver.commit([["a/1", 1]], 0), true);
    assert.equal(await driver.commit([["a/1", 2], ["a/2", 2]], 0), false);
    assert.deepEqual(await driver.read("a/"), [["a/1", 1]]);
    await driver.close();
  });

  test(`${kind}: what is stored is there after opening it again`, async () => {
    const server = new FakeServer();
    const start = async () =>
      open({ url: "http://server", storage: connect(`again-${kind}`), fetch: server.fetch });
    const first = await start();
    const id = await first.foods.put(FOOD);
    await first.foods.patch(id, { notes: "Café" });
    await first.close();
    const second = await start();
    assert.deepEqual(await second.foods.all(), [{ id, ...FOOD, notes: "Café" }]);
    assert.equal(second.deviceId, first.deviceId);
    assert.deepEqual(second.status().pending, { foods: 2 });
    await second.close();
  });

  test(`${kind}: large transactions, later edits and compaction lose nothing`, async () => {
    const start = async () =>
      open({ url: "http://server", storage: connect(`large-${kind}`), fetch: new FakeServer().fetch });
    let db = await start();
    const ids = await db.write((w) => Array.from({ length: 600 }, (_, n) => w.foods.put({ ...FOOD, name: `Food ${n}` })));
    await db.foods.patch(ids[0]!, { notes: "edited" });
    await db.foods.delete(ids[1]!);
    const expected = async (): Promise<void> => {
      const foods = await db.foods.all();
      assert.deepEqual([foods.length, foods[0]!.notes, foods[1]!.id], [599, "edited", ids[2]]);
    };
    await expected();
    for (let round = 0; round < 3; round++) {
      await db.close();
      db = await start(); // the second time with more replaced rows than live ones
      await expected();
      await db.write((w) => ids.slice(2).forEach((id, n) => w.foods.put({ ...FOOD, name: `Food ${round} ${n}` }, { id })));
      await expected();
    }
    await db.close();
    const driver = await connect(`large-${kind}`);
    const segments = await driver.read("segment:records:foods/");
    const stored = segments.flatMap(([, text]) => JSON.parse(text as string) as unknown[]);
    assert.ok(stored.length < 2000, `${stored.length} rows are stored for 600`);
    await driver.close();
  });

  test(`${kind}: two connections write without losing anything`, async () => {
    const start = async () =>
      open({ url: "http://server", storage: connect(`shared-${kind}`), fetch: new FakeServer().fetch });
    const [first, second] = [await start(), await start()];
    const names = Array.from({ length: 10 }, (_, n) => `Food ${n}`);
    await Promise.all(names.map((name, n) => (n % 2 ? first : second).foods.put({ ...FOOD, name })));
    await first.foods.put(FOOD);
    assert.equal((await first.foods.all()).length, 11);
    await first.close();
    await second.close();
  });
}

test("a database of a phone appends its commits to a log", async () => {
  for (const [kind, path] of [["expo-sqlite", "expo log"], ["op-sqlite", "op log"]] as const) {
    await (await drivers[kind]!("log")).close();
    const { journal_mode } = new DatabaseSync(join(folder, path)).prepare("PRAGMA journal_mode").get()!;
    assert.equal(journal_mode, "wal");
    assert.equal(new DatabaseSync(join(folder, path)).prepare("PRAGMA page_size").get()!["page_size"], 16384);
  }
});

test("a page of a pull does not wait for the disk, what the user wrote does", async () => {
  const statements: string[] = [];
  const database = new DatabaseSync(":memory:");
  const server = new FakeServer();
  const exec = (sql: string): void => (statements.push(sql), database.exec(sql));
  const storage = betterSqlite3({ prepare: (sql) => database.prepare(sql), exec, close: () => undefined });
  const db = await open({ url: "http://server", storage, fetch: server.fetch });
  await db.login("ada@example.com", "secret");
  const modes = (): string[] => statements.splice(0).flatMap((sql) => /synchronous = (\w+)/.exec(sql)?.[1] ?? []);
  modes();
  await db.foods.put(FOOD);
  assert.deepEqual(modes(), ["FULL"]);
  server.handlers["GET /sync/pull"] = () => ({ body: server.page([], { cursor: "c1" }) });
  await db.pull();
  assert.ok(modes().includes("NORMAL"));
});

test("SQLite stores a text as it is, and reads one that an earlier version stored as JSON", async () => {
  const path = join(folder, "texts");
  const driver = await nodeSqlite(path);
  await driver.commit([["segment:a", '[["k",1,{}]]'], ["b", { n: 1 }]], 0);
  const file = new DatabaseSync(path);
  const stored = file.prepare("SELECT value FROM trackforge WHERE key = 'segment:a'").get()!;
  assert.equal(stored["value"], `'[["k",1,{}]]`);
  file.prepare("INSERT INTO trackforge VALUES ('segment:0', ?)").run(JSON.stringify('[["k",0,{}]]'));
  assert.deepEqual(await driver.get(["segment:0", "segment:a", "b"]), ['[["k",0,{}]]', '[["k",1,{}]]', { n: 1 }]);
  await driver.close();
});

test("IndexedDB stores nothing of a commit with a value that it cannot store", async () => {
  const driver = await indexedDb("unstorable");
  await assert.rejects(driver.commit([["a", 1], ["b", () => 1]], 0));
  assert.deepEqual(await driver.get(["a"]), [undefined]);
  assert.equal(await driver.commit([["a", 2]], 0), true);
  await driver.close();
});

test("the file of node:sqlite is its owner's alone: it has the tokens", async () => {
  const path = join(folder, "private");
  await (await nodeSqlite(path)).close();
  assert.equal(statSync(path).mode & 0o077, 0);
});

test("tokens are in the keychain alone, one pair of them, and a database without its keychain has none", async () => {
  const [stored, server] = [new Map<string, unknown>(), new FakeServer()];
  const start = (secret = keychain) =>
    open({ url: "http://server", storage: withSecrets(memory(stored), secret, "phone"), fetch: server.fetch });
  const kept = (): string[] => [...secrets.keys()].filter((key) => key.startsWith("phone."));
  const db = await start();
  await db.login("ada@example.com", "secret");
  await db.login("ada@example.com", "secret");
  assert.equal(kept().length, 1);
  assert.doesNotMatch(JSON.stringify([...stored]), /refresh-/);
  assert.equal((await start()).status().signIn, "signed in");
  const elsewhere = await start({ ...keychain, get: async () => null });
  assert.equal(elsewhere.status().signIn, "signed out");
  server.handlers["POST /auth/logout"] = () => ({ body: {} });
  await db.logout();
  assert.deepEqual(kept(), []);
});

test("another tab of a browser sees a write by itself", async () => {
  const start = async () =>
    open({ url: "http://server", storage: indexedDb("tabs"), fetch: new FakeServer().fetch });
  const [first, second] = [await start(), await start()];
  const seen = new Promise<string[]>((resolve) =>
    second.foods.orderBy("name").watch((foods) => foods.length > 0 && resolve(foods.map((it) => it.name))),
  );
  await second.foods.all();
  await first.foods.put(FOOD);
  assert.deepEqual(await seen, ["Oats"]);
  await first.close();
  await second.close();
});
