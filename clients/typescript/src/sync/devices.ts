/** Devices of the user, and explanations why something is not there, from the server. */
import type { CollectionName } from "../contract/records.ts";
import { isObject, parseObject, type Json } from "../core/json.ts";
import type { Session } from "./session.ts";
import { notUnderstood } from "./wire.ts";

/** A push key without the key itself; `failures` are those since the last message that was sent. */
export interface PushKeyState {
  readonly kind: "webpush" | "unifiedpush" | "fcm" | "apns";
  readonly created_at: string;
  readonly sent_at: string | null;
  readonly failures: number;
  /** Time at which the push service called the key dead. */
  readonly dropped_at: string | null;
  readonly dropped_reason: string | null;
}

/** A device as the server knows it; times are ISO 8601, null for never or not reported. */
export interface DeviceState {
  readonly device_id: string;
  readonly name: string | null;
  /** True for the devices of this session. */
  readonly current: boolean;
  readonly first_seen_at: string;
  readonly seen_at: string;
  readonly pushed_at: string | null;
  readonly pulled_at: string | null;
  /** Versions that it has not acknowledged, null if it never did. */
  readonly behind: number | null;
  /** Filter of its last pull, null for all. */
  readonly collections: readonly string[] | null;
  readonly waiting: number | null;
  readonly oldest_waiting_at: string | null;
  readonly last_error: string | null;
  readonly last_error_at: string | null;
  readonly app_version: string | null;
  readonly schema_version: number | null;
  /** The server's clock minus the device's. */
  readonly clock_offset_us: number | null;
  readonly reported_at: string | null;
  /** State of its push key, null without one. */
  readonly push: PushKeyState | null;
  readonly last_failure: { readonly at: string; readonly kind: "push" | "pull" | "sync"; readonly code: string } | null;
}

/** One reason why something is not there, with sentences for people. */
export interface Cause {
  readonly cause: string;
  readonly likelihood: "certain" | "likely" | "possible";
  readonly summary: string;
  /** Ids, codes, names of fields, counts and times; never contents. */
  readonly evidence: { readonly [name: string]: Json };
  readonly advice: string;
}

/** Answer to a question: the record as the server has it, and the causes. */
export interface Explanation {
  readonly device: DeviceState | null;
  readonly record: {
    readonly collection: string;
    readonly id: string;
    readonly version: number;
    readonly deleted: boolean;
    readonly device_id: string;
    readonly device: string | null;
    readonly changed_at: string | null;
  } | null;
  /** The most likely first. */
  readonly causes: readonly Cause[];
}

/** What is missing: on a device, a record, or both. */
export interface Question {
  readonly device?: string | undefined;
  /** An id, or `collection/id`. */
  readonly record?: string | `${CollectionName}/${string}` | undefined;
}

export async function readDevices(session: Session): Promise<DeviceState[]> {
  const devices = parseObject((await session.call({ method: "GET", path: "/sync/devices" })).text)?.["devices"];
  if (!Array.isArray(devices) || !devices.every(isObject)) throw notUnderstood("list of devices");
  return devices as unknown as DeviceState[];
}

export async function forgetDevice(session: Session, id: string): Promise<void> {
  await session.call({ method: "DELETE", path: `/sync/devices/${encodeURIComponent(id)}` });
}

export async function explain(session: Session, { device, record }: Question): Promise<Explanation> {
  const query = new URLSearchParams({ ...(device && { device }), ...(record && { record }) });
  const explanation = parseObject((await session.call({ method: "GET", path: `/sync/explain?${query}` })).text);
  const causes = explanation?.["causes"];
  if (!Array.isArray(causes) || !causes.every(isObject)) throw notUnderstood("explanation");
  return explanation as unknown as Explanation;
}
