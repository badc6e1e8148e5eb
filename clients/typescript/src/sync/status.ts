/** Sync status of a device, as values for an app and as text for its user. */
import { clockOf, getMeta, type Failure } from "../local/meta.ts";
import { allEntries } from "../local/outbox.ts";
import { allRejected } from "../local/rejected.ts";
import type { Transaction } from "../storage/transaction.ts";

/** Times are microseconds since 1970 by the corrected clock, 0 = never. */
export interface Status {
  readonly now: number;
  readonly signIn: "signed in" | "signed out" | "expired" | "account deleted";
  readonly email: string | null;
  /** Number of unsent writes by collection; `sending` of them are in a push without a response. */
  readonly pending: { readonly [collection: string]: number };
  readonly sending: number;
  readonly rejected: number;
  readonly lastReason: string | null;
  readonly pushedAt: number;
  readonly pulledAt: number;
  /** Failure of the last attempt, until the next success. */
  readonly lastError: string | null;
  readonly lastErrorAt: number;
  readonly nextTryAt: number;
  readonly upgradeRequired: boolean;
}

const SIGN_INS = { user: "signed out", server: "expired", account_deleted: "account deleted" } as const;

export function statusOf(tx: Transaction, wallUs: number): Status {
  const pending: { [collection: string]: number } = {};
  for (const [, { collection }] of allEntries(tx)) pending[collection] = (pending[collection] ?? 0) + 1;
  const rejected = allRejected(tx);
  const failures = [getMeta(tx, "failedPush"), getMeta(tx, "failedPull")].filter((it): it is Failure => it !== undefined);
  const last = failures.sort((left, right) => left.at - right.at).at(-1);
  return {
    now: wallUs + clockOf(tx).offset,
    signIn: getMeta(tx, "tokens") ? "signed in" : SIGN_INS[getMeta(tx, "signedOutBy") ?? "user"],
    email: getMeta(tx, "user")?.email ?? null,
    pending,
    sending: getMeta(tx, "batch")?.entries.length ?? 0,
    rejected: rejected.length,
    lastReason: rejected.at(-1)?.error.detail ?? null,
    pushedAt: getMeta(tx, "pushedAt") ?? 0,
    pulledAt: getMeta(tx, "pulledAt") ?? 0,
    lastError: last?.text ?? null,
    lastErrorAt: last?.at ?? 0,
    nextTryAt: Math.max(0, ...failures.map((it) => it.nextTryAt)),
    upgradeRequired: getMeta(tx, "upgradeRequired") ?? false,
  };
}

/** Status as sentences for the user, such as `Signed in as ada@example.com. Everything is sent.` */
export function statusText(status: Status): string {
  const parts = [account(status), pendingText(status), lastSync(status), errorText(status), rejectedText(status)];
  if (status.upgradeRequired) {
    parts.push("This app is too old to receive changes: update it. It still sends yours.");
  }
  return parts.filter((part) => part !== "").join(" ");
}

function account({ signIn, email }: Status): string {
  if (signIn === "signed in") return `Signed in as ${email}.`;
  if (signIn === "signed out") return email === null ? "Not signed in yet." : "Signed out.";
  if (signIn === "expired") return `Signed out by the server: sign in again as ${email}.`;
  return "This account was deleted; what is on this device is still here.";
}

function pendingText({ pending, email }: Status): string {
  const count = Object.values(pending).reduce((sum, number) => sum + number, 0);
  if (count === 0) return email === null ? "Nothing to send." : "Everything is sent.";
  const counts = Object.entries(pending).map(([name, number]) => counted(name, number));
  return `${count} ${count === 1 ? "change waits" : "changes wait"} to be sent: ${counts.join(", ")}.`;
}

function lastSync({ pulledAt, now }: Status): string {
  return pulledAt === 0 ? "Never synced." : `Last synced ${ago(now - pulledAt)}.`;
}

function errorText({ lastError, lastErrorAt, nextTryAt, now, signIn }: Status): string {
  if (lastError === null || signIn !== "signed in") return "";
  const text = `The last attempt failed ${ago(now - lastErrorAt)}: ${lastError.replace(/\.$/, "")}.`;
  return nextTryAt > now ? `${text} Next try in ${span(nextTryAt - now)}.` : text;
}

function rejectedText({ rejected, lastReason }: Status): string {
  if (rejected === 0) return "";
  if (rejected === 1) return `1 change was rejected: ${lastReason}`;
  return `${rejected} changes were rejected, the last one: ${lastReason}`;
}

function counted(collection: string, number: number): string {
  const names: { [collection: string]: [one: string, many: string] } = {
    profile: ["profile change", "profile changes"],
    body_metrics: ["body measurement", "body measurements"],
  };
  const plural = collection.replaceAll("_", " ");
  const [one, many] = names[collection] ?? [plural.replace(/s$/, ""), plural];
  return `${number} ${number === 1 ? one : many}`;
}

function ago(us: number): string {
  return us >= 5_000_000 ? `${span(us)} ago` : "just now";
}

function span(us: number): string {
  const seconds = Math.max(Math.floor(us / 1_000_000), 0);
  for (const [size, name] of [[86_400, "day"], [3_600, "hour"], [60, "minute"]] as const) {
    const number = Math.floor(seconds / size);
    if (number > 0) return `${number} ${name}${number === 1 ? "" : "s"}`;
  }
  return `${seconds} second${seconds === 1 ? "" : "s"}`;
}
