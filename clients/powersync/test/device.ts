/**
 * A PowerSync device for the tests: commands as JSON lines on standard input, an answer line each.
 *
 *     {"do": "connect", "url": …, "tokens": …}   {"do": "execute", "sql": …, "parameters": […]}
 *     {"do": "query", "sql": …}   {"do": "await", "sql": …, "equals": […]}   {"do": "disconnect"}
 */
import { createInterface } from "node:readline";
import { column, Schema, Table } from "@powersync/common";
import { PowerSyncDatabase } from "@powersync/node";
import { type Rejected, TrackForgeConnector } from "../connector.ts";

// Standard output carries answers only: what the SDK logs goes to standard error.
console.log = console.info = console.debug = console.error;

const [folder] = process.argv.slice(2);
const schema = new Schema({
  foods: new Table({
    name: column.text, notes: column.text, energy_kcal: column.real, protein_g: column.real,
    carbs_g: column.real, fat_g: column.real, fiber_g: column.real,
  }),
  exercises: new Table({ name: column.text, unilateral: column.integer, muscles: column.text }),
  workout_sets: new Table({
    session_id: column.text, kind: column.text, reps: column.integer, weight_kg: column.real,
    duration_s: column.real, distance_m: column.real,
  }),
});
const db = new PowerSyncDatabase({
  schema,
  database: { dbFilename: "device.db", dbLocation: folder, implementation: { type: "node:sqlite" } },
});
let refreshes = 0;
const rejected: Rejected[] = [];
let connector: TrackForgeConnector | undefined;

type Command = {
  do: string; url?: string; tokens?: never; sql?: string; parameters?: unknown[]; seconds?: number;
};

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case "connect":
      connector = new TrackForgeConnector({
        url: command.url!, tokens: command.tokens!,
        onTokens: () => void refreshes++,
        onRejected: (changes) => void rejected.push(...changes),
      });
      await db.connect(connector, { crudUploadThrottleMs: 50, retryDelayMs: 200 });
      return db.currentStatus.connected;
    case "disconnect":
      await db.disconnect();
      return true;
    case "execute":
      await db.execute(command.sql!, command.parameters as never);
      return true;
    case "query":
      return await db.getAll(command.sql!, command.parameters as never);
    case "status": {
      const status = db.currentStatus;
      return {
        connected: status.connected, has_synced: status.hasSynced,
        download_error: String(status.dataFlowStatus?.downloadError ?? ""),
        upload_error: String(status.dataFlowStatus?.uploadError ?? ""),
        waiting: (await db.getUploadQueueStats()).count, rejected, refreshes,
      };
    }
    case "close":
      await db.close();
      return true;
    default:
      throw new Error(`unknown command ${command.do}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  const answer = await run(command).then((value) => ({ value }), (error) => ({ error: String(error?.stack ?? error) }));
  process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0);
