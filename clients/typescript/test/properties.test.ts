/** Properties of the merge, of completion and of the outbox, with generated input. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memory, open, Offline, type Database } from "../src/index.ts";
import { CONTRACTS } from "../src/contract/contracts.ts";
import { completeGroups } from "../src/core/completion.ts";
import type { Fields } from "../src/core/json.ts";
import { compareStamps, mergedData, mergeWrite, overlay, type MergedRecord, type StampedWrite } from "../src/core/merge.ts";
import { FakeServer, NOW_MS, type Answer, type Sent } from "./fake_server.ts";

const contract = CONTRACTS.foods;
const DEVICES = ["0192f0c4-6f0e-7c4e-9a53-00000000000a", "0192f0c4-6f0e-7c4e-9a53-00000000000b"];

const food = fc.record(
  {
    name: fc.constantFrom("Oats", "Haferflocken", "Café"),
    energy_kcal: fc.constantFrom(370, 372.5),
    protein_g: fc.constantFrom(13, 14),
    carbs_g: fc.constant(59),
    fat_g: fc.constant(7),
    fiber_g: fc.constantFrom(9, 10.5),
    brand: fc.constantFrom("Mill", "Farm"),
  },
  { requiredKeys: ["name", "energy_kcal", "protein_g", "carbs_g", "fat_g"] },
) as fc.Arbitrary<Fields & { name: string; energy_kcal: number; protein_g: number; carbs_g: number; fat_g: number }>;
const patch = fc.record(
  { brand: fc.constantFrom("Mill", null), fiber_g: fc.constantFrom(9, null), energy_kcal: fc.constantFrom(1, 2), notes: fc.constantFrom("dry", null) },
  { requiredKeys: [] },
) as fc.Arbitrary<Fields>;

const write: fc.Arbitrary<StampedWrite> = fc
  .tuple(fc.constantFrom("put", "patch", "delete"), food, patch, fc.integer({ min: 1, max: 4 }), fc.constantFrom(...DEVICES))
  .map(([op, whole, some, clock, device]) => {
    const data = op === "put" ? whole : op === "patch" ? completeGroups(contract, whole, some) : {};
    return { op, data, stamp: [clock, device] } as StampedWrite;
  });

function merged(writes: readonly StampedWrite[]): MergedRecord | undefined {
  return writes.reduce<MergedRecord | undefined>((record, it) => mergeWrite(contract, record, it), undefined);
}

test("writes in any order, and sent again, make the same record", () => {
  const shuffled = fc.array(write, { minLength: 1, maxLength: 8 }).chain((writes) =>
    fc.tuple(fc.constant(writes), fc.shuffledSubarray([...writes, ...writes], { minLength: writes.length * 2 })),
  );
  fc.assert(fc.property(shuffled, ([writes, order]) => assert.deepEqual(merged(order), merged(writes))), { numRuns: 500 });
});

test("a completed patch has whole groups, and the effect of the patch", () => {
  fc.assert(
    fc.property(food, patch, (stored, given) => {
      const completed = completeGroups(contract, stored, given);
      for (const group of contract.groups) {
        const named = group.filter((name) => name in completed);
        assert.ok(named.length === 0 || named.length === group.length, `${named.join()} of a group`);
      }
      const state = { data: stored, deleted: false };
      assert.deepEqual(overlay(contract, state, "patch", completed), overlay(contract, state, "patch", given));
      assert.deepEqual(completeGroups(contract, stored, completed), completed);
    }),
    { numRuns: 500 },
  );
});

/** A server with records: it merges, answers a key again, and notes a key with other bytes. */
class MergingServer extends FakeServer {
  readonly records = new Map<string, { merged: MergedRecord; version: number }>();
  readonly answers = new Map<string, { body: string; answer: object }>();
  next: "fine" | "lost answer" | "lost request" = "fine";

  constructor() {
    super();
    this.handlers["POST /sync/push"] = (sent) => this.receive(sent);
    this.handlers["GET /sync/pull"] = ({ path }) => this.send(path);
  }

