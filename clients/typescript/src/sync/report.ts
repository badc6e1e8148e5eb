/** Report of a device: its own state, sent with pushes and pulls, without contents of records. */
import { SCHEMA_VERSION } from "../contract/contracts.ts";
import { AccountDeleted, Offline, RequestRejected, SignedOut, Unavailable, UpgradeRequired, type TrackForgeError } from "../errors.ts";
import { clockOf, getMeta } from "../local/meta.ts";
import { allEntries } from "../local/outbox.ts";
import type { Transaction } from "../storage/transaction.ts";

const SECOND_US = 1_000_000;

export interface ReportSettings {
  /** Name of the device in the user's list; by default that of its sign-in. */
  readonly name?: string | undefined;
  readonly appVersion?: string | undefined;
}

/** The header `Device-Report` by its name. */
export function reportHeader(tx: Transaction, wallUs: number, { name, appVersion }: ReportSettings): { [name: string]: string } {
  const { offset } = clockOf(tx);
  const age = (since: number): number => Math.floor(Math.max(wallUs + offset - since, 0) / SECOND_US);
  const entries = allEntries(tx);
  const failure = getMeta(tx, "lastFailure");
  const report = {
    device_id: getMeta(tx, "deviceId"),
    schema_version: SCHEMA_VERSION,
    name,
    app_version: appVersion,
    waiting: entries.length,
    clock_offset_us: offset,
    ...(entries.length > 0 && { oldest_age_s: age(Math.min(...entries.slice(0, 1000).map(([, it]) => it.clock))) }),
    ...(failure && { last_error: failure.code, last_error_age_s: age(failure.at) }),
  };
  return { "Device-Report": ascii(JSON.stringify(report)) };
}

/** Code of an error for reports: the server's, if it sent one. */
export function errorCode(error: TrackForgeError): string {
  if (error instanceof RequestRejected) return error.code;
  if (error instanceof AccountDeleted) return "account_deleted";
  if (error instanceof SignedOut) return "signed_out";
  if (error instanceof UpgradeRequired) return "upgrade_required";
  if (error instanceof Offline) return "offline";
  return error instanceof Unavailable ? "unavailable" : "other";
}

/** JSON text in ASCII, as headers must be. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
