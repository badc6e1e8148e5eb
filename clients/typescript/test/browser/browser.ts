/** A real browser with the page of the tests. */
import { build } from "esbuild";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import type { Page as TestPage } from "./page.ts";

declare const page: TestPage;

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of a Chromium on this machine, undefined without one; `CHROMIUM` names another one. */
export function chromiumPath(): string | undefined {
  return process.env["CHROMIUM"] ?? CANDIDATES.find((path) => existsSync(path));
}

export class TestBrowser {
  readonly #browser: Browser;
  readonly #pages: Server;
  readonly origin: string;

  private constructor(browser: Browser, pages: Server) {
    this.#browser = browser;
    this.#pages = pages;
    this.origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  }

  static async start(): Promise<TestBrowser> {
    const html = "text/html; charset=utf-8";
    const javascript = "text/javascript";
    const files: { [path: string]: readonly [type: string, text: string] } = {
      "/": [html, '<!doctype html><div id="root"></div><script type="module" src="/page.js"></script>'],
      "/page.js": [javascript, await bundled("./page.ts")],
      "/bench/": [html, '<!doctype html><script type="module" src="/bench/page.js"></script>'],
      "/bench/page.js": [javascript, await bundled("../../bench/page.ts")],
      "/example/": [html, readFileSync(new URL("../../example/index.html", import.meta.url), "utf8")],
      "/example/main.js": [javascript, await bundled("../../example/main.ts")],
    };
    const pages = createServer((request, response) => {
      const [type, text] = files[request.url!.replace(/\?.*/, "")] ?? [html, ""];
      response.setHeader("Content-Type", type);
      response.end(text);
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    const executablePath = chromiumPath()!;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return new TestBrowser(browser, pages);
  }

  /** A profile of its own: storage, locks and channels are shared by its tabs only. */
  profile(): Promise<BrowserContext> {
    return this.#browser.newContext();
  }

  /** A tab with the database open. */
  async tab(profile: BrowserContext, server: string, name = "logbook", live?: "websocket" | "eventsource"): Promise<Page> {
    const tab = await profile.newPage();
    await tab.goto(this.origin);
    await openDatabase(tab, server, name, live);
    return tab;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#pages.close();
  }
}

/** One script of a module and all that it imports. */
async function bundled(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL(path, import.meta.url).pathname],
    bundle: true,
    format: "esm",
    write: false,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0]!.text;
}

export function openDatabase(tab: Page, server: string, name = "logbook", live?: "websocket" | "eventsource"): Promise<void> {
  return tab.evaluate((it) => page.openDatabase(it.server, it.name, it.live), { server, name, live });
}
