/** Earlier values of one record, from the server, to bring back. */
import { useState, type ReactNode } from "react";
import type { CollectionName, Stored } from "@trackforge/client";
import { useDb, usePromise } from "../lib/database.tsx";
import { fieldName, messageOf } from "../lib/messages.ts";
import { Button } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";

const WHY = { overwritten: "Overwritten", deleted: "Deleted", lost: "Lost against a newer change" } as const;

export function HistoryButton({ collection, record }: { collection: CollectionName; record: Stored<object> }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" icon="clock" onClick={() => setOpen(true)}>History</Button>
      {isOpen && <HistoryDialog collection={collection} record={record} onClose={() => setOpen(false)} />}
    </>
  );
}

function HistoryDialog({ collection, record, onClose }: { collection: CollectionName; record: Stored<object>; onClose: () => void }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const result = usePromise(() => db.history(collection, record.id).then((entries) => ({ entries, error: "" }), (error: unknown) => ({ entries: [], error: messageOf(error) })), [db, record]);
  const restore = async (version: number): Promise<void> => {
    await db.restore(collection, record.id, version);
    say("The earlier values are back.");
    onClose();
  };
  return (
    <Dialog title="History" onClose={onClose}>
      {!result && <p className="quiet">Asking the server …</p>}
      {result?.error && <p className="error">{result.error}</p>}
      {result && !result.error && result.entries.length === 0 && <p className="quiet">It has not been changed in the last weeks.</p>}
      <ul className="rows">
        {result?.entries.map((it) => (
          <li className="row" key={it.version}>
            <span className="row-text">
              <span>{differences(it.data as Values, record as Values)}</span>
              <small>{[WHY[it.why], new Date(it.replaced_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }), it.device && `by ${it.device}`].filter(Boolean).join(" · ")}</small>
            </span>
            <Button onClick={() => run(() => restore(it.version))}>Restore</Button>
          </li>
        ))}
      </ul>
      <a href={`#/why?record=${collection}/${record.id}`}>It is missing on another device</a>
    </Dialog>
  );
}

type Values = { readonly [field: string]: unknown };

/** Fields whose values were others than now. */
function differences(before: Values, now: Values): string {
  const names = Object.keys(before).filter((name) => name !== "id" && JSON.stringify(before[name]) !== JSON.stringify(now[name]));
  const texts = names.map((name) => `${fieldName(name)} ${short(before[name])}`);
  return texts.length === 0 ? "The same values as now" : texts.join(", ");
}

function short(value: unknown): string {
  if (value === null || value === undefined) return "–";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
