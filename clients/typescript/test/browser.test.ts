/** The client in a real browser against a real server: `TRACKFORGE_URL` names it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Page as Tab } from "playwright-core";
import { TestBrowser, chromiumPath, openDatabase } from "./browser/browser.ts";
import type { Page } from "./browser/page.ts";

declare const page: Page;

const server = process.env["TRACKFORGE_URL"];
const skip = !server ? "TRACKFORGE_URL is not set" : !chromiumPath() ? "there is no Chromium" : false;
const PASSWORD = "a long pass phrase";
const DATE = "2026-11-23";
let browser: TestBrowser;
let users = 0;

before(async () => {
  if (!skip) browser = await TestBrowser.start();
});
after(() => browser?.close());

function newUser(): string {
  return `browser.${Date.now()}.${users++}@example.com`;
}

function register(tab: Tab, email: string): Promise<void> {
  return tab.evaluate((it) => page.db.register(it.email, it.password), { email, password: PASSWORD });
}

function login(tab: Tab, email: string): Promise<void> {
  return tab.evaluate((it) => page.db.login(it.email, it.password), { email, password: PASSWORD });
}

function names(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => (await page.db.workout_sessions.orderBy("name").all()).map((it) => it.name));
}

async function until(tab: Tab, condition: () => unknown): Promise<void> {
  await tab.waitForFunction(condition, undefined, { timeout: 15_000, polling: 20 });
}

function sync(tab: Tab): Promise<void> {
  return tab.evaluate(() => page.db.sync());
}

test("edits made offline survive a reload and reach another device", { skip }, async () => {
  const email = newUser();
  const profile = await browser.profile();
  const tab = await browser.tab(profile, server!);
  await register(tab, email);
  // Only the server is out of reach: the page itself is loaded again.
  await profile.route(`${server}/**`, (route) => route.abort());
  await tab.evaluate(async (date) => {
    for (let n = 0; n < 10; n++) await page.db.workout_sessions.put({ date, name: `Day ${n}` });
  }, DATE);
  await assert.rejects(sync(tab), /No response/);
  await tab.reload();
  await openDatabase(tab, server!);
  assert.equal((await names(tab)).length, 10);
  await profile.unroute(`${server}/**`);
  await sync(tab);
  const other = await browser.tab(await browser.profile(), server!);
  await login(other, email);
  await sync(other);
  assert.deepEqual(await names(other), await names(tab));
  assert.deepEqual(await other.evaluate(() => page.db.check()), []);
});

test("tabs see each other's writes, one of them syncs, and another takes over", { skip }, async () => {
  const email = newUser();
  const profile = await browser.profile();
  const first = await browser.tab(profile, server!);
  await register(first, email);
  const second = await browser.tab(profile, server!);
  for (const tab of [first, second]) await tab.evaluate(() => page.db.start());
  const locks = (): Promise<[number, number]> =>
    second.evaluate(async () => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return [held.length, pending.length] as [number, number];
    });
  await second.waitForFunction(async () => (await navigator.locks.query()).pending?.length === 1);
  assert.deepEqual(await locks(), [1, 1]);

  await second.evaluate(() => {
    const seen = globalThis as unknown as { seenAt: number };
    page.db.workout_sessions.query().watch((it) => it.length > 0 && (seen.seenAt ??= Date.now()));
  });
  await second.evaluate(() => page.db.workout_sessions.all());
  const writtenAt = await first.evaluate(async (date) => {
    await page.db.workout_sessions.put({ date, name: "Push day" });
    return Date.now();
  }, DATE);
  await until(second, () => (globalThis as unknown as { seenAt?: number }).seenAt);
  const seenAt = await second.evaluate(() => (globalThis as unknown as { seenAt: number }).seenAt);
  console.log(`another tab saw the write after ${seenAt - writtenAt} ms`);
  assert.ok(seenAt - writtenAt < 1000, `${seenAt - writtenAt} ms`);

  await first.close();
  await second.evaluate((date) => page.db.workout_sessions.put({ date, name: "Pull day" }), DATE);
  await until(second, () => Object.keys(page.db.status().pending).length === 0);
  assert.deepEqual(await locks(), [1, 0]);
});

test("the page of the how-to logs food, and shows an error in words", { skip }, async () => {
  const email = newUser();
  const tab = await (await browser.profile()).newPage();
  await tab.goto(`${browser.origin}/example/?server=${encodeURIComponent(server!)}`);
  await tab.getByLabel("Food").fill("Pizza"); // before there is an account
  await tab.getByLabel("Energy").fill("800");
  await tab.getByRole("button", { name: "Log it" }).click();
  await tab.getByText("Pizza: 800 kcal").waitFor();
  await tab.getByLabel("E-mail").fill(email);
  await tab.getByLabel("Password").fill(PASSWORD);
  await tab.getByRole("button", { name: "Log in" }).click();
  await tab.getByRole("alert").filter({ hasText: "invalid_credentials" }).waitFor();
  await tab.getByRole("button", { name: "Register" }).click();
  await tab.getByText("Everything is sent.").waitFor();
  const other = await browser.tab(await browser.profile(), server!);
  await login(other, email);
  await sync(other);
  const logs = await other.evaluate(() => page.db.food_logs.all());
  assert.deepEqual(logs.map(({ name, energy_kcal }) => [name, energy_kcal]), [["Pizza", 800]]);
});

for (const live of ["websocket", "eventsource"] as const) {
  test(`another device's change arrives by ${live}, and React shows it`, { skip }, async () => {
    const email = newUser();
    const phone = await browser.tab(await browser.profile(), server!);
    await register(phone, email);
    const sessionId = await phone.evaluate((date) => page.db.workout_sessions.put({ date, name: "Push day" }), DATE);
    await sync(phone);
    const tablet = await browser.tab(await browser.profile(), server!, "logbook", live);
    await login(tablet, email);
    await tablet.evaluate((id) => {
      page.db.start();
      page.render(id);
    }, sessionId);
    await tablet.getByRole("heading", { name: "Push day" }).waitFor();
    const set = { session_id: sessionId, exercise_id: sessionId, position: 1, reps: 8, weight_kg: 80 };
    const id = await phone.evaluate((it) => page.db.workout_sets.put(it), set);
    await sync(phone);
    await tablet.getByText("8 × 80").waitFor();
    await phone.evaluate((it) => page.db.workout_sets.patch(it, { reps: 6 }), id);
    await sync(phone);
    await tablet.getByText("6 × 80").waitFor();
    await tablet.getByText("Everything is sent.").waitFor();
  });
}

test("the browser's passkeys are a second factor", { skip }, async () => {
  const email = newUser();
  const profile = await browser.profile();
  const tab = await profile.newPage();
  await tab.goto(browser.origin.replace("127.0.0.1", "localhost"));
  const authenticator = await profile.newCDPSession(tab);
  await authenticator.send("WebAuthn.enable");
  await authenticator.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await openDatabase(tab, server!);
  await register(tab, email);
  const codes = await tab.evaluate(() => page.account().addPasskey("this browser"));
  assert.equal(codes.length, 10);
  const signedIn = await tab.evaluate(async (it) => {
    await page.db.logout();
    await page.db.login(it.email, it.password).catch((error) => page.account().loginPasskey(error));
    return (await page.account().passkeys()).map((passkey) => [passkey.name, passkey.last_used_at !== null]);
  }, { email, password: PASSWORD });
  assert.deepEqual(signedIn, [["this browser", true]]);
});
