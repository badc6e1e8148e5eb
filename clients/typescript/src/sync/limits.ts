/** The server's limits, read once a day. */
import { isObject, parseObject, type Json } from "../core/json.ts";
import { TrackForgeError } from "../errors.ts";
import { getMeta, setMeta } from "../local/meta.ts";
import type { Store } from "../storage/store.ts";
import type { Transaction } from "../storage/transaction.ts";
import type { Session } from "./session.ts";

const DAY_US = 86_400_000_000;

interface Size {
  readonly changes: number;
  readonly bytes: number;
}

/** Size of a push at most: the settings, the server's limits, and what the server was seen to accept. */
export function pushLimits(tx: Transaction, { changes, bytes }: Size, ceiling: number): Size {
  const server = getMeta(tx, "limits");
  return {
    changes: Math.max(Math.min(changes, server?.push_changes ?? changes, ceiling), 1),
    bytes: Math.min(bytes, server?.push_bytes ?? bytes),
  };
}

/** Reads the limits, unless it did so today; a failure is ignored. */
export async function refreshLimits(session: Session, store: Store, nowUs: number): Promise<void> {
  const known = await store.transaction((tx) => getMeta(tx, "limits"));
  if (known && Math.abs(nowUs - known.at) < DAY_US) return;
  let limits: Json | undefined;
  try {
    limits = parseObject((await session.publicCall({ method: "GET", path: "/sync/config" })).text)?.["limits"];
  } catch (error) {
    if (error instanceof TrackForgeError) return;
    throw error;
  }
  if (!isObject(limits)) return;
  const numbers = Object.entries(limits).filter(([, value]) => typeof value === "number" && value > 0);
  await store.transaction((tx) => setMeta(tx, "limits", { ...Object.fromEntries(numbers), at: nowUs }));
}
