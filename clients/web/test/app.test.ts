/**
 * The app in a real browser on a real server: `TRACKFORGE_URL` names it, `TRACKFORGE_EMAIL` and
 * `TRACKFORGE_PASSWORD` a new user, `TRACKFORGE_PURGE` an address at which tombstones of half a year are
 * purged. `PICTURES` names a folder for pictures of all screens.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { SIZES, check, launch, newProfile as newProfileOf, visit, type Scheme } from "./browser.ts";
import { fill, measureReads, showAll } from "./large.ts";
import { Network } from "./network.ts";

const { TRACKFORGE_URL, TRACKFORGE_EMAIL, TRACKFORGE_PASSWORD, TRACKFORGE_PURGE } = process.env as { [name: string]: string };
const [email, PASSWORD] = [TRACKFORGE_EMAIL!, TRACKFORGE_PASSWORD!];
const api = `${TRACKFORGE_URL}/api/v1`;
const network = new Network(TRACKFORGE_URL!);
const problems: string[] = [];
let server: string;
let browser: Browser;
let phone: BrowserContext;

before(async () => {
  await network.start();
  server = network.origin;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  network.stop();
});

function newProfile(colorScheme: Scheme = "light"): Promise<BrowserContext> {
  return newProfileOf(browser, server, problems, { hasTouch: true, isMobile: true, colorScheme });
}

async function openApp(profile: BrowserContext, path = ""): Promise<Page> {
  const page = await profile.newPage();
  await page.goto(`${server}/app/#/${path}`);
  return page;
}

async function signIn(page: Page, way: "Sign in" | "New account"): Promise<void> {
  await page.getByRole("group", { name: "Account" }).getByRole("button", { name: way }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
}

async function synced(page: Page): Promise<void> {
  await page.getByRole("link", { name: /^Sync: Signed in .* Everything is sent/ }).waitFor();
}

async function quickAdd(page: Page, name: string, energy: string): Promise<void> {
  await page.getByRole("link", { name: "Add food to lunch" }).click();
  await page.getByRole("button", { name: "Quick add" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Energy in kcal").fill(energy);
  await page.getByRole("button", { name: "Log it" }).click();
  await page.getByRole("link", { name: new RegExp(name) }).waitFor();
}

async function startWorkout(page: Page): Promise<void> {
  await visit(page, "train");
  await page.getByRole("button", { name: "Empty workout" }).click();
  await page.getByRole("button", { name: "Add exercise" }).click();
  await page.getByLabel("Search exercises").fill("barbell bench press medium");
  await page.getByRole("button", { name: /^Barbell Bench Press - Medium Grip/ }).click();
}

async function logSet(page: Page, number: number, weight: string, reps: string): Promise<void> {
  await page.getByLabel(new RegExp(`set ${number}, weight`)).fill(weight);
  await page.getByLabel(new RegExp(`set ${number}, repetitions`)).fill(reps);
  await page.getByRole("button", { name: new RegExp(`^Log set ${number} of`) }).click();
  await page.getByRole("button", { name: new RegExp(`^More about set ${number}`) }).waitFor();
}

/** Token of another device of the user. */
async function otherDevice(): Promise<{ Authorization: string }> {
  const login = await fetch(`${api}/auth/login`, { method: "POST", body: JSON.stringify({ email, password: PASSWORD }) });
  return { Authorization: `Bearer ${((await login.json()) as { access_token: string }).access_token}` };
}

