/** Storage in SQLite, through three functions that every binding has. */
import { REVISION, type Driver, type Operation } from "./driver.ts";

/** Parameter of a statement. */
export type SqliteValue = string | number;
/** A statement with its parameters. */
export type SqliteStatement = readonly [sql: string, parameters: SqliteValue[]];

/** An open SQLite database; functions may be synchronous or return promises. */
export interface SqliteConnection {
  /** Rows of a query, as objects by column. */
  all(sql: string, parameters: SqliteValue[]): unknown;
  /**
   * Runs statements in one transaction: all, or none if one of them fails. One that can be repeated
   * may be lost in a power failure (`PRAGMA synchronous = NORMAL` with a write-ahead log).
   */
  batch(statements: readonly SqliteStatement[], isRepeatable: boolean): unknown;
  /** Closes the database. */
  close(): unknown;
}

const CREATE =
  "CREATE TABLE IF NOT EXISTS trackforge (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";
const READ = "SELECT key, value FROM trackforge WHERE key >= ? AND key < ? ORDER BY key";
const PUT = "INSERT OR REPLACE INTO trackforge VALUES (?, ?)";
const DELETE = "DELETE FROM trackforge WHERE key = ?";
/** Fails, and with it the transaction, unless the stored revision is the parameter. */
const REQUIRE_REVISION = `INSERT INTO trackforge SELECT '${REVISION}', NULL
 WHERE ? <> coalesce((SELECT value FROM trackforge WHERE key = '${REVISION}'), '0')`;
const KEYS_PER_QUERY = 500;

/** Driver for an SQLite database; `name` is for locks between processes. */
export async function sqlite(connection: SqliteConnection, name?: string): Promise<Driver> {
  const all = async (sql: string, parameters: SqliteValue[]): Promise<{ key: string; value: string }[]> =>
    (await connection.all(sql, parameters)) as { key: string; value: string }[];
  const get = async (keys: readonly string[]): Promise<unknown[]> => {
    const found = new Map<string, unknown>();
    for (let at = 0; at < keys.length; at += KEYS_PER_QUERY) {
      const part = keys.slice(at, at + KEYS_PER_QUERY);
      const sql = `SELECT key, value FROM trackforge WHERE key IN (${part.map(() => "?").join(",")})`;
      for (const row of await all(sql, part)) found.set(row.key, decode(row.value));
    }
    return keys.map((key) => found.get(key));
  };
  await connection.batch([[CREATE, []]], false);
  return {
    name,
    get,
    async read(prefix) {
      const rows = await all(READ, [prefix, `${prefix}\u{10ffff}`]);
      return rows.map(({ key, value }) => [key, decode(value)] as const);
    },
    async commit(operations, revision, isRepeatable = false) {
      const writes = [...operations, [REVISION, revision + 1] as const].map(statement);
      try {
        await connection.batch([[REQUIRE_REVISION, [String(revision)]], ...writes], isRepeatable);
        return true;
      } catch (error) {
        if (((await get([REVISION]))[0] ?? 0) !== revision) return false;
        throw error;
      }
    },
    close: async () => void (await connection.close()),
  };
}

function statement([key, value]: Operation): SqliteStatement {
  return value === undefined ? [DELETE, [key]] : [PUT, [key, encode(value)]];
}

/**
 * A commit appends to a log, and waits for the disk once. In large pages, which only a new database
 * gets, large values take less time; the log is as long as with SQLite's own size.
 */
export const WRITE_AHEAD = ["PRAGMA page_size = 16384", "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 250"];

/** Begins a transaction; one that can be repeated does not wait for the disk. */
export function beginning(isRepeatable: boolean): string {
  return `PRAGMA synchronous = ${isRepeatable ? "NORMAL" : "FULL"}; BEGIN IMMEDIATE`;
}

/** JSON, but a text (which segments are) as it is behind a mark that no JSON begins with. */
function encode(value: unknown): string {
  return typeof value === "string" ? `'${value}` : JSON.stringify(value);
}

function decode(text: string): unknown {
  return text.startsWith("'") ? text.slice(1) : JSON.parse(text);
}
