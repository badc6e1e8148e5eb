/** Recorder of the exchanges with the server, without secrets: a tape that the Python client replays. */
import { utf8 } from "./core/bytes.ts";
import { parseObject, type Json } from "./core/json.ts";
import type { Exchange, ExchangeSink } from "./sync/exchange.ts";

const REQUEST_HEADERS = ["content-type", "idempotency-key", "if-match", "if-none-match", "prefer", "sent-at"];
const RESPONSE_HEADERS = ["etag", "idempotent-replay", "retry-after"];
/** Fields of bodies and queries whose values are never recorded. */
const SECRETS = new Set([
  "access_token", "current_password", "email", "new_password", "password", "refresh_token", "ticket", "token",
]);

/**
 * Exchanges in memory, from now on: `db.record(recorder)` starts, `db.record(undefined)` stops.
 * `device` is the name of this device on the tape.
 */
export class Recorder implements ExchangeSink {
  readonly #device: string;
  readonly #now: () => number;
  readonly #lines: string[] = [];
  #start: number | undefined;

  constructor(device = "app", now: () => number = Date.now) {
    this.#device = device;
    this.#now = now;
  }

  /** Number of recorded exchanges. */
  get length(): number {
    return this.#lines.length;
  }

  /** The tape: an exchange a line, as docs/reference/tape-format.md describes it. */
  tape(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** Milliseconds of the clock. */
  now(): number {
    return this.#now();
  }

  /** Adds an exchange to the tape, without secrets. */
  exchange(it: Exchange): void {
    this.#start ??= it.startedMs;
    const [path, query] = split(it.path);
    const body = document(it.body);
    const omitted = body === null ? sizeOf(it.body) : 0;
    const answer = document(it.responseText);
    const headers = selected(REQUEST_HEADERS, (name) => it.headers.get(name));
    const responseHeaders = selected(RESPONSE_HEADERS, it.responseHeader);
    const request = {
      method: it.method,
      path,
      ...(Object.keys(query).length > 0 && { query }),
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== null && { body: redacted(body) }),
      ...(omitted > 0 && { omitted }),
    };
    const response = {
      status: it.status,
      ...(Object.keys(responseHeaders).length > 0 && { headers: responseHeaders }),
      body: redacted(answer),
    };
    const t = Math.max(it.startedMs - this.#start, 0) / 1000;
    this.#lines.push(JSON.stringify({ device: this.#device, user: userOf(it.headers, answer), t, request, response }));
  }
}

function split(address: string): [path: string, query: { [name: string]: string }] {
  const at = address.indexOf("?");
  if (at < 0) return [address, {}];
  const parameters = [...new URLSearchParams(address.slice(at + 1))];
  const query = Object.fromEntries(parameters.map(([name, value]) => [name, SECRETS.has(name) ? "" : value]));
  return [address.slice(0, at), query];
}

function selected(names: readonly string[], read: (name: string) => string | null): { [name: string]: string } {
  return Object.fromEntries(names.flatMap((name) => (read(name) === null ? [] : [[name, read(name)!]])));
}

function document(text: Exchange["body"]): Json {
  try {
    return typeof text === "string" && text ? (JSON.parse(text) as Json) : null;
  } catch {
    return null;
  }
}

/** Bytes of a body that is not on the tape. */
function sizeOf(body: Exchange["body"]): number {
  if (body === undefined) return 0;
  if (typeof body === "string") return utf8(body).length;
  if (body instanceof Blob) return body.size;
  return [...body.values()].reduce((size, it) => size + (typeof it === "string" ? utf8(it).length : it.size), 0);
}

function redacted(value: Json): Json {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, it]) => [name, SECRETS.has(name) && it !== null ? "" : redacted(it as Json)]),
  );
}

/** Id of the user whose token was sent, or came with the response. */
function userOf(headers: Headers, answer: Json): string | null {
  const sent = headers.get("authorization")?.replace(/^Bearer /, "");
  const token = sent ?? (answer as { access_token?: unknown } | null)?.access_token;
  if (typeof token !== "string") return null;
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return String(parseObject(atob(payload))?.["sub"] ?? "") || null;
  } catch {
    return null;
  }
}
