/**
 * A logbook of many records in the app: `node test/large.ts URL COUNT` prints times in milliseconds and
 * memory in megabytes as JSON. `URL` is a server with the app.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext, Page, Response } from "playwright-core";
import { launch, newProfile, visit } from "./browser.ts";

export interface Measured {
  records: number;
  /** From sign-in until everything is received and stored. */
  first_sync_ms: number;
  /** From the address, without a network, to today's workout. */
  open_ms: number;
  train_ms: number;
  progress_ms: number;
  /** Longest frame while the list of workouts is scrolled from its start to its end. */
  frame_ms: number;
  heap_mb: number;
  stored_mb: number;
}

const PASSWORD = "a long pass phrase";
/** Records of a day: a workout, its sets, and food. */
const [SETS, FOODS] = [20, 29];
export const DAY = 1 + SETS + FOODS;
const BATCH = 500;

/** A profile whose user has records of `days`, and `more` workouts without a day of them, all received. */
export async function measureReads(profile: BrowserContext, server: string, days: number, more = 0): Promise<Omit<Measured, "first_sync_ms">> {
  await profile.setOffline(true);
  const page = await profile.newPage();
  const open_ms = await elapsed(async () => {
    await page.goto(`${server}/app/`);
    await page.getByRole("link", { name: /^Push day/ }).waitFor();
  });
  const train_ms = await elapsed(async () => {
    await visit(page, "train");
    await page.getByText(`${SETS} sets`).first().waitFor();
  });
  const frame_ms = await scroll(page, Math.min(days, 300));
  const progress_ms = await elapsed(() => showAll(page, days + more));
  const session = await profile.newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  await page.close();
  await profile.setOffline(false);
  return { records: days * DAY, open_ms, train_ms, progress_ms, frame_ms, heap_mb: usedSize / 1e6, stored_mb: usage / 1e6 };
}

/** Writes days of records, today the last one, as another device of the user. */
export async function fill(server: string, token: string, days: number): Promise<void> {
  const device_id = randomUUID();
  let clock = Date.now() * 1000;
  const changes = Array.from({ length: days }, (_, ago) => changesOf(new Date(Date.now() - ago * 86_400_000))).flat();
  for (let start = 0; start < changes.length; start += BATCH) {
    const batch = changes.slice(start, start + BATCH).map((it) => ({ ...it, op: "put", clock: clock++ }));
    const { results } = await post(server, "/sync/push", { device_id, changes: batch }, token);
    for (const { status } of results as { status: string }[]) assert.equal(status, "applied");
  }
}

async function measureAll(browser: Browser, server: string, count: number): Promise<Measured> {
  const email = `large.${randomUUID()}@example.com`;
  const days = Math.ceil(count / DAY);
  const { access_token } = await post(server, "/auth/register", { email, password: PASSWORD });
  await fill(server, String(access_token), days);
  const profile = await newProfile(browser, server, []);
  const page = await profile.newPage();
  await page.goto(`${server}/app/#/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  const first_sync_ms = await elapsed(async () => {
    const isLast = async (it: Response): Promise<boolean> =>
      it.url().includes("/sync/pull") && it.status() === 200 && !((await it.json()) as { has_more: boolean }).has_more;
    const last = page.waitForResponse(isLast, { timeout: 300_000 });
    await page.locator("button[type=submit]").click();
    await last;
    await showAll(page, days);
  });
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.close();
  return { first_sync_ms, ...(await measureReads(profile, server, days)) };
}

function changesOf(day: Date): { collection: string; id: string; data: object }[] {
  const date = new Intl.DateTimeFormat("en-CA").format(day);
  const session_id = randomUUID();
  const set = (position: number): object => ({ session_id, exercise_id: session_id, exercise_name: "Bench press", position, reps: 8, weight_kg: 80 });
  const food = { date, name: "Oats, rolled", grams: 80, energy_kcal: 303.2, protein_g: 10.5, slot: "breakfast" };
  return [
    { collection: "workout_sessions", id: session_id, data: { date, name: "Push day" } },
    ...Array.from({ length: SETS }, (_, place) => ({ collection: "workout_sets", id: randomUUID(), data: set(place) })),
    ...Array.from({ length: FOODS }, () => ({ collection: "food_logs", id: randomUUID(), data: food })),
  ];
}

async function post(server: string, path: string, body: object, token?: string): Promise<{ [name: string]: unknown }> {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}`, "Idempotency-Key": randomUUID() }) };
  const response = await fetch(`${server}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return (await response.json()) as { [name: string]: unknown };
}

/** Sums of all years, which have so many workouts. */
export async function showAll(page: Page, workouts: number): Promise<void> {
  await visit(page, "progress");
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByText(`${workouts} workouts`).waitFor();
}

/** Longest frame in milliseconds of a scroll over a list of workouts with so many rows. */
async function scroll(page: Page, rows: number): Promise<number> {
  const links = page.getByRole("link", { name: /^Push day/ });
  for (let known = await links.count(); known < rows; known = await links.count()) {
    await page.getByRole("button", { name: "Show more" }).click();
    await links.nth(known).waitFor();
  }
  return page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    let [before, longest] = [await frame(), 0];
    for (let top = 0; top < document.documentElement.scrollHeight; top += 300) {
      window.scrollTo(0, top);
      const now = await frame();
      [before, longest] = [now, Math.max(longest, now - before)];
    }
    return longest;
  });
}

async function elapsed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

if (import.meta.main) {
  const [server, count] = process.argv.slice(2) as [string, string];
  const browser = await launch();
  try {
    console.log(JSON.stringify(await measureAll(browser, server, Number(count))));
  } finally {
    await browser.close();
  }
}
