/** The server's limits, read once a day. */
import { isObject, parseObject, type Json } from "../core/json.ts";
import { TrackForgeError } from "../errors.ts";
import { getMeta, setMeta } from "../local/meta.ts";
import type { Store } from "../storage/store.ts";
import type { Session } from "./session.ts";

const DAY_US = 86_400_000_000;

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
