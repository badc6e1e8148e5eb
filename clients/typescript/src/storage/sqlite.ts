/** Storage in SQLite, through three functions that every binding has. */
import { REVISION, type Driver, type Operation } from "./driver.ts";

type Value = string | number;

/** An open SQLite database; functions may be synchronous or return promises. */
export interface SqliteConnection {
  /** Runs a statement without rows. */
  run(sql: string, parameters?: Value[]): unknown;
  /** Rows of a query, as objects by column. */
  all(sql: string, parameters?: Value[]): unknown;
  close?(): unknown;
}

/** Driver for an SQLite connection that nothing else uses; `name` is for locks between processes. */
export async function sqlite(connection: SqliteConnection, name?: string): Promise<Driver> {
  const rowsOf = async (sql: string, parameters: Value[]): Promise<{ key: string; value: string }[]> =>
    (await connection.all(sql, parameters)) as { key: string; value: string }[];
  await connection.run(
    "CREATE TABLE IF NOT EXISTS trackforge (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  );
  const get = async (keys: readonly string[]): Promise<unknown[]> => {
    const found = new Map<string, unknown>();
    for (let at = 0; at < keys.length; at += 500) {
      const part = keys.slice(at, at + 500);
      const marks = part.map(() => "?").join(",");
      for (const row of await rowsOf(`SELECT key, value FROM trackforge WHERE key IN (${marks})`, part)) {
        found.set(row.key, JSON.parse(row.value));
      }
    }
    return keys.map((key) => found.get(key));
  };
  return {
    name,
    async read(prefix) {
      const sql = "SELECT key, value FROM trackforge WHERE key >= ? AND key < ? ORDER BY key";
      const rows = await rowsOf(sql, [prefix, `${prefix}\u{10ffff}`]);
      return rows.map(({ key, value }) => [key, JSON.parse(value) as unknown] as const);
    },
    get,
    async commit(operations: readonly Operation[], revision) {
      await connection.run("BEGIN IMMEDIATE");
      try {
        const stored = (await get([REVISION]))[0] ?? 0;
        if (stored === revision) {
          await write(connection, [...operations, [REVISION, revision + 1]]);
        }
        await connection.run("COMMIT");
        return stored === revision;
      } catch (error) {
        await connection.run("ROLLBACK");
        throw error;
      }
    },
    close: async () => void (await connection.close?.()),
  };
}

async function write(connection: SqliteConnection, operations: readonly Operation[]): Promise<void> {
  for (const [key, value] of operations) {
    const [sql, parameters] =
      value === undefined
        ? ["DELETE FROM trackforge WHERE key = ?", [key]]
        : ["INSERT OR REPLACE INTO trackforge VALUES (?, ?)", [key, JSON.stringify(value)]];
    // Without an `await` for synchronous bindings: it would cost more than the statement.
    const running = connection.run(sql as string, parameters as Value[]);
    if (running instanceof Promise) await running;
  }
}
