/** Service worker: the app's files, so that it starts without a network. Data is not its business. */
interface WorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  readonly request: Request;
  readonly data: unknown;
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

declare const FILES: string[];
declare const VERSION: string;

const scope = globalThis as unknown as WorkerScope;
const CACHE = `app-${VERSION}`;
/** Pages of their own, which need a network anyway. */
const OTHER_PAGES = ["admin"];
const ROOT = new URL("./", scope.location.href).href;

scope.addEventListener("install", (event) => event.waitUntil(install()));
scope.addEventListener("activate", (event) => event.waitUntil(activate()));
// The page asks for the change of versions, so that no tab loses what is being typed.
scope.addEventListener("message", (event) => {
  if (event.data === "activate") event.waitUntil(scope.skipWaiting());
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = request.url.startsWith(ROOT) ? request.url.slice(ROOT.length).replace(/[?#].*/, "") : undefined;
  if (request.method === "GET" && path !== undefined && !OTHER_PAGES.includes(path)) event.respondWith(respond(request));
});

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(ROOT + file, { cache: "no-cache" })));
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("app-") && name !== CACHE) await caches.delete(name);
  }
  await scope.clients.claim();
}

async function respond(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const page = request.mode === "navigate" ? `${ROOT}index.html` : request;
  // Each file has one representation, whatever the server says it varies by.
  return (await cache.match(page, { ignoreVary: true })) ?? fetch(request);
}
