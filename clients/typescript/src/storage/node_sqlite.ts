/** Storage in a file, with the SQLite of Node. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Driver } from "./driver.ts";
import { WRITE_AHEAD, beginning, sqlite, type SqliteStatement, type SqliteValue } from "./sqlite.ts";

/** Driver for an SQLite file, or `:memory:`. Its owner alone may read it: it has the tokens. */
export async function nodeSqlite(path: string): Promise<Driver> {
  const mask = process.umask(0o077);
  const database = new DatabaseSync(path);
  database.exec(`${WRITE_AHEAD.join(";")}; PRAGMA busy_timeout = 5000`);
  process.umask(mask);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  const connection = {
    all: (sql: string, parameters: SqliteValue[]) => prepared(sql).all(...parameters),
    batch(batch: readonly SqliteStatement[], isRepeatable: boolean) {
      database.exec(beginning(isRepeatable));
      try {
        for (const [sql, parameters] of batch) prepared(sql).run(...parameters);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
  return sqlite(connection, path === ":memory:" ? undefined : path);
}