test("a day is logged without a network and reaches the server later", async () => {
  phone = await newProfile();
  let page = await openApp(phone);
  await page.getByRole("button", { name: "Start without an account" }).click();
  await visit(page, "trash"); // which only the server has
  await page.getByRole("link", { name: "Sign in", exact: true }).waitFor();
  await visit(page, "");
  // Once the worker has the app and the catalogue is there, no network is needed.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.evaluate(async () => {
    const names = async (): Promise<number> => (await (await caches.open("catalogue")).keys()).length;
    while ((await names()) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await phone.setOffline(true);
  await page.close();
  const started = Date.now();
  page = await openApp(phone);
  await page.getByRole("heading", { name: "Today" }).waitFor();
  console.log(`started offline in ${Date.now() - started} ms`);
  await quickAdd(page, "Pizza", "800");
  await quickAdd(page, "Cake", "350,5");
  await page.getByRole("link", { name: "Add food to breakfast" }).click();
  await page.getByLabel("Search foods").fill("bananas raw");
  await page.getByRole("button", { name: /^Bananas, raw/ }).click();
  await page.getByLabel("Amount in grams").fill("120");
  await page.getByRole("button", { name: "Log it" }).click();
  await page.getByText("107 kcal").first().waitFor();
  await page.getByRole("button", { name: "Weigh in" }).click();
  await page.getByLabel("Weight in kg").fill("81,4");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("81.4 kg").waitFor();
  await startWorkout(page);
  await logSet(page, 1, "80", "8");
  await logSet(page, 2, "80", "7");
  await logSet(page, 3, "77.5", "6");
  await page.getByRole("timer", { name: "Rest" }).waitFor();
  await page.getByRole("button", { name: "Finish" }).click();
  await page.reload();
  await page.getByRole("button", { name: /^More about set 3/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^More about set/ }).count(), 3);
  await visit(page, "");
  await page.getByText("1 257", { exact: false }).or(page.getByText("1\u202f257")).first().waitFor();
  await page.getByRole("link", { name: /^Sync: Not signed in yet. 9 changes wait/ }).waitFor();
  await phone.setOffline(false);
  await visit(page, "sign-in");
  await signIn(page, "New account");
  await synced(page);
});

test("a recording for a report is saved as a tape without secrets", async () => {
  const page = phone.pages().at(-1)!;
  await visit(page, "account");
  await page.getByRole("button", { name: "Record for a report" }).click();
  const stop = page.getByRole("button", { name: "Stop and save the recording" });
  await stop.waitFor();
  await visit(page, "more");
  const listed = page.waitForResponse((response) => response.url().endsWith("/auth/sessions"));
  await visit(page, "account");
  await listed;
  await page.getByText("(this one)").first().waitFor();
  const saving = page.waitForEvent("download");
  await stop.click();
  const tape = readFileSync(await (await saving).path(), "utf8");
  const exchanges = tape.trim().split("\n").map((line) => JSON.parse(line) as { device: string; request: { path: string }; response: { status: number } });
  const sessions = exchanges.find(({ request }) => request.path === "/api/v1/auth/sessions");
  assert.deepEqual([sessions?.device, sessions?.response.status], ["browser", 200]);
  assert.doesNotMatch(tape, /eyJ[\w-]+\.|access_token":"./);
  await page.getByRole("button", { name: "Record for a report" }).waitFor();
});

test("two browsers change one set without a network and agree", async () => {
  const first = phone.pages().at(-1)!;
  const tablet = await newProfile("dark");
  const second = await openApp(tablet);
  await signIn(second, "Sign in");
  await synced(second);
  const open = async (page: Page): Promise<void> => {
    await visit(page, "");
    await page.getByRole("link", { name: /^Workout/ }).click();
    await page.getByLabel(/set 1, repetitions/).waitFor();
  };
  await open(first);
  await open(second);
  for (const profile of [phone, tablet]) await profile.setOffline(true);
  await first.getByLabel(/set 1, repetitions/).fill("9");
  await first.getByLabel(/set 1, repetitions/).press("Enter");
  await second.getByRole("button", { name: "More about set 1" }).click();
  await second.getByLabel("Notes").fill("felt light");
  await second.getByRole("button", { name: "Save" }).click();
  for (const profile of [phone, tablet]) await profile.setOffline(false);
  await second.waitForFunction(() => document.querySelector<HTMLInputElement>("input[aria-label*='set 1, rep']")?.value === "9");
  await first.getByRole("button", { name: "More about set 1" }).click();
  await first.getByRole("dialog").locator("input").last().and(first.locator("[value='felt light']")).waitFor();
  await first.getByRole("button", { name: "Close", exact: true }).click();
  await tablet.close();
});

test("two tabs show one logbook", async () => {
  const [first, second] = [phone.pages().at(-1)!, await openApp(phone)];
  await visit(first, "");
  await second.getByRole("heading", { name: "Today" }).waitFor();
  await quickAdd(second, "Tea", "2");
  await first.bringToFront(); // in the background it is drawn once a second
  await first.getByRole("link", { name: /^Tea/ }).click();
  await first.getByRole("button", { name: "Delete" }).click();
  await second.getByRole("link", { name: /^Tea/ }).waitFor({ state: "detached" });
  await first.getByRole("button", { name: "Undo" }).click();
  await second.getByRole("link", { name: /^Tea/ }).waitFor();
  await second.close();
});

