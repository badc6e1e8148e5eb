/** Rows of other libraries: which fields changed, and values in the columns of an SQLite table. */
import { CONTRACTS } from "../contract/contracts.ts";
import type { CollectionName } from "../contract/records.ts";
import type { Fields, Json } from "../core/json.ts";

type Row = { readonly [name: string]: unknown };

/** Fields of the collection in a row, without the library's own columns. */
export function fieldsOf(collection: CollectionName, row: Row): Fields {
  return Object.fromEntries(
    Object.keys(CONTRACTS[collection].fields).flatMap((name) => (row[name] === undefined ? [] : [[name, row[name] as Json]])),
  );
}

/** Fields whose value differs between two rows; null for one that the second lacks. */
export function changedFields(collection: CollectionName, before: Row, after: Row): Fields {
  const changed: Fields = {};
  for (const name of Object.keys(CONTRACTS[collection].fields)) {
    const value = (after[name] ?? null) as Json;
    if (JSON.stringify(before[name] ?? null) !== JSON.stringify(value)) changed[name] = value;
  }
  return changed;
}

/** Fields of a record as columns: lists and objects are JSON text, absent fields are null. */
export function toColumns(collection: CollectionName, record: Row): Fields {
  return Object.fromEntries(
    Object.keys(CONTRACTS[collection].fields).map((name) => {
      const value = (record[name] ?? null) as Json;
      return [name, typeof value === "object" && value !== null ? JSON.stringify(value) : value];
    }),
  );
}

/** Fields of a row of columns: SQLite has neither flags nor lists. */
export function fromColumns(collection: CollectionName, row: Row): Fields {
  const fields = fieldsOf(collection, row);
  for (const [name, value] of Object.entries(fields)) {
    const type = CONTRACTS[collection].fields[name]!.type;
    if (type === "boolean" && value !== null) fields[name] = Boolean(value);
    if ((type === "array" || type === "object") && typeof value === "string") fields[name] = JSON.parse(value) as Json;
  }
  return fields;
}
