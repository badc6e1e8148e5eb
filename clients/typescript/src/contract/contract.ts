/** The form of a collection's contract. */
import type { Json } from "../core/json.ts";

/** JSON Schema of a value, as far as the server's declarations use it. */
export interface ValueSchema {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly items?: ValueSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: { readonly [name: string]: ValueSchema };
  /** Of an object. A map, whose keys are enumerated, has none. */
  readonly required?: boolean | readonly string[];
}

/** JSON Schema of a field, with its default. */
export type FieldSchema = ValueSchema & { readonly default?: Json };

/** Fields, groups and keys of a collection. */
export interface Contract {
  readonly fields: { readonly [name: string]: FieldSchema };
  /** Fields that are written together, as one register. */
  readonly groups: readonly (readonly string[])[];
  /** Sets of fields, at least one of which a record has whole; none: no such rule. */
  readonly alternatives: readonly (readonly string[])[];
  /** Fields that identify a record; `when` names a flag that must be set. */
  readonly naturalKey: { readonly parts: readonly string[]; readonly when: string | null } | null;
  readonly day: string | null;
  readonly parent: string | null;
}

/** Fields of the group of a field, itself included. */
export function groupOf(contract: Contract, name: string): readonly string[] {
  return contract.groups.find((group) => group.includes(name)) ?? [name];
}

/** Register of a field: the first field of its group, or itself. */
export function registerOf(contract: Contract, name: string): string {
  return groupOf(contract, name)[0] ?? name;
}

/** Absent fields of the alternative that lacks the fewest; empty if one is whole. */
export function missingAlternative(contract: Contract, data: { readonly [name: string]: unknown }): string[] {
  const absent = contract.alternatives.map((names) => names.filter((name) => data[name] == null));
  return absent.sort((left, right) => left.length - right.length)[0] ?? [];
}

/** True if there is no natural key without the field; others count as an empty text. */
export function isIdentifying(contract: Contract, name: string): boolean {
  return isRequired(contract, name) || contract.alternatives.some((names) => names.includes(name));
}

/** True for a field that every record has. */
export function isRequired(contract: Contract, name: string): boolean {
  return contract.fields[name]?.required === true;
}
