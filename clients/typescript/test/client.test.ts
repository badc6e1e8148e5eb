/** The client against a scripted server. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  InvalidRecord, InvalidQuery, Offline, SignedOut, Unavailable, UnknownRecord, UnsentWork,
  memory, open, statusText, type Database,
} from "../src/index.ts";
import { FakeServer, NOW, NOW_MS, USER, type Sent } from "./fake_server.ts";

const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7 };
const PUSH = "POST /sync/push";
const PULL = "GET /sync/pull";

let server: FakeServer;
let rows: Map<string, unknown>;
let now: number;

beforeEach(() => {
  server = new FakeServer();
  rows = new Map();
  now = NOW_MS;
});

/** A client; a second one on the same rows is the same app after a crash. */
async function device(storage = rows, options: object = {}): Promise<Database> {
  return open({
    url: "http://server", storage: memory(storage), fetch: server.fetch, now: () => now, sleep: async () => {},
    ...options,
  });
}

async function signedIn(): Promise<Database> {
  const db = await device();
  await db.login("ada@example.com", "secret");
  return db;
}

const changesOf = (sent: Sent) => JSON.parse(sent.body).changes as { [field: string]: any }[];

test("writes are visible before any network, and after a crash", async () => {
  const db = await device();
  const id = await db.foods.put(FOOD);
  assert.deepEqual(await db.foods.get(id), { id, ...FOOD });
  const restarted = await device();
  assert.deepEqual(await restarted.foods.all(), [{ id, ...FOOD }]);
  assert.deepEqual(restarted.status().pending, { foods: 1 });
  assert.equal(server.sent.length, 0);
});

test("an invalid write is refused by field and stores nothing", async () => {
  const db = await device();
  await assert.rejects(db.foods.put({ ...FOOD, fat_g: 101 }), (error: unknown) => {
    assert.ok(error instanceof InvalidRecord);
    assert.deepEqual(Object.keys(error.errors), ["fat_g"]);
    return true;
  });
  await assert.rejects(db.foods.patch("0192f0c4-6f0e-7c4e-9a53-000000000001", { name: "x" }), UnknownRecord);
  assert.deepEqual(await db.foods.all(), []);
  assert.deepEqual(db.status().pending, {});
});

test("a patch carries its whole groups", async () => {
  const db = await signedIn();
  const set = { session_id: USER, exercise_id: USER, position: 1, reps: 5, weight_kg: 100 };
  const id = await db.workout_sets.put(set);
  await db.workout_sets.patch(id, { reps: 6 });
  await db.push();
  const { data } = changesOf(server.of(PUSH)[0]!)[1]!;
  assert.deepEqual(data, { kind: "normal", reps: 6, weight_kg: 100, duration_s: null, distance_m: null });
});

test("the next page is requested while a page is stored", async () => {
  const order: string[] = [];
  const inner = memory(rows);
  const slow = {
    ...inner,
    commit: async (...given: Parameters<typeof inner.commit>) => {
      const isPage = given[0].some(([key]) => key.startsWith("records:foods/"));
      if (isPage) await new Promise((resolve) => setTimeout(resolve, 20));
      if (isPage) order.push("stored");
      return inner.commit(...given);
    },
  };
  const db = await open({ url: "http://server", storage: slow, fetch: server.fetch, now: () => now });
  await db.login("ada@example.com", "secret");
  server.handlers[PULL] = ({ path }) => {
    const page = Number(/cursor=c(\d)/.exec(path)?.[1] ?? 0);
    order.push(`page ${page}`);
    const id = `0192f0c4-6f0e-7c4e-9a53-00000000000${page}`;
    const record = { collection: "foods", id, version: page + 1, clock: NOW, device_id: null, deleted: false, data: FOOD };
    return { body: server.page([record], { cursor: `c${page + 1}`, has_more: page < 2 }) };
  };
  assert.equal(await db.pull(), 3);
  assert.deepEqual(order, ["page 0", "page 1", "stored", "page 2", "stored", "stored"]);
  assert.equal(await db.foods.query().count(), 3);
});

test("a write stores three rows of its own, and goes on with the number of an earlier version", async () => {
  rows.set("meta/sequence", 41);
  const db = await device();
  const before = new Map(rows);
  const id = await db.foods.put(FOOD);
  const changed = [...rows].filter(([key, value]) => before.get(key) !== value).map(([key]) => key);
  assert.deepEqual(changed.sort(), ["meta/clock", "outbox/000000000042", `records:foods/${id}`, "revision"]);
});

