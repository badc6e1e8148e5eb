/** Storage in a database of expo-sqlite: `expoSqlite(await openDatabaseAsync("logbook.db"))`. */
import type { Driver } from "./driver.ts";
import { WRITE_AHEAD, sqlite, type SqliteValue } from "./sqlite.ts";

/** What is needed of expo-sqlite's `SQLiteDatabase`. */
export interface ExpoDatabase {
  /** Rows of a query. */
  getAllAsync(sql: string, parameters: SqliteValue[]): Promise<unknown[]>;
  /** Runs the work in a transaction of its own. */
  withExclusiveTransactionAsync(work: (transaction: ExpoTransaction) => Promise<void>): Promise<void>;
  /** Closes the database. */
  closeAsync(): Promise<void>;
}

/** What is needed of expo-sqlite's transaction. */
export interface ExpoTransaction {
  /** Runs one statement. */
  runAsync(sql: string, parameters: SqliteValue[]): Promise<unknown>;
}

/** Driver for an open database, which is closed with the client. */
export async function expoSqlite(database: ExpoDatabase): Promise<Driver> {
  for (const it of WRITE_AHEAD) await database.getAllAsync(it, []);
  return sqlite({
    all: (sql, parameters) => database.getAllAsync(sql, parameters),
    batch: (statements) =>
      database.withExclusiveTransactionAsync(async (transaction) => {
        for (const [sql, parameters] of statements) await transaction.runAsync(sql, parameters);
      }),
    close: () => database.closeAsync(),
  });
}
