/** Record ids: UUIDv7 for new records, UUIDv5 for natural keys. */
import { CONTRACTS } from "../contract/contracts.ts";
import { isIdentifying } from "../contract/contract.ts";
import type { CollectionName } from "../contract/records.ts";
import { hex, sha1, utf8 } from "./bytes.ts";
import type { Fields } from "./json.ts";

/** Namespace of all derived ids: uuid5 of `trackforge.com` in the DNS namespace. */
const ROOT = "9f5fdd66-8869-533d-986f-76408152ba27";
const namespaces = new Map<string, string>();

/** UUIDv7 (RFC 9562) of a time in microseconds since the Unix epoch, and 8 random bytes. */
export function timeOrderedId(nowUs: number, random: Uint8Array): string {
  const milliseconds = Math.floor(nowUs / 1000);
  // The fraction of the millisecond fills rand_a, as RFC 9562 (6.2, method 3) allows.
  const fraction = Math.floor(((nowUs % 1000) * 4096) / 1000);
  const bytes = Uint8Array.from(random);
  bytes[0] = (bytes[0]! & 0x3f) | 0x80;
  const high = milliseconds.toString(16).padStart(12, "0");
  return dashed(`${high}7${fraction.toString(16).padStart(3, "0")}${hex(bytes)}`);
}

/** UUIDv5 (RFC 9562) of a name in a namespace. */
export function uuid5(namespace: string, name: string): string {
  const space = namespace.replaceAll("-", "").match(/../g) ?? [];
  const text = utf8(name);
  const message = new Uint8Array(16 + text.length);
  message.set(space.map((pair) => parseInt(pair, 16)));
  message.set(text, 16);
  const hash = sha1(message).slice(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return dashed(hex(hash));
}

/** Id derived from the natural key, the same on every device; undefined without a natural key. */
export function naturalId(collection: CollectionName, userId: string, data: Fields): string | undefined {
  const contract = CONTRACTS[collection];
  const key = contract.naturalKey;
  if (!key || (key.when && data[key.when] !== true)) return undefined;
  if (key.parts.some((part) => data[part] == null && isIdentifying(contract, part))) return undefined;
  // An absent optional part counts as an empty text, as on the server.
  const parts = key.parts.map((part) => String(data[part] ?? ""));
  let namespace = namespaces.get(collection);
  if (namespace === undefined) {
    namespace = uuid5(ROOT, collection);
    namespaces.set(collection, namespace);
  }
  return uuid5(namespace, [userId, ...parts].join("\n"));
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