test("a first sync begins with a small page and goes on with as many records as the server allows", async () => {
  const limits = (): (string | null)[] => server.of(PULL).map(({ path }) => new URL(path, "http://server").searchParams.get("limit"));
  let page = 0;
  server.handlers[PULL] = () => ({ body: server.page([], { cursor: `c${++page}`, has_more: page < 3 }) });
  const db = await signedIn();
  await db.pull();
  assert.equal(limits()[0], "1000");
  assert.deepEqual(limits().slice(2), ["5000"]); // the limit is read beside the first page
  const own = await device(new Map(), { pullLimit: 7 });
  await own.login("ada@example.com", "secret");
  [page, server.sent.length] = [0, 0];
  await own.pull();
  assert.deepEqual(limits(), ["7", "7", "7"]);
});

test("a page that fails while the one before is stored is requested again by the next pull", async () => {
  const db = await signedIn();
  const record = (n: number) => ({ collection: "foods", id: `0192f0c4-6f0e-7c4e-9a53-00000000000${n}`, version: n, clock: NOW, device_id: null, deleted: false, data: FOOD });
  let losses = 1;
  server.handlers[PULL] = ({ path }) => {
    if (!path.includes("cursor=")) return { body: server.page([record(1)], { cursor: "c1", has_more: true }) };
    return losses-- > 0 ? "lost" : { body: server.page([record(2)], { cursor: "c2" }) };
  };
  await assert.rejects(db.pull(), Offline);
  assert.equal(await db.foods.query().count(), 1);
  assert.equal(await db.pull(), 1);
  assert.equal(await db.foods.query().count(), 2);
});

test("a lost answer is asked for again with the same bytes and the same key", async () => {
  const db = await signedIn();
  await db.foods.put(FOOD);
  let losses = 1;
  server.handlers[PUSH] = (sent) => (losses-- > 0 ? "lost" : { body: server.push(sent) });
  await assert.rejects(db.push(), Offline);
  const restarted = await device();
  now += 3_600_000;
  await restarted.push();
  const [first, second] = server.of(PUSH) as [Sent, Sent];
  assert.equal(first.body, second.body);
  assert.equal(first.headers.get("idempotency-key"), second.headers.get("idempotency-key"));
  assert.equal(Number(second.headers.get("sent-at")) - Number(first.headers.get("sent-at")), 3_600_000_000);
  assert.deepEqual(restarted.status().pending, {});
});

test("an edit made while a push is under way is sent with the next one", async () => {
  const db = await signedIn();
  const id = await db.foods.put(FOOD);
  server.handlers[PUSH] = async (sent) => {
    if (server.of(PUSH).length === 1) await db.foods.patch(id, { notes: "later" });
    return { body: server.push(sent) };
  };
  await db.push();
  assert.equal(server.of(PUSH).length, 2);
  assert.equal((await db.foods.get(id))?.notes, "later");
});

test("a rejected change is set aside, the record falls back, and it can be mended", async () => {
  const db = await signedIn();
  const id = await db.foods.put(FOOD);
  await db.push();
  await db.foods.patch(id, { notes: "bad" });
  const error = { code: "invalid_record", detail: "Not valid: notes.", errors: { notes: ["No."] } };
  server.handlers[PUSH] = (sent) => ({ body: server.push(sent, () => ({ status: "rejected", error })) });
  assert.deepEqual(await db.push(), { rejected: 1 });
  assert.equal((await db.foods.get(id))?.notes, undefined);
  const [rejected] = db.rejected();
  assert.deepEqual(rejected?.error, error);
  assert.equal(statusText(db.status()).includes("1 change was rejected: Not valid: notes."), true);
  await db.retry(rejected!, { notes: "good" });
  assert.equal((await db.foods.get(id))?.notes, "good");
  assert.deepEqual(db.rejected(), []);
});

test("the record of a result replaces the device's own state", async () => {
  const db = await signedIn();
  const id = await db.foods.put(FOOD);
  const record = {
    collection: "foods", id, version: 9, clock: NOW, device_id: USER, deleted: false,
    data: { ...FOOD, notes: "of the tablet" }, clocks: { notes: [NOW, USER] },
  };
  server.handlers[PUSH] = (sent) => ({ body: server.push(sent, () => ({ status: "applied", version: 9, record })) });
  await db.push();
  assert.equal((await db.foods.get(id))?.notes, "of the tablet");
});

