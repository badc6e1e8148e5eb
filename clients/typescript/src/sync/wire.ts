/** The server's responses, checked as far as the client relies on them. */
import { isObject, parseObject, type Fields, type Json } from "../core/json.ts";
import type { ServerRecord } from "../local/records.ts";
import type { RejectionError } from "../local/rejected.ts";
import { Unavailable } from "../errors.ts";
import type { Stamp } from "../core/merge.ts";

export type Status = "applied" | "merged" | "stale" | "unchanged" | "conflict" | "rejected";

/** Result of one change; `record` if the server's state may differ from the device's. */
export interface Result {
  readonly status: Status;
  readonly version: number;
  readonly record?: ServerRecord;
  readonly canonicalId?: string;
  readonly error: RejectionError;
}

export interface PushResponse {
  readonly serverClock: number;
  readonly clockShift: number;
  readonly results: readonly Result[];
}

export interface PullPage {
  readonly changes: readonly ServerRecord[];
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly serverClock: number;
}

export function parsePush(text: string, sent: number): PushResponse {
  const body = parseObject(text);
  const results = body?.["results"];
  if (!body || !Array.isArray(results) || results.length !== sent) throw notUnderstood("push");
  return {
    serverClock: integer(body["server_clock"]),
    clockShift: integer(body["clock_shift_us"] ?? 0),
    results: results.map(parseResult),
  };
}

export function parsePull(text: string): PullPage {
  const body = parseObject(text);
  const changes = body?.["changes"];
  const cursor = body?.["cursor"];
  if (!body || !Array.isArray(changes) || typeof cursor !== "string") throw notUnderstood("pull");
  return {
    changes: changes.map(parseRecord),
    cursor,
    hasMore: body["has_more"] === true,
    serverClock: integer(body["server_clock"]),
  };
}

export function notUnderstood(what: string): Unavailable {
  return new Unavailable(`The response to the ${what} was not understood.`);
}

function parseResult(value: Json): Result {
  if (!isObject(value) || typeof value["status"] !== "string") throw notUnderstood("push");
  const status = value["status"] as Status;
  const record = value["record"];
  const canonicalId = value["canonical_id"];
  const error = isObject(value["error"]) ? value["error"] : { code: "rejected", detail: "Rejected." };
  return {
    status,
    version: status === "rejected" ? 0 : integer(value["version"] ?? 0),
    error: error as unknown as RejectionError,
    ...(isObject(record) && { record: parseRecord(record) }),
    ...(typeof canonicalId === "string" && { canonicalId }),
  };
}

function parseRecord(value: Json): ServerRecord {
  if (!isObject(value)) throw notUnderstood("sync");
  const { collection, id, version, clock, device_id, deleted, data, clocks } = value;
  if (typeof collection !== "string" || typeof id !== "string") throw notUnderstood("sync");
  return {
    collection,
    id,
    version: integer(version),
    clock: integer(clock),
    device_id: typeof device_id === "string" ? device_id : null,
    deleted: deleted === true,
    data: isObject(data) ? (data as Fields) : {},
    clocks: isObject(clocks) ? (clocks as unknown as { [register: string]: Stamp }) : undefined,
  };
}

function integer(value: Json | undefined): number {
  if (!Number.isSafeInteger(value)) throw notUnderstood("sync");
  return value as number;
}
