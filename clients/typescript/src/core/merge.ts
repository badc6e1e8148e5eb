/** Effects of writes on a record: pure, and the same as on the server. */
import { groupOf, registerOf, type Contract, type ValueSchema } from "../contract/contract.ts";
import { utf8 } from "./bytes.ts";
import { isObject, type Fields, type Json } from "./json.ts";

/** Content of a record at one moment; a deleted one retains its last data. */
export interface RecordState {
  readonly data: Fields;
  readonly deleted: boolean;
}

export type Op = "put" | "patch" | "delete";

/** State after a write without concurrent ones; a put retains fields that this app does not know. */
export function overlay(contract: Contract, state: RecordState | undefined, op: Op, data: Fields): RecordState {
  const before = state?.data ?? {};
  if (op === "delete") return { data: before, deleted: true };
  const isPut = op === "put";
  const after: Fields = {};
  for (const name in before) {
    if (isPut ? !(name in contract.fields) : !(name in data)) after[name] = before[name]!;
  }
  for (const name in contract.fields) {
    const fallback = contract.fields[name]!.default;
    if (fallback != null && (isPut || !state || name in data)) after[name] = fallback;
  }
  return { data: Object.assign(after, withoutNulls(data)), deleted: false };
}

/** Fields with a value: null, undefined and absent are the same. */
export function withoutNulls(data: Fields): Fields {
  const present: Fields = {};
  for (const name in data) if (data[name] != null) present[name] = data[name]!;
  return present;
}

/** Value with all texts in Unicode's composed form (NFC), as on the server. */
export function composed(value: Json): Json {
  if (typeof value === "string") return value.normalize("NFC");
  if (Array.isArray(value)) return value.map(composed);
  return isObject(value) ? mapValues(value, composed) : value;
}

/** Value with every text that is a key of `names` replaced. */
export function withIdsReplaced(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => withIdsReplaced(item, names));
  return isObject(value) ? mapValues(value, (item) => withIdsReplaced(item, names)) : value;
}

/** Stamp of a write: microseconds since the Unix epoch, and the device for ties. */
export type Stamp = readonly [clock: number, deviceId: string];

export interface StampedWrite {
  readonly op: Op;
  readonly data: Fields;
  readonly stamp: Stamp;
}

/** Record as its registers; the register "" is the deletion. */
export interface MergedRecord {
  readonly registers: { readonly [register: string]: { stamp: Stamp; members: Fields } };
  readonly deleted: { stamp: Stamp; value: boolean };
}

const NEVER: Stamp = [0, ""];

/** Merge of a write, groups complete: the greater stamp wins each register, in any order. */
export function mergeWrite(contract: Contract, record: MergedRecord | undefined, write: StampedWrite): MergedRecord {
  const registers = { ...record?.registers };
  const written = registersOf(contract, write);
  for (const name in written) {
    const stored = registers[name] ?? { stamp: NEVER, members: {} };
    const members = written[name]!;
    const order =
      compareStamps(write.stamp, stored.stamp) ||
      compareBytes(canonicalMembers(contract, members), canonicalMembers(contract, stored.members));
    if (order > 0) registers[name] = { stamp: write.stamp, members };
  }
  const before = record?.deleted ?? { stamp: NEVER, value: false };
  const value = write.op === "delete";
  const order = compareStamps(write.stamp, before.stamp) || Number(value) - Number(before.value);
  return { registers, deleted: order > 0 ? { stamp: write.stamp, value } : before };
}

/** Data of a merged record, flat. */
export function mergedData(record: MergedRecord): Fields {
  return Object.assign({}, ...Object.values(record.registers).map((register) => register.members)) as Fields;
}

/** Registers that a write writes, each with its present members. */
function registersOf(contract: Contract, { op, data }: StampedWrite): { [register: string]: Fields } {
  const registers: { [register: string]: Fields } = {};
  if (op === "delete") return registers;
  const names = new Set(Object.keys(data).flatMap((name) => groupOf(contract, name)));
  for (const name of op === "put" ? new Set([...Object.keys(contract.fields), ...names]) : names) {
    const members = (registers[registerOf(contract, name)] ??= {});
    const value = data[name] ?? contract.fields[name]?.default;
    if (value != null) members[name] = composed(value);
  }
  return registers;
}

/** Order of two stamps, for sorting. */
export function compareStamps(left: Stamp, right: Stamp): number {
  return left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0);
}

/** Canonical JSON: sorted keys, no spaces; a number that may have a fraction always has one. */
function canonicalMembers(contract: Contract, members: Fields): string {
  return `{${Object.keys(members)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(members[name]!, contract.fields[name])}`)
    .join(",")}}`;
}

function canonical(value: Json, schema: ValueSchema | undefined): string {
  if (typeof value === "number" && schema?.type === "number" && Number.isInteger(value)) return `${value}.0`;
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, schema?.items)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!, schema?.properties?.[key])}`).join(",")}}`;
}

/** Order of the UTF-8 forms; JavaScript compares UTF-16. */
function compareBytes(left: string, right: string): number {
  const [a, b] = [utf8(left), utf8(right)];
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function mapValues(value: Fields, change: (item: Json) => Json): Fields {
  const changed: Fields = {};
  for (const name in value) changed[name] = change(value[name]!);
  return changed;
}
