/** Storage in a file, with the SQLite of Node. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Driver } from "./driver.ts";
import { sqlite } from "./sqlite.ts";

/** Driver for an SQLite file, or `:memory:`. Its owner alone may read it: it has the tokens. */
export async function nodeSqlite(path: string): Promise<Driver> {
  const mask = process.umask(0o077);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
  process.umask(mask);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  const connection = {
    run: (sql: string, parameters: (string | number)[] = []) => void prepared(sql).run(...parameters),
    all: (sql: string, parameters: (string | number)[] = []) => prepared(sql).all(...parameters),
    close: () => database.close(),
  };
  return sqlite(connection, path === ":memory:" ? undefined : path);
}
