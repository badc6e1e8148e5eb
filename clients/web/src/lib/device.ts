/** This device: its name, and what is stored on it. */
import type { Database } from "@trackforge/client";
import { DATABASE_NAME } from "./database.tsx";
import { removeLocal } from "./local_state.ts";

/** Name in the list of devices, as `Chrome on Android`. */
export function deviceName(agent = navigator.userAgent): string {
  const find = (names: readonly (readonly [RegExp, string])[]): string | undefined => names.find(([it]) => it.test(agent))?.[1];
  const browser = find([[/Firefox/, "Firefox"], [/Edg\//, "Edge"], [/Chrom/, "Chrome"], [/Safari/, "Safari"]]) ?? "Browser";
  const system = find([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]]);
  return system ? `${browser} on ${system}` : browser;
}

const CHANNEL = "logbook:erased";

/** Deletes all records and settings of this device, in all tabs, and starts from nothing. */
export async function eraseDevice(db: Database): Promise<void> {
  new BroadcastChannel(CHANNEL).postMessage(true);
  await db.close();
  removeLocal();
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(`trackforge:${DATABASE_NAME}`);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error("The browser's database failed."));
  });
  location.hash = "";
  location.reload();
}

/** Closes the database when another tab erases this device. */
export function watchErasure(db: Database): void {
  new BroadcastChannel(CHANNEL).onmessage = async () => {
    await db.close();
    document.getElementById("root")!.textContent = "This logbook was erased in another tab. Reload to begin again.";
  };
}
