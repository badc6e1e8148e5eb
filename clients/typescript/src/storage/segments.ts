/**
 * Rows of large tables: each has the revision of its commit, and large commits store many rows in
 * one segment, because browsers write few rows a millisecond. The greatest revision of a key counts.
 */
import type { Operation } from "./driver.ts";

/** Commits above this many operations are stored as segments. */
export const SEGMENT_FROM = 500;
const ROWS_PER_SEGMENT = 1000;
const LARGE = "records:";

type Row = readonly [key: string, revision: number, value: unknown];

/** Live rows of a table, and what the driver stores for it. */
export interface LoadedTable {
  readonly rows: Map<string, unknown>;
  /** Rows that newer ones replaced. */
  readonly stale: number;
  readonly storedKeys: readonly string[];
}

export function isLarge(table: string): boolean {
  return table.startsWith(LARGE);
}

/** Prefix of a table's segments. */
export function segmentPrefix(table: string): string {
  return `segment:${table}/`;
}

/** Operations as stored by the commit that makes `revision`. */
export function storedOperations(
  operations: readonly (readonly [table: string, key: string, value: unknown])[],
  revision: number,
): Operation[] {
  const stored: Operation[] = [];
  const segments = new Map<string, Row[]>();
  for (const [table, key, value] of operations) {
    if (!isLarge(table)) stored.push([`${table}/${key}`, value]);
    else if (operations.length <= SEGMENT_FROM) stored.push([`${table}/${key}`, [revision, value ?? null]]);
    else if (segments.has(table)) segments.get(table)!.push([key, revision, value ?? null]);
    else segments.set(table, [[key, revision, value ?? null]]);
  }
  for (const [table, rows] of segments) stored.push(...segmentOperations(table, rows, revision));
  return stored;
}

/** Rows of a table from its own rows and its segments, the greatest revision of each key. */
export function loadedTable(
  table: string,
  own: readonly (readonly [key: string, value: unknown])[],
  segments: readonly (readonly [key: string, value: unknown])[],
): LoadedTable {
  const newest = new Map<string, Row>();
  let count = 0;
  const add = (row: Row): void => {
    count++;
    const known = newest.get(row[0]);
    if (!known || known[1] <= row[1]) newest.set(row[0], row);
  };
  for (const [, text] of segments) (JSON.parse(text as string) as Row[]).forEach(add);
  for (const [key, value] of own) {
    const [revision, row] = value as [number, unknown];
    add([key.slice(table.length + 1), revision, row]);
  }
  const rows = new Map<string, unknown>();
  for (const [key, , value] of newest.values()) if (value !== null) rows.set(key, value);
  return { rows, stale: count - rows.size, storedKeys: [...segments, ...own].map(([key]) => key) };
}

/** Operations that store a whole table again, without what newer rows replaced. */
export function compaction(table: string, loaded: LoadedTable, revision: number): Operation[] {
  const rows = [...loaded.rows].map(([key, value]): Row => [key, revision, value]);
  const removed = loaded.storedKeys.map((key): Operation => [key, undefined]);
  return [...removed, ...segmentOperations(table, rows, revision)];
}

function segmentOperations(table: string, rows: readonly Row[], revision: number): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_SEGMENT) {
    const part = rows.slice(at, at + ROWS_PER_SEGMENT);
    operations.push([`${segmentPrefix(table)}${revision}-${at}`, JSON.stringify(part)]);
  }
  return operations;
}
