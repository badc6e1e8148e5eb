/** A server that was restored from a backup gets back what this device has of later versions. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Offline, memory, open, type Database } from "../src/index.ts";
import { FakeServer, NOW, NOW_MS, type Handler, type Sent } from "./fake_server.ts";

const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7 };
const PUSH = "POST /sync/push";
const PULL = "GET /sync/pull";
const [A, B, C] = ["a", "b", "c"].map((letter) => `0192f0c4-6f0e-7c4e-9a53-00000000000${letter}`) as [string, string, string];
const TABLET = "0192f0c4-6f0e-7c4e-9a53-0000000000ff";

type Change = { [member: string]: any };

let server: FakeServer;
let db: Database;

beforeEach(async () => {
  server = new FakeServer();
  db = await device();
  await db.login("ada@example.com", "secret");
});

function device(storage = new Map<string, unknown>(), options: object = {}): Promise<Database> {
  return open({ url: "http://server", storage: memory(storage), fetch: server.fetch, now: () => NOW_MS, sleep: async () => {}, ...options });
}

const changesOf = (sent: Sent): Change[] => JSON.parse(sent.body).changes;
const offered = (): Change[] => server.of(PUSH).flatMap(changesOf).filter((change) => change["op"] === "offer");

function food(id: string, version: number, more: object = {}): object {
  return { collection: "foods", id, version, clock: NOW - 10, device_id: TABLET, deleted: false, data: FOOD, ...more };
}

/** Pulls these records, then lets the server be restored from a backup of a version. */
async function restored(known: object[], version: number, after: object[]): Promise<void> {
  server.handlers[PULL] = () => ({ body: server.page(known, { cursor: "old" }) });
  await db.pull();
  server.handlers[PULL] = ({ path }) =>
    path.includes("cursor=old")
      ? { status: 410, body: { code: "cursor_expired", reason: "restored", restored_version: version } }
      : { body: server.page(path.includes("cursor=") ? [] : after, { cursor: "new" }) };
}

test("records newer than the backup are offered as the server gave them", async () => {
  const clocks = { name: [5, TABLET], deleted: [NOW - 10, TABLET] };
  const merged = food(B, 4, { clocks });
  await restored([food(A, 3), merged, food(C, 5, { deleted: true })], 3, [food(A, 1)]);
  await db.pull();
  assert.deepEqual(offered().map(({ id, version, deleted }) => [id, version, deleted]), [[B, 4, false], [C, 5, true]]);
  assert.deepEqual(offered()[0], { ...merged, op: "offer" });
  assert.deepEqual((await db.foods.all()).map(({ id }) => id), [A]);
});

test("a page that was requested before offers were sent is requested again", async () => {
  await restored([food(A, 3), food(B, 4)], 2, [food(A, 1)]);
  const order: string[] = [];
  const first = { collection: "foods", clock: NOW, device_id: TABLET, deleted: false, data: FOOD };
  const push: Handler = (sent) => (order.push("offers"), { body: server.push(sent) });
  server.handlers[PUSH] = push;
  server.handlers[PULL] = ({ path }) => {
    order.push(path.includes("cursor=") ? path.replace(/.*cursor=(\w+).*/, "$1") : "first");
    if (path.includes("cursor=old")) return { status: 410, body: { code: "cursor_expired", reason: "restored", restored_version: 2 } };
    if (/cursor=(second|new)/.test(path)) return { body: server.page([], { cursor: "new" }) };
    return { body: server.page([{ ...first, id: C, version: 1 }], { cursor: "second", has_more: true }) };
  };
  await db.pull();
  assert.deepEqual(order.slice(0, 4), ["old", "offers", "first", "second"]);
});

test("nothing is dropped before the offers are answered", async () => {
  await restored([food(A, 3), food(B, 4)], 2, [food(A, 1), food(B, 2)]);
  server.handlers[PUSH] = () => "lost";
  await assert.rejects(db.pull(), Offline);
  assert.equal((await db.foods.all()).length, 2);
  server.handlers[PUSH] = (sent) => ({ body: server.push(sent) });
  await db.pull();
  const [first, second] = server.of(PUSH) as [Sent, Sent];
  assert.equal(first.body, second.body);
  assert.equal(first.headers.get("idempotency-key"), second.headers.get("idempotency-key"));
  await db.pull();
  assert.equal(server.of(PUSH).length, 2);
});

