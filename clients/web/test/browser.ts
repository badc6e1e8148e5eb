/** What the stories in a browser share: profiles, problems of pages, accessibility, pictures. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";

export const SIZES = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };
export type Scheme = "light" | "dark";

const { CHROMIUM, PICTURES } = process.env;
const AXE = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

interface Axe {
  run(context: object, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}
declare const axe: Axe | undefined;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Profile of its own. Errors of its pages, and requests to other servers, join the problems. */
export async function newProfile(browser: Browser, server: string, problems: string[], options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const profile = await browser.newContext({ viewport: SIZES.phone, reducedMotion: "reduce", ...options });
  profile.setDefaultTimeout(30_000);
  profile.on("request", (request) => {
    if (!request.url().startsWith(server) && !request.url().startsWith("blob:")) problems.push(request.url());
  });
  profile.on("weberror", (error) => problems.push(String(error.error())));
  profile.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) problems.push(message.text());
  });
  return profile;
}

export function visit(page: Page, path: string): Promise<void> {
  return page.evaluate((it) => void (location.hash = `#/${it}`), path);
}

/**
 * No violation that axe finds (in the dark: of contrast; the navigation is looked at on the first screen),
 * nothing wider than the screen, nothing that moves although the user asked for rest. `PICTURES` names a folder for pictures.
 */
export async function check(page: Page, name: string, scheme: Scheme = "light"): Promise<void> {
  if (PICTURES) await photograph(page, name, scheme);
  if (await page.evaluate(() => typeof axe === "undefined")) await page.evaluate(AXE); // not as a script, which the policy of the page forbids
  const found = await page.evaluate(async ({ runOnly, exclude }) => {
    const { violations } = await axe!.run({ exclude }, { runOnly, resultTypes: ["violations"] });
    return violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join("\n")}`);
  }, { runOnly: scheme === "light" ? RULES : ["color-contrast"], exclude: name === "/" ? [] : [".nav"] });
  assert.deepEqual(found, [], name);
  const { excess, moving } = await page.evaluate(() => ({
    excess: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    moving: document.getAnimations().length,
  }));
  assert.equal(excess, 0, `${name} is wider than the screen`);
  assert.equal(moving, 0, `${name} moves`);
}

async function photograph(page: Page, name: string, colorScheme: Scheme): Promise<void> {
  mkdirSync(PICTURES!, { recursive: true });
  const before = page.viewportSize()!;
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    const file = name.replaceAll("/", "-").replace(/^-/, "") || "today";
    await page.screenshot({ path: `${PICTURES}/${file}-${size}-${colorScheme}.png` });
  }
  await page.setViewportSize(before);
}
