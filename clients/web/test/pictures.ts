/**
 * The README's picture of the app: `CHROMIUM=… node test/pictures.ts URL FILE` photographs three screens of
 * the demo account, on the day that it is, and puts them side by side. `URL` is a server of `make serve`.
 */
import type { BrowserContext, Page } from "playwright-core";
import { launch, newProfile, visit, type Scheme } from "./browser.ts";

const VIEWPORT = { width: 360, height: 740 };
const [DEMO_EMAIL, DEMO_PASSWORD] = ["demo@trackforge.com", "demo1234"];
const MARGIN = 24;

async function signIn(profile: BrowserContext, server: string): Promise<Page> {
  const page = await profile.newPage();
  await page.goto(`${server}/app/#/sign-in`);
  await page.getByLabel("E-mail").fill(DEMO_EMAIL);
  await page.getByLabel("Password").fill(DEMO_PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.getByRole("heading", { name: "Today" }).waitFor();
  await page.getByRole("link", { name: "Synced" }).waitFor();
  return page;
}

/** A started workout of the demo's program, with two sets done. */
async function train(page: Page): Promise<void> {
  await visit(page, "train");
  await page.getByRole("button", { name: "Push" }).click();
  for (const number of [1, 2]) await page.getByRole("button", { name: new RegExp(`^Log set ${number} of`) }).first().click();
}

const DATA_URL = "data:image/png;base64,";

async function main(server: string, file: string): Promise<void> {
  const browser = await launch();
  try {
    const screens: string[] = [];
    const photograph = async (page: Page): Promise<void> => {
      await page.waitForTimeout(500); // charts and the timer's bar are drawn
      screens.push(DATA_URL + (await page.screenshot()).toString("base64"));
    };
    const open = async (colorScheme: Scheme): Promise<Page> =>
      signIn(await newProfile(browser, server, [], { viewport: VIEWPORT, deviceScaleFactor: 1.5, colorScheme }), server);
    const light = await open("light");
    await photograph(light);
    await train(light);
    await photograph(light);
    const dark = await open("dark");
    await visit(dark, "progress");
    await photograph(dark);
    await join(await (await browser.newContext({ deviceScaleFactor: 1.5 })).newPage(), screens, file);
  } finally {
    await browser.close();
  }
}

/** The screens beside each other on a plain ground. */
async function join(page: Page, screens: readonly string[], file: string): Promise<void> {
  const width = MARGIN + screens.length * (VIEWPORT.width + MARGIN);
  await page.setViewportSize({ width, height: VIEWPORT.height + 2 * MARGIN });
  const style = `margin:0;padding:${MARGIN}px;display:flex;gap:${MARGIN}px;background:#d9ded8`;
  const images = screens.map((it) => `<img src="${it}" width="${VIEWPORT.width}">`).join("");
  await page.setContent(`<body style="${style}">${images}</body>`);
  await page.screenshot({ path: file });
}

await main(process.argv[2]!, process.argv[3]!);
