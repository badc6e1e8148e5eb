/** HTTP by `fetch`: one response for one request, and errors by the reaction that they need. */
import { parseObject, type Fields } from "../core/json.ts";
import {
  AccountDeleted, Offline, RequestRejected, SecondFactorRequired, Unavailable, UpgradeRequired, type TrackForgeError,
} from "../errors.ts";
import type { ExchangeSink } from "./exchange.ts";

export interface Request {
  readonly method: string;
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  /** A text is JSON; a form or a file is sent as it is. */
  readonly body?: string | FormData | Blob;
}

export interface Response {
  readonly status: number;
  readonly text: string;
  header(name: string): string | null;
}

export type Fetch = (url: string, init: RequestInit) => Promise<globalThis.Response>;

const TIMEOUT_MS = 60_000;
const COMPRESSED_FROM = 1024;
const JSON_BODY = { "Content-Type": "application/json" };

export class Transport {
  readonly #url: string;
  readonly #fetch: Fetch;
  /** Receiver of every exchange, if the app records. */
  sink: ExchangeSink | undefined;

  constructor(url: string, fetch: Fetch) {
    this.#url = `${url.replace(/\/+$/, "")}/api/v1`;
    this.#fetch = fetch;
  }

  /** Response of any status; throws Offline without one. */
  async send(request: Request): Promise<Response> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    const startedMs = this.sink?.now() ?? 0;
    try {
      const response = await this.#open(request, abort.signal);
      const text = await response.text();
      this.sink?.exchange({
        method: request.method,
        path: `/api/v1${request.path}`,
        headers: new Headers({ ...(typeof request.body === "string" && JSON_BODY), ...request.headers }),
        body: request.body,
        status: response.status,
        responseText: text,
        responseHeader: (name) => response.headers.get(name),
        startedMs,
      });
      return { status: response.status, text, header: (name) => response.headers.get(name) };
    } catch (error) {
      throw offline(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Response whose body is still open, for streams. */
  async open(request: Request, signal: AbortSignal): Promise<globalThis.Response> {
    try {
      return await this.#open(request, signal);
    } catch (error) {
      throw offline(error);
    }
  }

  /** Address of a route, for WebSocket and EventSource. */
  address(path: string): string {
    return this.#url + path;
  }

  async #open(request: Request, signal: AbortSignal): Promise<globalThis.Response> {
    const headers: Record<string, string> = { Accept: "application/json", ...request.headers };
    const init: RequestInit = { method: request.method, headers, signal, credentials: "omit", redirect: "manual" };
    if (typeof request.body === "string") {
      Object.assign(headers, JSON_BODY);
      const compressed = await gzip(request.body);
      if (compressed) headers["Content-Encoding"] = "gzip";
      init.body = compressed ?? request.body;
    } else if (request.body !== undefined) {
      init.body = request.body; // its Content-Type is the runtime's, with the boundary of a form
    }
    return this.#fetch(this.#url + request.path, init);
  }
}

/** Error of a response; undefined for a success and for 304. */
export function responseError(status: number, text: string, retryAfter: string | null): TrackForgeError | undefined {
  if ((status >= 200 && status < 300) || status === 304) return undefined;
  const problem: Fields = parseObject(text) ?? {};
  // Only a problem document has a code: others are of a proxy or a captive portal.
  const code = typeof problem["code"] === "string" ? problem["code"] : "";
  const detail = String(problem["detail"] ?? problem["title"] ?? `The server answered ${status}.`);
  if (code === "account_deleted") return new AccountDeleted(detail);
  if (code === "second_factor_required") return secondFactor(detail, problem);
  if (code && status === 426) return new UpgradeRequired(detail);
  if (code && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return new RequestRejected(status, code, detail, problem);
  }
  return new Unavailable(detail, retryAfterMs(retryAfter));
}

function secondFactor(detail: string, problem: Fields): SecondFactorRequired {
  const { challenge, methods, passkey_options: options } = problem as { [member: string]: unknown };
  const accepted = Array.isArray(methods) ? methods.map(String) : [];
  return new SecondFactorRequired(detail, String(challenge ?? ""), accepted, (options as object | null) ?? undefined);
}

function retryAfterMs(value: string | null): number {
  if (value === null) return 0;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(at - Date.now(), 0);
}

function offline(error: unknown): Offline {
  const reason = error instanceof Error && error.message ? error.message : String(error);
  return new Offline(`No response from the server: ${reason}`);
}

async function gzip(text: string): Promise<ArrayBuffer | undefined> {
  if (text.length < COMPRESSED_FROM || typeof CompressionStream === "undefined") return undefined;
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new globalThis.Response(stream).arrayBuffer();
}
