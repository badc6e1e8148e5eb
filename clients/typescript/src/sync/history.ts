/** History on the server: overwritten, deleted and lost values, the trash, and restorations. */
import { isObject, parseObject, type Fields } from "../core/json.ts";
import type { Session } from "./session.ts";
import { notUnderstood } from "./wire.ts";

const PAGE = 500;

/** Values that a record had; of those that lost against a newer write, `data` has only these. */
export interface HistoryEntry<T = Fields> {
  /** Names the entry for `restore`. */
  readonly version: number;
  readonly replaced_at: string;
  /** Name of the device that replaced the values, or whose values lost. */
  readonly device: string | null;
  readonly why: "overwritten" | "deleted" | "lost";
  /** Clock and device of the values' write. */
  readonly clock: number;
  readonly device_id: string;
  readonly data: Partial<T>;
}

/** A deleted record that can be restored. */
export interface TrashEntry extends HistoryEntry {
  readonly collection: string;
  readonly id: string;
}

export function readHistory(session: Session, collection: string, id: string, limit: number): Promise<HistoryEntry[]> {
  return readEntries<HistoryEntry>(session, `/${slug(collection)}/${id}/history`, {}, limit);
}

export function readTrash(session: Session, collection: string | undefined, limit: number): Promise<TrashEntry[]> {
  return readEntries<TrashEntry>(session, "/trash", collection === undefined ? {} : { collection }, limit);
}

/** Writes an entry back: the restored record. */
export async function restore(session: Session, collection: string, id: string, version: number): Promise<Fields> {
  const path = `/${slug(collection)}/${id}/restore`;
  const response = await session.call({ method: "POST", path, body: JSON.stringify({ version }) });
  const record = parseObject(response.text);
  if (!record) throw notUnderstood("restoration");
  return record;
}

async function readEntries<E>(
  session: Session, path: string, parameters: { [name: string]: string }, limit: number,
): Promise<E[]> {
  const entries: E[] = [];
  let token: unknown = "";
  while (typeof token === "string" && entries.length < limit) {
    const size = String(Math.min(limit - entries.length, PAGE));
    const query = new URLSearchParams({ ...parameters, limit: size, ...(token && { page_token: token }) });
    const page = parseObject((await session.call({ method: "GET", path: `${path}?${query}` })).text);
    const items = page?.["items"];
    if (!Array.isArray(items) || !items.every(isObject)) throw notUnderstood("history");
    entries.push(...(items as unknown as E[]));
    token = page!["next_page_token"];
  }
  return entries;
}

const slug = (collection: string): string => collection.replaceAll("_", "-");
