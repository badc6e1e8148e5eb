/**
 * `node bench/run.ts URL COUNT` makes an account with so many records and prints its e-mail;
 * `node bench/run.ts URL COUNT E-MAIL` measures first syncs and writes of its devices, as JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, open } from "../src/index.ts";
import { nodeSqlite } from "../src/storage/node_sqlite.ts";
import { TestBrowser, chromiumPath } from "../test/browser/browser.ts";
import { measure, type Login, type Measured } from "./device.ts";
import { sizes } from "./size.ts";

const [url, count, email] = process.argv.slice(2) as [string, string, string | undefined];
const SETS_PER_SESSION = 20;
const login: Login = { url, email: email ?? `bench.${Date.now()}@example.com`, password: "a long pass phrase" };

async function fill(): Promise<void> {
  const db = await open({ url, storage: memory(), pushChanges: 1000 });
  await db.register(login.email, login.password);
  for (let left = Number(count); left > 0; left -= 1000) {
    await db.write((w) => {
      for (let n = 0; n < Math.min(left, 1000); n += SETS_PER_SESSION + 1) {
        const session_id = w.workout_sessions.put({ date: "2026-11-23", name: "Push day" });
        for (let position = 0; position < Math.min(SETS_PER_SESSION, left - n - 1); position++) {
          w.workout_sets.put({ session_id, exercise_id: session_id, position, reps: 8, weight_kg: 80, rpe: 8 });
        }
      }
    });
    await db.push();
  }
  await db.close();
}

async function inBrowser(): Promise<Measured | null> {
  if (!chromiumPath()) return null;
  const browser = await TestBrowser.start();
  try {
    const tab = await (await browser.profile()).newPage();
    await tab.goto(`${browser.origin}/bench/`);
    const measured = await tab.evaluate(
      (it) => (globalThis as unknown as { measureIndexedDb(login: Login): Promise<Omit<Measured, "cpu_ms">> }).measureIndexedDb(it),
      login,
    );
    const session = await tab.context().newCDPSession(tab);
    await session.send("Performance.enable");
    const { metrics } = await session.send("Performance.getMetrics");
    return { ...measured, cpu_ms: 1000 * (metrics.find((it) => it.name === "ProcessTime")?.value ?? NaN) };
  } finally {
    await browser.close();
  }
}

async function inNode(): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "trackforge-bench-"));
  try {
    const before = process.cpuUsage();
    const measured = await measure(login, () => nodeSqlite(join(folder, "bench.sqlite")));
    const { user, system } = process.cpuUsage(before);
    return { ...measured, cpu_ms: (user + system) / 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (email === undefined) {
  await fill();
  console.log(JSON.stringify({ email: login.email }));
} else {
  const devices = { "node:sqlite, Node": await inNode(), "IndexedDB, Chromium": await inBrowser() };
  console.log(JSON.stringify({ sizes: await sizes(), devices }));
}
