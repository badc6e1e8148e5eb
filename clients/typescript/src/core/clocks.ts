/** Stamps of a record's registers: as the server gave them, and after an accepted write; pure. */
import { registerOf, type Contract } from "../contract/contract.ts";
import type { Fields } from "./json.ts";
import { compareStamps, type Op, type Stamp } from "./merge.ts";

/** Stamps by register; that of the deletion is `deleted`. */
export type Clocks = { readonly [register: string]: Stamp };

export interface Stamped {
  readonly clock: number;
  readonly device_id: string | null;
  /** Absent if all registers have the record's own stamp. */
  readonly clocks?: Clocks | undefined;
}

const DELETED = "deleted";

/** Stamps of all registers of a record that were written. */
export function allClocks(contract: Contract, record: Stamped & { data: Fields; deleted: boolean }): Clocks {
  if (record.clocks) return record.clocks;
  const own: Stamp = [record.clock, record.device_id ?? ""];
  const names = [...(record.deleted ? [] : Object.keys(contract.fields)), ...Object.keys(record.data)];
  return Object.fromEntries([DELETED, ...names.map((name) => registerOf(contract, name))].map((it) => [it, own]));
}

/** Stamps after an accepted write, in the form of a record. */
export function stampedBy(contract: Contract, before: Clocks, op: Op, data: Fields, stamp: Stamp): Stamped {
  const names = op === "delete" ? [] : [...(op === "put" ? Object.keys(contract.fields) : []), ...Object.keys(data)];
  const clocks: { [register: string]: Stamp } = { ...before };
  for (const register of [DELETED, ...names.map((name) => registerOf(contract, name))]) {
    const stored = clocks[register];
    if (!stored || compareStamps(stamp, stored) > 0) clocks[register] = stamp;
  }
  const [clock, device_id] = Object.values(clocks).reduce((max, it) => (compareStamps(it, max) > 0 ? it : max));
  const isOne = Object.values(clocks).every((it) => it[0] === clock && it[1] === device_id);
  return isOne ? { clock, device_id } : { clock, device_id, clocks };
}