test("an accepted change that was not pulled back is offered with the stamps of its registers", async () => {
  await restored([food(A, 3)], 3, [food(A, 1)]);
  await db.foods.patch(A, { notes: "with milk" });
  server.version = 99;
  await db.push();
  await db.pull();
  const [offer] = offered() as [Change];
  assert.deepEqual([offer["version"], offer["clock"], offer["data"].notes], [100, NOW, "with milk"]);
  assert.deepEqual(offer["clocks"].name, [NOW - 10, TABLET]);
  assert.deepEqual(offer["clocks"].notes, [NOW, db.deviceId]);
});

test("a state that a push to the restored server replaced is offered too", async () => {
  await restored([food(A, 5)], 4, [food(A, 7)]);
  await db.foods.patch(A, { notes: "mine" });
  const older = food(A, 6, { data: { ...FOOD, name: "In the backup" } });
  server.handlers[PUSH] = (sent) => ({ body: server.push(sent, ({ op }) => (op === "patch" ? { version: 6, record: older } : {})) });
  await db.push();
  await db.pull();
  assert.deepEqual(offered().map((change) => change["data"].name).sort(), ["In the backup", "Oats"]);
});

for (const hasPage of [false, true]) {
  test(`a state replaced while the first pull is interrupted is offered, ${hasPage ? "after a page" : "before a page"}`, async () => {
    await db.foods.put({ ...FOOD, notes: "with milk" }, { id: A });
    await db.push();
    let pulls = hasPage ? 0 : 1;
    server.handlers[PULL] = () =>
      pulls++ ? "lost" : { body: server.page([food(B, 3)], { cursor: "one", has_more: true }) };
    await assert.rejects(db.pull(), Offline);
    await db.foods.patch(A, { name: "Porridge" });
    const older = food(A, 9, { data: { ...FOOD, name: "Porridge" } });
    server.handlers[PUSH] = (sent) => ({ body: server.push(sent, ({ op }) => (op === "patch" ? { version: 9, record: older } : {})) });
    await db.push();
    server.handlers[PULL] = ({ path }) => ({ body: server.page(path.includes("cursor=two") ? [] : [older], { cursor: "two" }) });
    await db.pull();
    assert.deepEqual(offered().map((change) => change["data"].notes), ["with milk"]);
  });
}

test("a patch of a lost record waits for its offer", async () => {
  await restored([food(A, 5)], 4, [food(A, 6)]);
  await db.foods.patch(A, { notes: "with milk" });
  const error = { code: "unknown_record", detail: "There is no such record." };
  server.handlers[PUSH] = (sent) => ({
    body: server.push(sent, () => (server.of(PUSH).length === 1 ? { status: "rejected", error } : {})),
  });
  assert.deepEqual(await db.push(), { applied: 1 });
  assert.deepEqual(db.rejected(), []);
  assert.deepEqual(server.of(PUSH).flatMap(changesOf).map(({ op }) => op), ["patch", "offer", "patch"]);
});

test("offers go in batches, and one that is refused blocks no other", async () => {
  db = await device(new Map(), { pushChanges: 2 });
  await db.login("ada@example.com", "secret");
  await restored([food(A, 5), food(B, 6), food(C, 7)], 4, [food(A, 1)]);
  const tooLarge = { code: "record_too_large", detail: "Too large.", errors: { changes: { 1: ["Too large."] } } };
  server.handlers[PUSH] = (sent) =>
    changesOf(sent).some(({ id }) => id === B) ? { status: 413, body: tooLarge } : { body: server.push(sent) };
  await db.pull();
  assert.deepEqual(server.of(PUSH).map((sent) => changesOf(sent).map(({ id }) => id)), [[A, B], [A, C]]);
});
