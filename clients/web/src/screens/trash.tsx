/** Deleted records of the last weeks, from the server, to bring back. */
import { useState, type ReactNode } from "react";
import type { CollectionName, TrashEntry } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb, usePromise } from "../lib/database.tsx";
import { longDate } from "../lib/dates.ts";
import { fieldName, messageOf } from "../lib/messages.ts";
import { Button, Empty, Page, SignInFirst } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

export function Trash(): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [version, setVersion] = useState(0);
  // A delete of this device is in the server's trash once it is pushed.
  const { pushedAt, pulledAt, signIn } = useSyncStatus(db);
  const result = usePromise(() => db.trash().then((entries) => ({ entries: withoutParts(entries), error: "" }), (error: unknown) => ({ entries: [], error: messageOf(error) })), [db, version, pushedAt, pulledAt]);
  const restore = async (collection: string, id: string, entry: number): Promise<void> => {
    await db.restore(collection as CollectionName, id, entry);
    setVersion(version + 1);
    say("It is back, with what was deleted together with it.");
  };
  if (signIn !== "signed in") {
    return <Page title="Trash" backTo="/more"><SignInFirst icon="trash">The server has what was deleted: sign in first.</SignInFirst></Page>;
  }
  return (
    <Page title="Trash" backTo="/more">
      {!result && <p className="quiet pad">Loading …</p>}
      {result?.error && <Empty icon="cloudOff">{result.error}</Empty>}
      {result && !result.error && result.entries.length === 0 && <Empty icon="trash">Nothing was deleted in the last weeks.</Empty>}
      {result && result.entries.length > 0 && (
        <ul className="rows card">
          {result.entries.map((it) => (
            <li className="row" key={`${it.collection} ${it.id} ${it.version}`}>
              <span className="row-text">
                <span>{titleOf(it.data)}</span>
                <small>{[fieldName(it.collection), `deleted ${new Date(it.replaced_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}`, it.device].filter(Boolean).join(" · ")}</small>
              </span>
              <Button onClick={() => run(() => restore(it.collection, it.id, it.version))}>Restore</Button>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

const PARENTS = ["session_id", "plan_id", "meal_id"];

/** Entries without those that come back together with another one. */
function withoutParts(entries: readonly TrashEntry[]): TrashEntry[] {
  const ids = new Set(entries.map((it) => it.id));
  return entries.filter(({ data, collection }) => collection === "food_logs" || !PARENTS.some((name) => ids.has(String(data[name]))));
}

/** What a person calls a record. */
export function titleOf(data: { readonly [field: string]: unknown }): string {
  const { name, exercise_name: exercise, date, reps, weight_kg: weight } = data;
  if (typeof exercise === "string") return `${exercise}${reps ? `, ${weight ? `${weight} kg × ` : ""}${reps}` : ""}`;
  const day = typeof date === "string" ? longDate(date) : "";
  return typeof name === "string" ? [name, day].filter(Boolean).join(", ") : day || "Record";
}