test("a canonical id renames the record, its unsent edits and references", async () => {
  const db = await device();
  const log = { date: "2026-11-23", food_id: USER, grams: 80, planned: true, meal_id: USER };
  const id = await db.food_logs.put(log, { id: "0192f0c4-6f0e-7c4e-9a53-00000000000a" });
  await db.login("ada@example.com", "secret");
  const canonical = (await db.food_logs.all())[0]!.id;
  assert.notEqual(canonical, id); // renamed at the sign-in already
  const other = "0192f0c4-6f0e-7c4e-9a53-00000000000b";
  server.handlers[PUSH] = async (sent) => {
    if (server.of(PUSH).length === 1) await db.food_logs.patch(canonical, { notes: "later" });
    return { body: server.push(sent, () => ({ canonical_id: other })) };
  };
  await db.push();
  assert.deepEqual(server.of(PUSH).map((sent) => changesOf(sent)[0]!["id"]), [canonical, other]);
  assert.equal((await db.food_logs.get(id))?.id, other);
  assert.equal((await db.food_logs.all()).length, 1);
});

test("an old device pulls the named collections from the beginning and then pushes", async () => {
  const db = await signedIn();
  await db.foods.put(FOOD);
  const problem = { code: "resync_first", detail: "Away too long.", errors: { collections: { foods: ["…"] } } };
  server.handlers[PUSH] = (sent) =>
    server.of(PUSH).length === 1 ? { status: 409, body: problem } : { body: server.push(sent) };
  assert.deepEqual(await db.push(), { applied: 1 });
  assert.match(server.of(PULL)[0]!.path, /collections=foods$/);
  const [first, second] = server.of(PUSH) as [Sent, Sent];
  assert.equal(first.body, second.body);
});

test("an expired cursor pulls everything, keeps unsent writes and drops what is gone", async () => {
  const db = await signedIn();
  const record = (id: string) => ({
    collection: "foods", id, version: ++server.version, clock: NOW, device_id: USER, deleted: false, data: FOOD,
  });
  const [gone, stays] = ["0192f0c4-6f0e-7c4e-9a53-00000000000a", "0192f0c4-6f0e-7c4e-9a53-00000000000b"];
  server.handlers[PULL] = () => ({ body: server.page([record(gone), record(stays)]) });
  await db.pull();
  const mine = await db.foods.put({ ...FOOD, name: "Mine" });
  server.handlers[PULL] = ({ path }) =>
    path.includes("cursor=c2")
      ? { status: 410, body: { code: "cursor_expired", reason: "restored", restored_version: 1 } }
      : { body: server.page([{ ...record(stays), version: 1 }], { cursor: "new" }) };
  await db.pull();
  assert.deepEqual((await db.foods.all()).map(({ id }) => id).sort(), [stays, mine].sort());
  assert.deepEqual(db.status().pending, { foods: 1 });
});

test("two requests share one refresh, whose key is derived from the token", async () => {
  const db = await signedIn();
  let refused = 2;
  server.handlers[PULL] = () =>
    refused-- > 0 ? { status: 401, body: { code: "token_expired" } } : { body: server.page() };
  server.handlers[PUSH] = (sent) =>
    refused-- > 0 ? { status: 401, body: { code: "token_expired" } } : { body: server.push(sent) };
  await db.foods.put(FOOD);
  await Promise.all([db.push(), db.pull()]);
  const [refresh, ...more] = server.of("POST /auth/refresh");
  assert.deepEqual(more, []);
  assert.match(refresh!.headers.get("idempotency-key")!, /^[0-9a-f]{64}$/);
});

test("a refused refresh signs out and keeps the outbox", async () => {
  const db = await signedIn();
  await db.foods.put(FOOD);
  const expired = { status: 401, body: { code: "token_expired" } };
  server.handlers[PUSH] = () => expired;
  server.handlers["POST /auth/refresh"] = () => ({ status: 401, body: { code: "refresh_reused" } });
  await assert.rejects(db.push(), SignedOut);
  assert.equal(db.status().signIn, "expired");
  assert.deepEqual(db.status().pending, { foods: 1 });
});

