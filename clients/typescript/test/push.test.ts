/** Push keys against a scripted server; tests/wakes/test_story.py has the real one. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { memory, open, type Database } from "../src/index.ts";
import { deletePushKey, pushConfig, setPushKey, subscribe } from "../src/push.ts";
import { FakeServer, NOW_MS } from "./fake_server.ts";

const CONFIG = "GET /sync/config";
const STATE = { kind: "webpush", created_at: "2026-11-30T12:00:00Z", sent_at: null, failures: 0, dropped_at: null, dropped_reason: null };
const SUBSCRIPTION = { endpoint: "https://push.example.com/1", expirationTime: null, keys: { p256dh: "p", auth: "a" } };

let server: FakeServer;
let db: Database;

beforeEach(async () => {
  server = new FakeServer();
  db = await open({ url: "http://server", storage: memory(new Map()), fetch: server.fetch, now: () => NOW_MS, sleep: async () => {} });
  await db.login("ada@example.com", "secret");
  server.handlers[`PUT /sync/devices/${db.deviceId}/push`] = () => ({ body: STATE });
  server.handlers[`DELETE /sync/devices/${db.deviceId}/push`] = () => ({});
});

function offer(push: object | undefined): void {
  server.handlers[CONFIG] = () => ({ body: { limits: {}, ...(push && { push }) } });
}

test("a key is set for this device and deleted", async () => {
  assert.deepEqual(await setPushKey(db, { kind: "fcm", token: "t-1" }), STATE);
  await deletePushKey(db);
  const [put] = server.of(`PUT /sync/devices/${db.deviceId}/push`);
  assert.deepEqual(JSON.parse(put!.body), { kind: "fcm", token: "t-1" });
  assert.equal(server.of(`DELETE /sync/devices/${db.deviceId}/push`).length, 1);
});

test("a web app subscribes with the server's key", async () => {
  offer({ kinds: ["webpush"], vapid_public_key: "BKey" });
  const asked: object[] = [];
  const pushManager = { subscribe: async (options: object) => (asked.push(options), { toJSON: () => SUBSCRIPTION }) };
  assert.deepEqual(await subscribe(db, { pushManager }), STATE);
  assert.deepEqual(asked, [{ userVisibleOnly: true, applicationServerKey: "BKey" }]);
  const [put] = server.of(`PUT /sync/devices/${db.deviceId}/push`);
  assert.deepEqual(JSON.parse(put!.body), { kind: "webpush", endpoint: SUBSCRIPTION.endpoint, keys: SUBSCRIPTION.keys });
});

test("a server without push services asks the browser for nothing", async () => {
  const pushManager = { subscribe: () => Promise.reject(new Error("asked")) };
  for (const push of [undefined, { kinds: ["fcm"], vapid_public_key: null }]) {
    offer(push);
    assert.equal(await subscribe(db, { pushManager }), null);
  }
  assert.deepEqual(await pushConfig(db), { kinds: ["fcm"], vapid_public_key: null });
});
