/**
 * Rows of large tables: each has the revision of its commit, and large commits store many rows in
 * one segment, because browsers write few rows a millisecond. The greatest revision of a key counts.
 */
import type { Operation } from "./driver.ts";
import type { Writes } from "./transaction.ts";

/** Commits above this many operations are stored as segments. */
export const SEGMENT_FROM = 500;
const ROWS_PER_SEGMENT = 1000;
const LARGE = "records:";

type Row = readonly [key: string, revision: number, value: unknown];
type Entry = readonly [key: string, value: unknown];

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

/** Operations of `count` writes, as stored by the commit that makes `revision`. */
export function storedOperations(writes: Writes, count: number, revision: number): Operation[] {
  const stored: Operation[] = [];
  for (const [table, rows] of writes) {
    const inLarge = isLarge(table);
    if (inLarge && count > SEGMENT_FROM) stored.push(...segmentOperations(table, rows, revision));
    else for (const [key, value] of rows) stored.push([`${table}/${key}`, inLarge ? [revision, value ?? null] : value]);
  }
  return stored;
}

/** Rows of a table from its own rows and its segments, the greatest revision of each key. */
export function loadedTable(table: string, own: readonly Entry[], segments: readonly Entry[]): LoadedTable {
  // The rows of a segment have one revision: in the order of revisions, the last value of a key counts.
  const parts = segments.map(([, text]) => JSON.parse(text as string) as Row[]);
  for (const [key, value] of own) parts.push([[key.slice(table.length + 1), ...(value as [number, unknown])]]);
  parts.sort(([left], [right]) => left![1] - right![1]);
  const rows = new Map<string, unknown>();
  let count = 0;
  for (const part of parts) {
    count += part.length;
    for (const [key, , value] of part) {
      if (value === null) rows.delete(key);
      else rows.set(key, value);
    }
  }
  return { rows, stale: count - rows.size, storedKeys: [...segments, ...own].map(([key]) => key) };
}

/** Operations that store a whole table again, without what newer rows replaced. */
export function compaction(table: string, loaded: LoadedTable, revision: number): Operation[] {
  const removed = loaded.storedKeys.map((key): Operation => [key, undefined]);
  return [...removed, ...segmentOperations(table, loaded.rows, revision)];
}

function segmentOperations(table: string, rows: ReadonlyMap<string, unknown>, revision: number): Operation[] {
  const operations: Operation[] = [];
  let part: Row[] = [];
  let left = rows.size;
  for (const [key, value] of rows) {
    part.push([key, revision, value ?? null]);
    left--;
    if (part.length < ROWS_PER_SEGMENT && left > 0) continue;
    operations.push([`${segmentPrefix(table)}${revision}-${left}`, JSON.stringify(part)]);
    part = [];
  }
  return operations;
}
