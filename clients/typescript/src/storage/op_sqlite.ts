/** Storage in a database of op-sqlite: `opSqlite(open({ name: "logbook.db" }))`. */
import type { Driver } from "./driver.ts";
import { WRITE_AHEAD, sqlite, type SqliteValue } from "./sqlite.ts";

/** What is needed of op-sqlite's `DB`; a batch is one transaction. */
export interface OpDatabase {
  /** Rows of a query. */
  execute(sql: string, parameters: SqliteValue[]): Promise<{ readonly rows: readonly unknown[] }>;
  /** Runs statements in one transaction. */
  executeBatch(statements: [sql: string, parameters: SqliteValue[]][]): Promise<unknown>;
  /** Closes the database. */
  close(): void;
}

/** Driver for an open database, which is closed with the client. */
export async function opSqlite(database: OpDatabase): Promise<Driver> {
  for (const it of WRITE_AHEAD) await database.execute(it, []);
  return sqlite({
    all: async (sql, parameters) => (await database.execute(sql, parameters)).rows,
    batch: (statements) => database.executeBatch(statements.map(([sql, parameters]) => [sql, parameters])),
    close: () => database.close(),
  });
}
