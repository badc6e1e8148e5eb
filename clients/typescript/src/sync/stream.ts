/** Notifications of the user's version: by fetch, a WebSocket, or EventSource. */
import { parseObject } from "../core/json.ts";
import { Offline, SignedOut, Unavailable } from "../errors.ts";
import type { Session } from "./session.ts";
import type { Transport } from "./transport.ts";

/** Kind of notifications. */
export type Live = "fetch" | "websocket" | "eventsource" | "off";

/** Pause after the server replaced the stream, so that many devices do not replace each other. */
const REPLACED_WAIT_MS = 300_000;
/** The server sends something every 15 s: a longer silence means a broken stream. */
const STALL_MS = 45_000;

export interface StreamContext {
  readonly session: Session;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** Called at connection and whenever the user's version moves. */
  onHead(): void;
}

/** The best kind that this runtime has: React Native has no streaming fetch, but WebSockets. */
export function supportedLive(): Live {
  const isReactNative = (globalThis.navigator as { product?: string } | undefined)?.product === "ReactNative";
  if (!isReactNative && typeof ReadableStream !== "undefined") return "fetch";
  return typeof WebSocket === "undefined" ? "off" : "websocket";
}

/** Follows one stream to its end; throws Retryable or SignedOut. */
export function follow(live: Exclude<Live, "off">, context: StreamContext): Promise<void> {
  return { fetch: followFetch, websocket: followSocket, eventsource: followEvents }[live](context);
}

async function followFetch({ session, signal, onHead }: StreamContext): Promise<void> {
  const abort = new AbortController();
  const end = (): void => abort.abort();
  signal.addEventListener("abort", end);
  let timer = setTimeout(end, STALL_MS);
  try {
    const headers = { Accept: "text/event-stream" };
    const response = await session.open({ method: "GET", path: "/sync/stream", headers }, abort.signal);
    if (!response.body) throw new Unavailable("This runtime has no streaming fetch: use live: \"websocket\".");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(end, STALL_MS);
      const events = (rest + value.replaceAll("\r", "")).split("\n\n");
      rest = events.pop()!;
      for (const event of events) handle(/^event: ?(.*)$/m.exec(event)?.[1], onHead);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof TypeError || abort.signal.aborted ? new Offline("The stream broke off.") : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

async function followSocket({ session, transport, signal, onHead }: StreamContext): Promise<void> {
  const token = session.token();
  const socket = new WebSocket(transport.address("/sync/socket").replace(/^http/, "ws"));
  const close = await settled<{ code: number }>(signal, () => socket.close(), (resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ access_token: token }));
    socket.onmessage = ({ data }) => {
      try {
        handle(parseObject(String(data))?.["event"], onHead);
      } catch (error) {
        reject(error);
      }
    };
    socket.onclose = resolve;
  });
  if (!close) return;
  if (close.code === 4409) throw replaced();
  if (close.code === 4403 || close.code === 4410) throw new SignedOut("The session has ended.");
  if (close.code === 4401) await session.refresh(token);
  else throw new Offline("The stream broke off.");
}

async function followEvents({ session, transport, signal, onHead }: StreamContext): Promise<void> {
  const response = await session.call({ method: "POST", path: "/sync/stream-ticket" });
  const ticket = parseObject(response.text)?.["ticket"];
  const source = new EventSource(transport.address(`/sync/stream?ticket=${encodeURIComponent(String(ticket))}`));
  await settled(signal, () => source.close(), (_, reject) => {
    source.addEventListener("head", onHead);
    source.addEventListener("replaced", () => reject(replaced()));
    // EventSource would connect again with the same ticket, which works once.
    source.onerror = () => reject(new Offline("The stream broke off."));
  });
}

/** Outcome of callbacks, undefined at the end of the signal; closes in any case. */
async function settled<T>(
  signal: AbortSignal,
  close: () => void,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T | undefined> {
  try {
    return await new Promise<T | undefined>((resolve, reject) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
      start(resolve, reject);
    });
  } finally {
    close();
  }
}

function handle(event: unknown, onHead: () => void): void {
  if (event === "head") onHead();
  if (event === "replaced") throw replaced();
}

function replaced(): Unavailable {
  return new Unavailable("A newer stream replaced this one.", REPLACED_WAIT_MS);
}
