/** Stories that every adapter must pass: a library on one device, the plain client on another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, open, type Database } from "../../src/index.ts";
import type { Fetch } from "../../src/sync/transport.ts";

/** A library with a table of foods on a device. */
export interface Library {
  add(id: string, food: object): Promise<unknown>;
  edit(id: string, fields: object): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  read(id: string): Promise<{ readonly [field: string]: unknown } | undefined>;
  /** Lets the library hand over and take what it has to; nothing where it does so by itself. */
  settle?(): Promise<unknown>;
  close(): Promise<unknown>;
}

export type Connect = (db: Database) => Promise<Library>;

export const FOOD = { name: "Oats", energy_kcal: 370, protein_g: 13, carbs_g: 59, fat_g: 7, fiber_g: 10 };
const SERVINGS = [{ name: "1 cup", grams: 90 }];
const url = process.env["TRACKFORGE_URL"]!;
const PASSWORD = "correct horse battery staple";

/** The network of one device: off, or with a server that expires cursors or gets other bytes. */
class Network {
  isOff = false;
  expireNext = false;
  replace: [from: string, to: string] | undefined;

  readonly fetch: Fetch = async (address, init) => {
    if (this.isOff) throw new TypeError("no network");
    if (this.expireNext && address.includes("/sync/pull") && address.includes("cursor=")) {
      this.expireNext = false;
      return Response.json({ code: "cursor_expired", detail: "The cursor has expired." }, { status: 410 });
    }
    if (this.replace && typeof init.body === "string") init.body = init.body.replaceAll(...this.replace);
    return fetch(address, init);
  };
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function stories(kind: string, connect: Connect): void {
  test(kind, async (t) => {
    const network = new Network();
    const phone = await open({ url, storage: memory(), fetch: network.fetch });
    const other = await open({ url, storage: memory() });
    const email = `${kind.toLowerCase().replace(/\W/g, "")}.${phone.deviceId}@example.com`;
    await phone.register(email, PASSWORD);
    await other.login(email, PASSWORD);
    const library = await connect(phone);

    /** Everything of the library is on the server, and everything of the server in the library. */
    const sync = async (): Promise<void> => {
      await library.settle?.();
      await phone.sync().catch(() => undefined);
      await library.settle?.();
    };
    const shown = (id: string, field: string, value: unknown): Promise<void> =>
      until(`${field} of ${id} is ${String(value)}`, async () => ((await library.read(id))?.[field] ?? undefined) === value);
    const handedOver = (): Promise<void> =>
      library.settle?.().then(() => undefined) ??
      until("the write is queued", () => (phone.status().pending["foods"] ?? 0) > 0);
    const added = async (name: string): Promise<string> => {
      const id = phone.newId("foods");
      await library.add(id, { ...FOOD, name });
      await handedOver();
      await sync();
      await other.sync();
      return id;
    };

    await t.test("what is written offline reaches another device", async () => {
      network.isOff = true;
      const id = phone.newId("foods");
      await library.add(id, { ...FOOD, servings: SERVINGS });
      await handedOver();
      await sync();
      await shown(id, "name", "Oats");
      network.isOff = false;
      await sync();
      await other.sync();
      assert.deepEqual(await other.foods.all(), [{ id, ...FOOD, servings: SERVINGS }]);
    });

    await t.test("an edit of one field of a group leaves the others, and merges with another device's", async () => {
      const id = await added("Rice");
      await other.foods.patch(id, { notes: "dry" });
      await other.sync();
      await library.edit(id, { energy_kcal: 371 });
      await handedOver();
      await sync();
      await other.sync();
      const merged = { id, ...FOOD, name: "Rice", energy_kcal: 371, notes: "dry" };
      assert.deepEqual(await other.foods.get(id), merged);
      await shown(id, "notes", "dry");
      await shown(id, "energy_kcal", 371);
      await shown(id, "fiber_g", 10);
    });

    await t.test("changes of another device appear: new, edited and deleted records", async () => {
      const id = await other.foods.put({ ...FOOD, name: "Bread", servings: SERVINGS });
      await other.sync();
      await sync();
      await shown(id, "name", "Bread");
      await other.foods.patch(id, { name: "Toast", fiber_g: null });
      await other.sync();
      await sync();
      await shown(id, "name", "Toast");
      await shown(id, "fiber_g", undefined);
      await other.foods.delete(id);
      await other.sync();
      await sync();
      await shown(id, "name", undefined);
      assert.deepEqual(phone.status().pending, {}, "what was received is not sent back");
    });

    await t.test("a deletion reaches the other device", async () => {
      const id = await added("Milk");
      await library.remove(id);
      await handedOver();
      await sync();
      await other.sync();
      assert.equal(await other.foods.get(id), undefined);
      assert.equal(await library.read(id), undefined);
    });

    await t.test("what the server rejects falls back, with its reason", async () => {
      const id = await added("Salt");
      network.replace = ["Refused", ""];
      await library.edit(id, { name: "Refused" });
      await handedOver();
      await sync();
      network.replace = undefined;
      await shown(id, "name", "Salt");
      const [rejected, ...more] = phone.rejected();
      assert.deepEqual([rejected?.id, rejected?.data["name"], more], [id, "Refused", []]);
      assert.ok(rejected!.error.errors!["name"]);
      await phone.dismiss(rejected!);
    });

    await t.test("what the contract does not allow falls back at once, without a network", async () => {
      const id = await added("Pepper");
      network.isOff = true;
      const failure = await Promise.resolve(library.edit(id, { name: "" })).then(() => undefined, (error: unknown) => error as Error);
      await library.settle?.();
      if (!failure) await until("it is set aside", () => phone.rejected().length === 1);
      assert.match(failure?.message ?? phone.rejected()[0]!.error.detail, /name/);
      await shown(id, "name", "Pepper");
      network.isOff = false;
      for (const rejected of phone.rejected()) await phone.dismiss(rejected);
    });

    await t.test("after an expired cursor the library has what the server has, and unsent edits live", async () => {
      const [gone, edited] = [await added("Old"), await added("Edited")];
      await other.foods.delete(gone);
      const fresh = await other.foods.put({ ...FOOD, name: "New" });
      await other.sync();
      network.isOff = true;
      await library.edit(edited, { notes: "offline" });
      await handedOver();
      network.isOff = false;
      network.expireNext = true;
      await sync();
      assert.equal(network.expireNext, false);
      await shown(gone, "name", undefined);
      await shown(fresh, "name", "New");
      await shown(edited, "notes", "offline");
      await other.sync();
      assert.equal((await other.foods.get(edited))?.notes, "offline");
      assert.equal(await other.digest(), await phone.digest());
    });

    await t.test("a library that was closed catches up with deletions", async () => {
      const id = await added("Short-lived");
      await library.close();
      await phone.foods.delete(id);
      const again = await connect(phone);
      await again.settle?.();
      await until("it is gone", async () => (await again.read(id)) === undefined);
      await again.close();
    });

    await phone.close();
    await other.close();
  });
}
