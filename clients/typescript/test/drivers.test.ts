/** Every storage driver keeps the same promises. */
import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memory, open, type Driver } from "../src/index.ts";
import { indexedDb } from "../src/storage/indexed_db.ts";
import { nodeSqlite } from "../src/storage/node_sqlite.ts";
import { FakeServer } from "./fake_server.ts";

const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7 };
const folder = mkdtempSync(join(tmpdir(), "trackforge-"));
after(() => rmSync(folder, { recursive: true }));

/** Opens the same database again under the same name. */
const drivers: { [kind: string]: (name: string) => Promise<Driver> | Driver } = {
  memory: (name) => memory((rows[name] ??= new Map<string, unknown>())),
  "node:sqlite": (name) => nodeSqlite(join(folder, name)),
  indexedDb: (name) => indexedDb(name),
};
const rows: { [name: string]: Map<string, unknown> } = {};

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

test("the file of node:sqlite is its owner's alone: it has the tokens", async () => {
  const path = join(folder, "private");
  await (await nodeSqlite(path)).close();
  assert.equal(statSync(path).mode & 0o077, 0);
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
