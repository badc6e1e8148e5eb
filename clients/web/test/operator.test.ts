/**
 * Second factors, "Why is it not there?" and the operator's pages in a real browser. `TRACKFORGE_URL`
 * names a server on localhost, `TRACKFORGE_ADMIN` an admin without a second factor, `TRACKFORGE_EMAIL`
 * a user with a device, a rejected change and `TRACKFORGE_SECRET` in a record, `TRACKFORGE_OUTBOX` the
 * folder of mails. `PICTURES` names a folder for pictures of all screens.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { check as checkScreen, launch, newProfile, visit as visitOn } from "./browser.ts";

const env = process.env as { [name: string]: string };
const { TRACKFORGE_URL: server, TRACKFORGE_ADMIN: admin, TRACKFORGE_EMAIL: email, TRACKFORGE_PASSWORD: PASSWORD, TRACKFORGE_SECRET: SECRET } = env as { [name: string]: string } & { [K in "TRACKFORGE_URL" | "TRACKFORGE_ADMIN" | "TRACKFORGE_EMAIL" | "TRACKFORGE_PASSWORD" | "TRACKFORGE_SECRET"]: string };
const OUTBOX = env["TRACKFORGE_OUTBOX"]!;
const problems: string[] = [];
let browser: Browser;
let profile: BrowserContext;
let page: Page;
let recoveryCodes: string[] = [];

before(async () => {
  browser = await launch();
  profile = await newProfile(browser, server, problems);
  page = await profile.newPage();
  const authenticator = await profile.newCDPSession(page);
  await authenticator.send("WebAuthn.enable");
  await authenticator.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
});
after(() => browser?.close());

const visit = (path: string): Promise<void> => visitOn(page, path);

async function enter(address: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail", { exact: true }).fill(address);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.locator("button[type=submit]").click();
}

/** Code of an authenticator app (RFC 6238). */
function totp(secret: string): string {
  const bits = [...secret.replaceAll(" ", "")].map((it) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(it).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g)!.map((it) => parseInt(it, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  return String((digest.readUInt32BE(digest.at(-1)! & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** As any screen, and without the secret. */
async function check(name: string): Promise<void> {
  await checkScreen(page, name);
  assert.ok(!(await page.content()).includes(SECRET), `${name} shows contents`);
}

test("an authenticator app and a passkey are set up", async () => {
  await page.goto(`${server}/app/#/sign-in`);
  await enter(admin);
  await page.getByRole("heading", { name: "Today" }).waitFor();
  await visit("account");
  await page.getByRole("button", { name: "Set up the authenticator app" }).click();
  const secret = await page.locator(".secret").innerText();
  await check("totp");
  await page.getByLabel("Code that the app shows").fill(totp(secret));
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
  recoveryCodes = await page.locator(".codes code").allInnerTexts();
  assert.equal(recoveryCodes.length, 10);
  await check("recovery-codes");
  await page.getByRole("button", { name: "I have them" }).click();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /^Remove the passkey/ }).waitFor();
  await check("account");
});

test("an operator signs in with a passkey or a recovery code", async () => {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready)); // it must leave this page alone
  await page.goto(`${server}/app/admin`);
  await check("operator-sign-in");
  await enter(admin);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await page.getByRole("link", { name: "Sign out" }).click();
  await enter(admin);
  await page.getByRole("button", { name: "Use a code instead" }).click();
  await page.getByLabel("Code of your authenticator app").fill(recoveryCodes[0]!);
  await page.locator("button[type=submit]").click();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
});

test("an account shows its health and no contents", async () => {
  await check("operator-accounts");
  await page.getByLabel("E-mail or id").fill(email);
  await page.getByRole("button", { name: "Find" }).click();
  const open = (name: string) => page.getByRole("navigation", { name: "Pages of the account" }).getByRole("link", { name }).click();
  await page.getByRole("cell", { name: "invalid_record" }).waitFor();
  await check("operator-health");
  await open("Devices");
  await page.getByText("1 change not sent").waitFor();
  await page.getByText("its push key is dead (UNREGISTERED)").waitFor();
  await check("operator-devices");
  await page.getByRole("link", { name: "Explain" }).last().click();
  await page.getByText("This is it").waitFor();
  await check("operator-explain");
  await open("Rejected");
  await page.getByRole("cell", { name: "energy_kcal" }).waitFor();
  await check("operator-rejected");
  await open("Usage");
  await page.getByText("of 1\u202f000\u202f000").waitFor();
  await check("operator-usage");
  await open("Sessions");
  await page.getByRole("button", { name: "End the session of phone" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await page.getByText("Nobody is signed in.").waitFor();
  await check("operator-sessions");
  await open("Audit");
  await page.getByRole("cell", { name: "session ended" }).waitFor();
  const logIns = page.getByRole("cell", { name: "logged in", exact: true });
  assert.ok((await logIns.count()) <= 50);
  await page.getByRole("button", { name: "More" }).click();
  await logIns.nth(59).waitFor();
  await check("operator-audit");
});

test("the fleet shows versions, rejections and devices that stopped", async () => {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Fleet" }).click();
  await page.getByRole("region", { name: "Devices by version" }).getByRole("cell", { name: "9.1" }).waitFor();
  await page.getByRole("region", { name: "Rejections" }).getByRole("cell", { name: "invalid_record" }).first().waitFor();
  await page.getByText("Without a request for 7 to 90 days").waitFor();
  await check("fleet");
});

test("the user asks why something is not there", async () => {
  await page.goto(`${server}/app/#/sync`);
  await page.getByRole("link", { name: /^Why is it not there/ }).click();
  await page.getByLabel("The device that it was logged on").selectOption({ index: 1 });
  await page.getByRole("heading", { name: "The reason" }).waitFor();
  await page.getByText("Evidence").first().waitFor();
  await check("why");
});

/** Token of the newest link of a kind in the mails, which the server writes to files. */
async function mailedToken(kind: string): Promise<string> {
  for (;;) {
    const files = existsSync(OUTBOX) ? readdirSync(OUTBOX).filter((it) => it.endsWith(".eml")).sort().reverse() : [];
    for (const file of files) {
      const text = readFileSync(`${OUTBOX}/${file}`, "utf8").replace(/=\r?\n/g, "").replaceAll("=3D", "=");
      const token = new RegExp(`/app/#/${kind}\\?token=([\\w.-]+)`).exec(text)?.[1];
      if (token) return token;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a forgotten password is replaced by the link of a mail", async () => {
  const other = await newProfile(browser, server, problems);
  page = await other.newPage();
  await page.goto(`${server}/app/`);
  await page.getByRole("button", { name: "I forgot the password" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByText("a mail with a link is on its way").waitFor();
  await check("forgotten");
  await page.goto(`${server}/app/#/reset-password?token=${await mailedToken("reset-password")}`);
  await page.getByLabel("New password").fill(`${PASSWORD} 2`);
  await check("new-password");
  await page.getByRole("button", { name: "Set it" }).click();
  await enter(email, `${PASSWORD} 2`);
  await page.getByRole("heading", { name: "Today" }).waitFor();
  await other.close();
});

test("a user without a role sees nothing of the operator's pages, and no page failed", async () => {
  const other = await newProfile(browser, server, problems);
  page = await other.newPage();
  await page.goto(`${server}/app/admin`);
  await enter(email, `${PASSWORD} 2`);
  await page.getByRole("heading", { name: "No access" }).waitFor();
  await other.close();
  assert.deepEqual(problems, []);
});
