/** Comparison with the server's digests. */
import { CONTRACTS } from "../contract/contracts.ts";
import { versionDigest } from "../core/digest.ts";
import { isObject, parseObject } from "../core/json.ts";
import { recordsTable, type RecordRow } from "../local/records.ts";
import type { Store } from "../storage/store.ts";
import type { Session } from "./session.ts";
import { notUnderstood } from "./wire.ts";

/** Names of the collections whose live records differ from the server's; meaningful after a pull. */
export async function differingCollections(session: Session, store: Store): Promise<string[]> {
  const response = await session.call({ method: "GET", path: "/sync/check" });
  const collections = parseObject(response.text)?.["collections"];
  if (!isObject(collections)) throw notUnderstood("check");
  const differing: string[] = [];
  for (const name of Object.keys(CONTRACTS)) {
    const rows = (await store.load(recordsTable(name))) as Map<string, RecordRow>;
    const live = [...rows].filter(([, row]) => row.base && !row.base.deleted);
    const digest = versionDigest(live.map(([id, row]) => [id, row.version]));
    const server = collections[name] ?? { count: 0, digest };
    if (!isObject(server) || server["count"] !== live.length || server["digest"] !== digest) differing.push(name);
  }
  return differing;
}
