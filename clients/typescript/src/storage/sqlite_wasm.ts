/**
 * Storage in SQLite's own WebAssembly build, in a worker: `sqliteWasm(new sqlite3.oo1.OpfsDb("/logbook.db"))`, or a
 * database of `installOpfsSAHPoolVfs`, which needs no headers of the page.
 */
import type { Driver } from "./driver.ts";
import { sqlite, type SqliteValue } from "./sqlite.ts";

/** What is needed of a database of `sqlite3.oo1`. */
export interface WasmDatabase {
  /** Runs one statement; its rows as objects. */
  exec(options: { sql: string; bind?: SqliteValue[]; rowMode?: "object"; returnValue?: "resultRows" }): unknown;
  /** Closes the database. */
  close(): void;
}

/** Driver for an open database, which is closed with the client; `name` is for locks between tabs. */
export function sqliteWasm(database: WasmDatabase, name?: string): Promise<Driver> {
  const run = (sql: string, bind: SqliteValue[] = []): unknown =>
    database.exec({ sql, ...(bind.length > 0 && { bind }), rowMode: "object", returnValue: "resultRows" });
  return sqlite(
    {
      all: run,
      batch(statements) {
        run("BEGIN IMMEDIATE");
        try {
          for (const [sql, parameters] of statements) run(sql, parameters);
          run("COMMIT");
        } catch (error) {
          run("ROLLBACK");
          throw error;
        }
      },
      close: () => database.close(),
    },
    name,
  );
}
