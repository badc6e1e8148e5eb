/** Reports of a device, the list of devices, explanations, wakes: against a scripted server. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Offline, SignedOut, UpgradeRequired, memory, open, type Database } from "../src/index.ts";
import { FakeServer, NOW, NOW_MS, type Sent } from "./fake_server.ts";

const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7 };
const PUSH = "POST /sync/push";
const PULL = "GET /sync/pull";
const SYNC = "POST /sync";

let server: FakeServer;
let rows: Map<string, unknown>;
let now: number;

beforeEach(() => {
  server = new FakeServer();
  server.handlers[SYNC] = combined;
  rows = new Map();
  now = NOW_MS;
});

/** The answer of a combined request; `pulled` replaces its page. */
const combined = (sent: Sent, pulled: object | null = server.page()): object => {
  const { push } = JSON.parse(sent.body) as { push: object };
  return { body: { push: server.push({ ...sent, body: JSON.stringify(push) }), pull: pulled } };
};

async function signedIn(options: object = {}): Promise<Database> {
  const db = await open({
    url: "http://server", storage: memory(rows), fetch: server.fetch, now: () => now, sleep: async () => {}, ...options,
  });
  if (!rows.size || !server.tokens) await db.login("ada@example.com", "secret");
  return db;
}

const reportOf = (sent: Sent) => JSON.parse(sent.headers.get("Device-Report")!) as { [name: string]: unknown };

test("a push and a pull carry the device's state, in ASCII and without contents", async () => {
  const db = await signedIn({ appVersion: "1.4.2", deviceName: "Zoë’s phone" });
  await db.foods.put(FOOD);
  now += 90_500;
  await db.sync();
  const [push, pull] = [server.of(PUSH)[0]!, server.of(PULL)[0]!];
  assert.match(push.headers.get("Device-Report")!, /^[\x20-\x7e]+$/);
  assert.doesNotMatch(push.headers.get("Device-Report")!, /Oats/);
  assert.deepEqual(reportOf(push), {
    device_id: db.deviceId, schema_version: 1, name: "Zoë’s phone", app_version: "1.4.2",
    waiting: 1, oldest_age_s: 90, clock_offset_us: 0,
  });
  const { waiting, oldest_age_s } = reportOf(pull);
  assert.deepEqual([waiting, oldest_age_s], [0, undefined]);
});

test("the code of the last failure is reported with its age, also after a restart", async () => {
  const db = await signedIn();
  server.handlers[PULL] = () => "lost";
  await assert.rejects(db.pull(), Offline);
  server.handlers[PULL] = () => ({ status: 503, body: { code: "overloaded" } });
  await assert.rejects(db.pull());
  assert.equal(reportOf(server.of(PULL)[1]!)["last_error"], "offline");
  now += 5_000;
  const restarted = await signedIn();
  server.handlers[PULL] = () => ({ body: server.page() });
  await restarted.pull();
  const { last_error, last_error_age_s } = reportOf(server.of(PULL)[2]!);
  assert.deepEqual([last_error, last_error_age_s], ["unavailable", 5]);
});

test("a sign-in ends the report of having been signed out", async () => {
  const db = await open({ url: "http://server", storage: memory(rows), fetch: server.fetch, now: () => now, sleep: async () => {} });
  await assert.rejects(db.pull(), SignedOut); // as the background sync of a new app does
  await db.login("ada@example.com", "secret");
  await db.pull();
  assert.equal(reportOf(server.of(PULL)[0]!)["last_error"], undefined);
});

test("devices are listed and forgotten, and an explanation is asked for", async () => {
  const db = await signedIn();
  const [device, cause] = [{ device_id: db.deviceId }, { cause: "never_sent" }];
  server.handlers["GET /sync/devices"] = () => ({ body: { devices: [device] } });
  server.handlers[`DELETE /sync/devices/${db.deviceId}`] = () => ({});
  server.handlers["GET /sync/explain"] = () => ({ body: { device, record: null, causes: [cause] } });
  assert.deepEqual(await db.devices(), [device]);
  await db.forgetDevice(db.deviceId);
  assert.equal(server.of(`DELETE /sync/devices/${db.deviceId}`).length, 1);
  const { causes } = await db.explain({ device: db.deviceId, record: "foods/x" });
  assert.equal(causes[0]!.cause, "never_sent");
  assert.equal(server.of("GET /sync/explain")[0]!.path, `/sync/explain?device=${db.deviceId}&record=foods%2Fx`);
  server.handlers["GET /sync/explain"] = () => ({ body: {} });
  await assert.rejects(db.explain({ device: "x" }), /not understood/);
});

test("a wake sends and receives in one request", async () => {
  const db = await signedIn();
  await db.pull();
  const id = await db.foods.put(FOOD);
  const other = { collection: "foods", id: "0192f0c4-6f0e-7c4e-9a53-000000000009", version: 9, clock: NOW, device_id: null, deleted: false, data: FOOD };
  server.handlers[SYNC] = (sent) => combined(sent, server.page([other]));
  const result = await db.wake({ budgetMs: 10_000, budgetBytes: 20_000 });
  assert.deepEqual(result, { sent: { applied: 1 }, received: 1, finished: true });
  assert.equal((await db.foods.all()).length, 2);
  const [sent] = server.of(SYNC);
  const body = JSON.parse(sent!.body) as { pull: { [name: string]: unknown }; push: { changes: { id: string }[] }; [name: string]: unknown };
  assert.deepEqual([body["budget_ms"], body["budget_bytes"], body.push.changes[0]!.id], [9_000, 20_000, id]);
  assert.equal(body.pull["device_id"], db.deviceId);
  assert.equal(reportOf(sent!)["waiting"], 1);
  assert.deepEqual([server.of(PUSH).length, server.of(PULL).length], [0, 1]);
});

test("a wake without own changes pulls, and ends when the time is over", async () => {
  const db = await signedIn();
  server.handlers[PULL] = () => {
    now += 4_000;
    return { body: server.page([], { has_more: true, cursor: `c${now}` }) };
  };
  assert.equal((await db.wake({ budgetMs: 10_000 })).finished, false);
  assert.equal(server.of(PULL).length, 3);
  assert.deepEqual(await db.wake({ budgetMs: 500 }), { sent: {}, received: 0, finished: false });
});

test("an expired cursor in a wake costs no change: the push is repeated under its key", async () => {
  const db = await signedIn();
  await db.pull();
  await db.foods.put(FOOD);
  for (const [status, code] of [[410, "cursor_expired"], [400, "invalid_cursor"]] as const) {
    server.handlers[SYNC] = (sent) => {
      server.handlers[SYNC] = combined;
      return { status, body: { code, title: sent.path } };
    };
    const { sent, finished } = await db.wake();
    assert.deepEqual([sent, finished], [{ applied: 1 }, true]);
    const keys = server.of(SYNC).slice(-2).map((it) => it.headers.get("Idempotency-Key"));
    assert.equal(keys[0], keys[1]);
    assert.deepEqual(db.rejected(), []);
    await db.foods.put(FOOD);
  }
});

test("an app that is too old to pull still sends in a wake", async () => {
  const db = await signedIn();
  await db.foods.put(FOOD);
  server.handlers[SYNC] = () => ({ status: 426, body: { code: "upgrade_required" } });
  await assert.rejects(db.wake(), UpgradeRequired);
  assert.deepEqual(db.status().pending, {});
  assert.equal(db.status().upgradeRequired, true);
});