test("a device that was signed out elsewhere loses nothing", async () => {
  const page = phone.pages().at(-1)!;
  const headers = await otherDevice();
  const { sessions } = (await (await fetch(`${api}/auth/sessions`, { headers })).json()) as { sessions: { id: string; current: boolean }[] };
  for (const it of sessions.filter((session) => !session.current)) await fetch(`${api}/auth/sessions/${it.id}`, { method: "DELETE", headers });
  await visit(page, "");
  await quickAdd(page, "Soup", "150");
  await page.getByText("You were signed out").waitFor();
  await page.getByRole("link", { name: "Sign in", exact: true }).click();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await synced(page);
});

test("the server is killed in the middle of a sync: nothing is lost, and the app says so", async () => {
  let page = phone.pages().at(-1)!;
  await visit(page, "");
  await page.getByRole("link", { name: "Add food to lunch" }).waitFor();
  network.stopAt("/api/v1/sync/push", "before");
  await quickAdd(page, "Rice", "350");
  const saysSo = (): Promise<void> =>
    page.getByRole("link", { name: /^Sync: .* 1 change waits to be sent: 1 food log\. .* The last attempt failed .*: no connection to the server\./ }).waitFor();
  await saysSo();
  await page.close();
  page = await openApp(phone); // without a server
  await page.getByRole("link", { name: /^Rice/ }).waitFor();
  await saysSo();
  network.stopAt("/api/v1/sync/push", "after"); // of the next server: it stores the change, and its response is lost
  await network.start();
  await visit(page, "sync");
  await page.getByRole("button", { name: "Sync now" }).click();
  await saysSo();
  while (network.seen.at(-1) !== "POST /api/v1/sync/push 200") await new Promise((resolve) => setTimeout(resolve, 10));
  await network.start();
  await page.getByRole("button", { name: "Sync now" }).click();
  await synced(page);
  await page.getByText("Everything is synced.").waitFor();
});

test("a cursor whose history is gone: the app pulls anew, and an unsent edit survives", async () => {
  const page = phone.pages().at(-1)!;
  await visit(page, "");
  network.stop();
  await quickAdd(page, "Bread", "250");
  const headers = { ...(await otherDevice()), "Idempotency-Key": randomUUID(), "Content-Type": "application/json" };
  const added = await fetch(`${api}/foods`, { method: "POST", headers, body: JSON.stringify({ name: "Gone", energy_kcal: 1, protein_g: 0, carbs_g: 0, fat_g: 0 }) });
  assert.equal(added.status, 201);
  const { id } = (await added.json()) as { id: string };
  await fetch(`${api}/foods/${id}`, { method: "DELETE", headers: { Authorization: headers.Authorization } });
  assert.ok((await fetch(TRACKFORGE_PURGE!)).ok);
  network.seen.length = 0;
  await network.start();
  await visit(page, "sync");
  await page.getByRole("button", { name: "Sync now" }).click();
  await page.getByText("Everything is synced.").waitFor();
  await synced(page);
  assert.ok(network.seen.some((it) => /\/sync\/pull 410$/.test(it)), network.seen.join("\n"));
  await visit(page, "");
  for (const name of ["Pizza", "Bread"]) await page.getByRole("link", { name: new RegExp(`^${name}`) }).waitFor();
});

test("a plan is logged with one tap, a file is imported, and what was deleted comes back", async () => {
  const page = phone.pages().at(-1)!;
  await visit(page, "plans");
  await page.getByRole("button", { name: "New plan" }).click();
  await page.getByLabel("Name").fill("Cut");
  await page.getByLabel("Energy in kcal").fill("2000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Add a meal" }).click();
  await page.getByRole("button", { name: "Add food" }).click();
  await page.getByLabel("Search foods").fill("oil olive salad");
  await page.getByRole("button", { name: /^Oil, olive/ }).click();
  await page.getByLabel("Amount in grams").fill("10");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Remove Oil, olive, salad or cooking" }).waitFor();
  await visit(page, "");
  await page.getByText("of 2\u202f000 kcal").waitFor();
  await page.getByRole("button", { name: /^Log Oil, olive/ }).click();
  await page.getByRole("link", { name: /^Oil, olive/ }).waitFor();
  await page.getByRole("button", { name: "500 ml", exact: true }).click();
  await page.locator(".sum").getByText("500 ml").waitFor();
  await page.getByText("Fibre, vitamins, minerals").click();
  await page.getByText("Potassium").waitFor();

  await visit(page, "import");
  const header = "Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE";
  const line = '2026-10-05 18:00:00,"Imported push",45m,"Bench Press (Barbell)",1,80,8,0,0,"","",';
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "strong.csv", mimeType: "text/csv", buffer: Buffer.from(`${header}\n${line}\n`) });
  await page.getByLabel("Weights in the file").selectOption("kg");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("button", { name: "Import 2 records" }).click();
  await visit(page, "train");
  await page.getByRole("link", { name: /^Imported push/ }).click();
  await page.getByRole("button", { name: "Edit the workout" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: /^Imported push/ }).waitFor({ state: "detached" });
  await synced(page);
  await visit(page, "trash");
  await page.getByRole("listitem").filter({ hasText: "Imported push" }).getByRole("button", { name: "Restore" }).click();
  await page.getByText("It is back").waitFor();
  await visit(page, "train");
  await page.getByRole("link", { name: /^Imported push.*1 set/ }).waitFor();
  await synced(page);
});