  receive(sent: Sent): Answer {
    const fault = this.next;
    this.next = "fine";
    if (fault === "lost request") return "lost";
    const key = sent.headers.get("idempotency-key")!;
    const known = this.answers.get(key);
    if (known) assert.equal(sent.body, known.body, "other bytes under a key");
    const answer = known?.answer ?? this.push(sent, (change) => this.apply(sent, change as never));
    this.answers.set(key, { body: sent.body, answer });
    return fault === "lost answer" ? "lost" : { body: answer };
  }

  apply(sent: Sent, { id, op, data, clock }: { id: string; op: StampedWrite["op"]; data?: Fields; clock: number }): object {
    const device = (JSON.parse(sent.body) as { device_id: string }).device_id;
    const before = this.records.get(id);
    const after = mergeWrite(contract, before?.merged, { op, data: data ?? {}, stamp: [clock, device] });
    this.records.set(id, { merged: after, version: this.version });
    return {};
  }

  send(path: string): Answer {
    const since = Number(new URLSearchParams(path.split("?")[1]).get("cursor")?.slice(1) ?? 0);
    const changes = [...this.records].filter(([, it]) => it.version > since).map(([id, { merged, version }]) => {
      const stamps = [merged.deleted, ...Object.values(merged.registers)].map(({ stamp }) => stamp);
      const [clock, device_id] = stamps.sort(compareStamps).at(-1)!;
      return { collection: "foods", id, version, clock, device_id, deleted: merged.deleted.value, data: mergedData(merged) };
    });
    return { body: this.page(changes) };
  }
}

type Step =
  | { do: "put"; data: never } | { do: "patch"; at: number; data: Fields } | { do: "delete"; at: number }
  | { do: "push"; fault: MergingServer["next"] } | { do: "pull" } | { do: "open again" } | { do: "wait"; ms: number };
const at = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  food.map((data) => ({ do: "put", data }) as Step),
  fc.tuple(at, patch).map(([at, data]) => ({ do: "patch", at, data }) as Step),
  at.map((at) => ({ do: "delete", at }) as Step),
  fc.constantFrom("fine", "lost answer", "lost request").map((fault) => ({ do: "push", fault }) as Step),
  fc.constant({ do: "pull" } as Step),
  fc.constant({ do: "open again" } as Step),
  fc.integer({ min: -5000, max: 5000 }).map((ms) => ({ do: "wait", ms }) as Step),
);

test("whatever is lost, the server ends with what the device shows, each key with its bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const [server, rows] = [new MergingServer(), new Map<string, unknown>()];
      let nowMs = NOW_MS;
      const start = (): Promise<Database> =>
        open({ url: "http://server", storage: memory(rows), fetch: server.fetch, now: () => nowMs, sleep: async () => {} });
      let db = await start();
      await db.login("ada@example.com", "secret");
      const lost = (error: unknown): void => assert.ok(error instanceof Offline, String(error));
      for (const it of steps) {
        const ids = (await db.foods.all()).map(({ id }) => id);
        const id = "at" in it ? ids[it.at % Math.max(ids.length, 1)] : undefined;
        if (it.do === "put") await db.foods.put(it.data);
        else if (it.do === "patch" && id) await db.foods.patch(id, it.data);
        else if (it.do === "delete" && id) await db.foods.delete(id);
        else if (it.do === "wait") nowMs += it.ms;
        else if (it.do === "pull") await db.pull();
        else if (it.do === "open again") db = await start(); // as after a crash
        else if (it.do === "push") {
          server.next = it.fault;
          await db.push().then(() => undefined, lost);
        }
      }
      server.next = "fine";
      await db.sync();
      assert.deepEqual(db.status().pending, {});
      assert.deepEqual(db.rejected(), []);
      const live = [...server.records].filter(([, it]) => !it.merged.deleted.value);
      const stored = Object.fromEntries(live.map(([id, it]) => [id, { ...mergedData(it.merged), id }]));
      assert.deepEqual(Object.fromEntries((await db.foods.all()).map((it) => [it.id, it])), stored);
    }),
    { numRuns: 60 },
  );
});
