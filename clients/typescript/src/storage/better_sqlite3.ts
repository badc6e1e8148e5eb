/** Storage in a database of better-sqlite3: `betterSqlite3(new Database("logbook.db"))`. */
import type { Driver } from "./driver.ts";
import { WRITE_AHEAD, beginning, sqlite, type SqliteValue } from "./sqlite.ts";

/** What is needed of better-sqlite3's `Database`. */
export interface BetterDatabase {
  /** A statement, ready to run. */
  prepare(sql: string): BetterStatement;
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
  /** Closes the database. */
  close(): unknown;
}

/** What is needed of better-sqlite3's `Statement`. */
export interface BetterStatement {
  /** Rows, as objects by column. */
  all(...parameters: SqliteValue[]): unknown[];
  /** Runs a statement that has no rows. */
  run(...parameters: SqliteValue[]): unknown;
}

/** Driver for an open database, which is closed with the client; `name` is for locks between processes. */
export function betterSqlite3(database: BetterDatabase, name?: string): Promise<Driver> {
  database.exec(`${WRITE_AHEAD.join(";")}; PRAGMA busy_timeout = 5000`);
  return sqlite(
    {
      all: (sql, parameters) => database.prepare(sql).all(...parameters),
      batch(statements, isRepeatable) {
        database.exec(beginning(isRepeatable));
        try {
          for (const [sql, parameters] of statements) database.prepare(sql).run(...parameters);
          database.exec("COMMIT");
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      },
      close: () => database.close(),
    },
    name,
  );
}