test("everything that the server stores is downloaded as a file", async () => {
  const page = phone.pages().at(-1)!;
  await visit(page, "account");
  const button = page.getByRole("button", { name: "Download everything" });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  assert.match(download.suggestedFilename(), /^trackforge-.+\.ndjson$/);
});

const SCREENS = [
  "", "day/2026-11-20", "add/2026-11-23/lunch", "train", "progress", "more", "foods", "settings", "sync", "why", "account", "plans", "import",
  "photo", "trash", "sign-in",
];

/** Screens that have every colour between them. */
const COLOURED = ["", "progress", "sync", "plans"];

for (const scheme of ["light", "dark"] as const) {
  test(`screens are accessible and fit a phone and a desk, ${scheme}`, async () => {
    const page = phone.pages().at(-1)!;
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.setViewportSize(scheme === "light" ? SIZES.phone : SIZES.desk);
    for (const path of scheme === "light" || process.env["PICTURES"] ? SCREENS : COLOURED) {
      await visit(page, path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (path === "trash") await page.getByRole("button", { name: "Restore" }).first().waitFor();
      if (path === "why") await page.getByLabel("The device that it was logged on").waitFor();
      if (path === "account") await page.getByRole("listitem").filter({ hasText: "image bytes" }).waitFor();
      await check(page, `/${path}`, scheme);
    }
    for (const [path, row] of [["", /^Tea/], ["", /^Workout/], ["plans", /^Cut/]] as const) {
      await visit(page, path);
      await page.getByRole("link", { name: row }).first().click();
      await page.getByRole("button", { name: "Back" }).waitFor();
      await check(page, `${row.source.slice(1)}`, scheme);
    }
    await visit(page, "");
    await page.getByRole("button", { name: "Edit" }).click();
    await check(page, "dialog", scheme);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
}

test("the app is used with a keyboard alone", async () => {
  const page = phone.pages().at(-1)!;
  await page.setViewportSize(SIZES.desk);
  await page.reload();
  await page.getByRole("button", { name: "Edit" }).waitFor();
  const focused = (): Promise<{ place: number; isVisible: boolean; isMain: boolean }> =>
    page.evaluate(() => {
      const element = document.activeElement!;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const isInView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const isPart = !element.matches(":focus"); // the button of a date, on which the browser draws a ring
      const isVisible = isInView && (isPart || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0));
      return { place: [...document.querySelectorAll("*")].indexOf(element), isVisible, isMain: element.id === "main" };
    });
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to the content" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  assert.equal((await focused()).isMain, true);
  let before = (await focused()).place;
  const edit = page.getByRole("button", { name: "Edit" });
  while (!(await edit.evaluate((it) => it === document.activeElement))) {
    await page.keyboard.press("Tab");
    const { place, isVisible } = await focused();
    assert.ok(place >= before, "the focus follows the order of the page");
    assert.ok(isVisible, `the focus is seen: ${await page.evaluate(() => document.activeElement!.outerHTML)}`);
    before = place;
  }
  await page.keyboard.press("Enter");
  await page.getByLabel("Weight in kg").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await edit.evaluate((it) => it === document.activeElement), true, "the focus returns to the button");
});

test("a thousand records and more open, scroll and add up", async () => {
  const page = phone.pages().at(-1)!;
  const days = 32; // more than one page of the list of workouts
  await fill(TRACKFORGE_URL!, (await otherDevice()).Authorization.replace("Bearer ", ""), days);
  await showAll(page, days + 2); // received, beside the two workouts of today
  await page.close();
  const measured = await measureReads(phone, server, days, 2);
  console.log(`records received: ${JSON.stringify(measured)} (times in ms)`);
});

test("no page failed, broke its policy or asked another host", () => {
  assert.deepEqual(problems, []);
});
