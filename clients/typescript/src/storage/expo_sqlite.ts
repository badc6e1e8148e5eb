/** Storage in a database of expo-sqlite: `expoSqlite(await openDatabaseAsync("logbook.db"))`. */
import type { Driver } from "./driver.ts";
import { sqlite, type SqliteValue } from "./sqlite.ts";

/** What is needed of expo-sqlite's `SQLiteDatabase`. */
export interface ExpoDatabase {
  getAllAsync(sql: string, parameters: SqliteValue[]): Promise<unknown[]>;
  withExclusiveTransactionAsync(work: (transaction: ExpoTransaction) => Promise<void>): Promise<void>;
  closeAsync(): Promise<void>;
}

export interface ExpoTransaction {
  runAsync(sql: string, parameters: SqliteValue[]): Promise<unknown>;
}

/** Driver for an open database, which is closed with the client. */
export function expoSqlite(database: ExpoDatabase): Promise<Driver> {
  return sqlite({
    all: (sql, parameters) => database.getAllAsync(sql, parameters),
    batch: (statements) =>
      database.withExclusiveTransactionAsync(async (transaction) => {
        for (const [sql, parameters] of statements) await transaction.runAsync(sql, parameters);
      }),
    close: () => database.closeAsync(),
  });
}
