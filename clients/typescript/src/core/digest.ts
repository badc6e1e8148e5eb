/** Digests of record contents and of record versions. */
import { hex, sha256, utf8 } from "./bytes.ts";
import { isObject, type Fields, type Json } from "./json.ts";
import { pythonText } from "./round.ts";

/** SHA-256 (64 hex digits) over [collection, id, data] of live records, in any order. */
export function stateDigest(records: Iterable<readonly [collection: string, id: string, data: Fields]>): string {
  const lines = Array.from(records, ([collection, id, data]) => line([collection, id, data])).sort();
  return hex(sha256(utf8(lines.join("\n"))));
}

/** XOR (16 hex digits) over the first 8 bytes of the SHA-256 of each `id:version`. */
export function versionDigest(versions: Iterable<readonly [id: string, version: number]>): string {
  const total = new Uint8Array(8);
  for (const [id, version] of versions) {
    const hash = sha256(utf8(`${id}:${version}`));
    for (let i = 0; i < 8; i++) total[i]! ^= hash[i]!;
  }
  return hex(total);
}

function line(value: Json): string {
  if (typeof value === "number") return pythonText(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(line).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const names = Object.keys(value).sort(byCodePoint);
  return `{${names.map((name) => `${quoted(name)}: ${line(value[name]!)}`).join(", ")}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function byCodePoint(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!;
  }
  return a.length - b.length;
}