test("another user gets an empty database, once everything is sent", async () => {
  const db = await signedIn();
  await db.foods.put(FOOD);
  const other = `x.${btoa(JSON.stringify({ sub: "0192f0c4-6f0e-7c4e-9a53-00000000000f" }))}.y`;
  server.handlers["POST /auth/login"] = () => ({ body: { access_token: other, refresh_token: "r" } });
  await assert.rejects(db.login("bob@example.com", "secret"), UnsentWork);
  await db.push();
  await db.login("bob@example.com", "secret");
  assert.deepEqual(await db.foods.all(), []);
});

test("a phone two hours slow learns the offset, and moves its unsent stamps", async () => {
  const db = await signedIn();
  now = NOW_MS - 7_200_000;
  await db.foods.put(FOOD);
  await db.pull();
  await db.foods.put(FOOD);
  await db.push();
  const clocks = changesOf(server.of(PUSH)[0]!).map((change) => change["clock"] as number);
  assert.ok(clocks.every((clock) => Math.abs(clock - NOW) < 60_000_000), String(clocks));
  assert.ok(clocks[0]! < clocks[1]!);
});

test("a phone whose clock starts in 1970 sends its writes with the server's time", async () => {
  const db = await signedIn();
  now = 5000;
  await db.foods.put(FOOD);
  server.handlers[PUSH] = (sent) =>
    changesOf(sent).some((change) => change["clock"] < 1_420_070_400_000_000)
      ? { status: 422, body: { code: "invalid_clock_unit", detail: "Not microseconds." } }
      : { body: server.push(sent) };
  assert.deepEqual(await db.push(), { applied: 1 });
  assert.deepEqual(db.rejected(), []);
  const [change] = changesOf(server.of(PUSH).at(-1)!);
  assert.ok(Math.abs((change!["clock"] as number) - NOW) < 60_000_000);
});

test("a wrong code of the second factor does not sign out", async () => {
  const db = await signedIn();
  server.handlers["DELETE /auth/totp"] = () => ({ status: 401, body: { code: "invalid_code", detail: "Wrong code." } });
  await assert.rejects(db.request("DELETE", "/auth/totp", { code: "000000" }), /invalid_code/);
  assert.equal(db.status().signIn, "signed in");
  assert.deepEqual(server.of("POST /auth/refresh"), []);
});

test("a push that is too large is halved down to the change at fault", async () => {
  const db = await signedIn();
  const names = ["a", "b", "c", "d"];
  for (const name of names) await db.foods.put({ ...FOOD, name });
  server.handlers[PUSH] = (sent) => {
    const isBad = changesOf(sent).some((change) => change["data"].name === "c");
    return isBad ? { status: 413, body: { code: "body_too_large", detail: "Too large." } } : { body: server.push(sent) };
  };
  assert.deepEqual(await db.push(), { applied: 3, rejected: 1 });
  assert.deepEqual(db.rejected().map(({ data }) => data["name"]), ["c"]);
});

test("a full account keeps its writes, and sends its deletions alone", async () => {
  const db = await signedIn();
  const id = await db.foods.put(FOOD);
  await db.push();
  await db.foods.put({ ...FOOD, name: "Rye" });
  await db.foods.delete(id);
  server.handlers[PUSH] = (sent) =>
    changesOf(sent).some((change) => change["op"] === "put")
      ? { status: 413, body: { code: "quota_exceeded", detail: "The account is full." } }
      : { body: server.push(sent) };
  await assert.rejects(db.push(), /The account is full/);
  assert.deepEqual(server.of(PUSH).at(-2)!.body.match(/"op":"\w+"/g), ['"op":"delete"']);
  assert.deepEqual(db.status().pending, { foods: 1 });
  assert.deepEqual(db.rejected(), []);
  assert.deepEqual((await db.foods.all()).map((it) => it.name), ["Rye"]);
});

test("a transaction stores all of its writes or none", async () => {
  const db = await device();
  const work = db.write((write) => {
    write.foods.put(FOOD);
    write.foods.put({ ...FOOD, fat_g: -1 });
  });
  await assert.rejects(work, InvalidRecord);
  assert.deepEqual(await db.foods.all(), []);
});

test("a watched query emits at once, and again only when its records change", async () => {
  const db = await device();
  const emitted: string[][] = [];
  const stop = db.foods.where({ brand: "Mill" }).orderBy("-name").watch((foods) => emitted.push(foods.map((it) => it.name)));
  await db.foods.all();
  const id = await db.foods.put({ ...FOOD, brand: "Mill" });
  await db.foods.put({ ...FOOD, name: "Rye", brand: "Mill" });
  await db.foods.put({ ...FOOD, name: "Other" });
  await db.foods.patch(id, { brand: null });
  stop();
  await db.foods.put({ ...FOOD, name: "Late", brand: "Mill" });
  assert.deepEqual(emitted, [[], ["Oats"], ["Rye", "Oats"], ["Rye"]]);
});

