/** Readings of photographs against a scripted server; tests/typescript/test_ocr.py has the real one. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { RequestRejected, memory, open, type Database } from "../src/index.ts";
import { NotRead, foodFields, readLabel, readMenu, setFields, type FoodDraft, type SetDraft } from "../src/ocr.ts";
import { FakeServer, NOW_MS, type Answer } from "./fake_server.ts";

const READ = { id: "r-1", provider: "mock", image: { width: 1, height: 1 }, items: [{ name: "Soup" }], unread: [] };
const JOB = { id: "j-1", state: "queued", progress: { ahead: 1, attempts: 0 }, failure: null, result: null };
const PHOTO = new Blob(["photo"], { type: "image/jpeg" });
const QUICK = { pollMs: 0 };

let server: FakeServer;
let db: Database;

/** Makes the server answer the questions for a job one after another. */
function answers(...all: Answer[]): void {
  server.handlers["POST /ocr/menu"] = () => ({ status: 202, body: JOB });
  server.handlers["GET /ocr/jobs/j-1"] = () => all.shift()!;
  server.handlers["DELETE /ocr/jobs/j-1"] = () => ({ status: 204 });
}

beforeEach(async () => {
  server = new FakeServer();
  db = await open({ url: "http://server", storage: memory(new Map()), fetch: server.fetch, now: () => NOW_MS, sleep: async () => {} });
  await db.login("ada@example.com", "secret");
});

test("a reading waits for its job, across a lost connection, and reports its progress", async () => {
  answers({ body: { ...JOB, state: "reading", progress: { ahead: 0, attempts: 1 } } }, "lost", { body: { ...JOB, state: "done", result: READ } });
  const seen: number[] = [];
  const read = await readMenu(db, PHOTO, { ...QUICK, onProgress: ({ ahead }) => seen.push(ahead) });
  assert.deepEqual([read.items[0]!.name, seen], ["Soup", [1, 0, 0]]);
  assert.equal(server.of("POST /ocr/menu")[0]!.headers.get("Prefer"), "respond-async");
});

test("a photograph that was read before is answered at once", async () => {
  server.handlers["POST /ocr/label"] = () => ({ body: { ...READ, barcodes: [] } });
  assert.deepEqual((await readLabel(db, PHOTO)).barcodes, []);
});

test("failures say what to do", async () => {
  for (const [failure, words] of [["not_a_menu", /receipt: photograph the menu/], ["reader_died", /more light/], ["image_gone", /send it again/], ["new_code", /more light/]] as const) {
    answers({ body: { ...JOB, state: "failed", failure } });
    await assert.rejects(readMenu(db, PHOTO, QUICK), (error) => error instanceof NotRead && error.failure === failure && words.test(error.message));
  }
  answers();
  server.handlers["POST /ocr/menu"] = () => ({ status: 415, body: { code: "unsupported_media_type", detail: "Send a JPEG." } });
  await assert.rejects(readMenu(db, PHOTO, QUICK), (error) => error instanceof RequestRejected && error.detail === "Send a JPEG.");
  answers({ status: 404, body: { code: "not_found", detail: "There is no such job." } });
  await assert.rejects(readMenu(db, PHOTO, QUICK), RequestRejected);
});

test("a reading that is aborted or takes too long is cancelled on the server", async () => {
  const abort = new AbortController();
  answers({ body: JOB }, { body: JOB });
  const onProgress = (): void => abort.abort(new Error("left the screen"));
  await assert.rejects(readMenu(db, PHOTO, { ...QUICK, signal: abort.signal, onProgress }), /left the screen/);
  await assert.rejects(readMenu(db, PHOTO, { ...QUICK, timeoutMs: -1 }), (error) => error instanceof NotRead && error.failure === "too_slow");
  assert.equal(server.of("DELETE /ocr/jobs/j-1").length, 2);
  await assert.rejects(readMenu(db, PHOTO, { signal: abort.signal }), /left the screen/);
  assert.equal(server.of("POST /ocr/menu").length, 2);
});

test("confirmed drafts become records that the contract allows", async () => {
  const seen = { confidence: 1, box: [0, 0, 1, 1] as const, fields: {} };
  const none = { energy_kcal: 389, protein_g: 17, carbs_g: null, fat_g: 7, fiber_g: 10.6, sugar_g: null, saturated_fat_g: null, sodium_mg: 2 };
  const food: FoodDraft = { ...seen, ...none, name: null, barcode: "4006381333931", nutrients: {}, servings: [{ name: "bowl", grams: 40 }], basis: "100 g" };
  const id = await db.foods.put({ ...foodFields(food), name: "Oats" });
  const { id: _, ...stored } = (await db.foods.get(id))!;
  const expected = { name: "Oats", energy_kcal: 389, protein_g: 17, carbs_g: 0, fat_g: 7, fiber_g: 10.6, sodium_mg: 2, barcode: "4006381333931", servings: [{ name: "bowl", grams: 40 }] };
  for (const [name, value] of Object.entries(expected)) assert.deepEqual(stored[name as keyof typeof stored], value);
  const set: SetDraft = { kind: "normal", reps: null, reps_min: 8, reps_max: 10, weight_kg: -20, bodyweight: false, duration_s: null, distance_m: null, rpe: 8, rir: null, rest_s: 90 };
  assert.deepEqual(setFields(set), { kind: "normal", reps: 10, weight_kg: -20, rpe: 8, rest_s: 90 });
  await db.workout_sets.put({ session_id: id, exercise_id: id, position: 1, ...setFields(set) });
});