test("queries compare, sort and limit", async () => {
  const db = await device();
  for (const [name, energy_kcal] of [["b", 2], ["a", 1], ["c", 3]] as const) await db.foods.put({ ...FOOD, name, energy_kcal });
  const names = async (query: { all(): Promise<{ name: string }[]> }) => (await query.all()).map((it) => it.name);
  assert.deepEqual(await names(db.foods.where("energy_kcal", ">=", 2).orderBy("name")), ["b", "c"]);
  assert.deepEqual(await names(db.foods.where("name", "in", ["a", "c"]).orderBy("-energy_kcal")), ["c", "a"]);
  assert.deepEqual(await names(db.foods.orderBy("name").limit(1)), ["a"]);
  assert.equal((await db.foods.orderBy("name").first())?.name, "a");
  assert.throws(() => db.foods.where("nothing" as "name", "=", 1), InvalidQuery);
});

test("two tabs write to one database without losing a write", async () => {
  const shared = new Map<string, unknown>();
  const [first, second] = [await device(shared), await device(shared)];
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 ? first : second).foods.put({ ...FOOD, name: `Food ${n}` })),
  );
  const third = await device(shared);
  assert.equal((await third.foods.all()).length, 20);
  assert.deepEqual(third.status().pending, { foods: 20 });
});

test("the background sync backs off, then sends what waits", async () => {
  const db = await signedIn();
  let failures = 1;
  server.handlers[PUSH] = (sent) =>
    failures-- > 0 ? { status: 503, body: { code: "overloaded" }, headers: { "Retry-After": "0" } } : { body: server.push(sent) };
  server.handlers["GET /sync/stream"] = () => ({ status: 503, body: { code: "overloaded" } });
  db.start();
  await db.foods.put(FOOD);
  while (db.status().pushedAt === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await db.close();
  assert.equal(server.of(PUSH).length, 2);
});

test("the history is read page by page, and a restored record is pulled", async () => {
  const db = await signedIn();
  const id = await db.foods.put(FOOD);
  await db.push();
  const entry = (version: number) => ({
    version, replaced_at: "2026-11-23T18:04:05Z", device: null, why: "overwritten", clock: NOW, device_id: USER, data: FOOD,
  });
  const pages = [{ items: [entry(9), entry(8)], next_page_token: "more" }, { items: [entry(7)], next_page_token: null }];
  server.handlers[`GET /foods/${id}/history`] = () => ({ body: pages.shift() });
  const found = await db.history("foods", id);
  assert.deepEqual(found.map((it) => [it.version, it.data.name]), [[9, "Oats"], [8, "Oats"], [7, "Oats"]]);
  const queries = server.of(`GET /foods/${id}/history`).map((sent) => sent.path.split("?")[1]);
  assert.deepEqual(queries, ["limit=100", "limit=98&page_token=more"]);

  const restored = { id, version: 10, clock: NOW, device_id: USER, ...FOOD, name: "Rye" };
  server.handlers[`POST /foods/${id}/restore`] = () => ({ body: restored });
  const pulls = server.of(PULL).length;
  assert.equal((await db.restore("foods", id, 7)).name, "Rye");
  assert.deepEqual(JSON.parse(server.of(`POST /foods/${id}/restore`)[0]!.body), { version: 7 });
  assert.ok(server.of(PULL).length > pulls);

  server.handlers[PULL] = () => "lost";
  assert.equal((await db.restore("foods", id, 8)).name, "Rye"); // it is restored, whatever becomes of the pull
});

test("the trash is of one collection or of all", async () => {
  const db = await signedIn();
  server.handlers["GET /trash"] = () => ({ body: { items: [], next_page_token: null } });
  assert.deepEqual(await db.trash(), []);
  assert.deepEqual(await db.trash("workout_sets", { limit: 1000 }), []);
  const paths = server.of("GET /trash").map((sent) => sent.path);
  assert.deepEqual(paths, ["/trash?limit=100", "/trash?collection=workout_sets&limit=500"]);
});

test("a history that is no history is not believed", async () => {
  const db = await signedIn();
  server.handlers["GET /trash"] = () => ({ body: { captive: "portal" } });
  await assert.rejects(db.trash(), Unavailable);
});
