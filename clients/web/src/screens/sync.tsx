/** Status of the sync in words; changes that the server rejected, to mend or drop. */
import { useEffect, useState, type ReactNode } from "react";
import { CONTRACTS, statusText, type Fields, type Json, type Rejected } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { counted } from "../lib/numbers.ts";
import { fieldMessages, fieldName } from "../lib/messages.ts";
import { useNow } from "../lib/local_state.ts";
import { Button, Card, Field, Form, LinkRow, Page } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";

export function Sync(): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const status = useSyncStatus(db);
  useNow(); // "3 minutes ago" grows
  const rejected = db.rejected();
  const isSignedIn = status.signIn === "signed in";
  const check = async (): Promise<void> => {
    const differing = await db.check({ repair: true });
    say(differing.length === 0 ? "This device and the server are equal." : `These still differ: ${differing.join(", ")}.`);
  };
  const syncNow = async (): Promise<void> => {
    await db.sync();
    say("Everything is synced.");
  };
  return (
    <Page title="Sync" backTo="/more">
      <Card>
        <p>{statusText(db.status())}</p>
        <div className="buttons">
          {isSignedIn ? (
            <>
              <Button kind="primary" icon="cloudUp" onClick={() => run(syncNow)}>Sync now</Button>
              <Button onClick={() => run(check)}>Check and repair</Button>
            </>
          ) : (
            <a className="button primary" href="#/sign-in">{status.email ? "Sign in again" : "Create an account or sign in"}</a>
          )}
        </div>
      </Card>
      {rejected.length > 0 && (
        <Card title={counted(rejected.length, "rejected change")}>
          <p className="quiet">The server cannot take these. Mend or drop them; everything else is synced.</p>
          {rejected.map((it) => <RejectedRow key={it.number} rejected={it} />)}
        </Card>
      )}
      {isSignedIn && (
        <Card className="rows">
          <LinkRow href="#/why" icon="info" title="Why is it not there?" detail="Something is missing on this device or on another" />
          <LinkRow href="#/account" icon="device" title="Devices" detail="What each of them has sent and received" />
        </Card>
      )}
      <Storage />
    </Page>
  );
}

function RejectedRow({ rejected }: { rejected: Rejected }): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const [isOpen, setOpen] = useState(false);
  const name = String(rejected.data["name"] ?? rejected.seen?.["name"] ?? rejected.seen?.["date"] ?? rejected.id);
  return (
    <div className="rejected">
      <p>
        <strong>{fieldName(rejected.collection)}: {name}</strong>
        <br />
        {rejected.error.errors ? fieldMessages(rejected.error.errors as never) : rejected.error.detail}
      </p>
      <div className="buttons">
        <Button kind="danger" icon="trash" onClick={() => run(() => db.dismiss(rejected))}>Drop</Button>
        {rejected.op === "delete" ? <Button onClick={() => run(() => db.retry(rejected))}>Try again</Button> : <Button icon="edit" onClick={() => setOpen(true)}>Mend</Button>}
      </div>
      {isOpen && <Mend rejected={rejected} onClose={() => setOpen(false)} />}
    </div>
  );
}

/** Form of the fields of a change, each as text. */
function Mend({ rejected, onClose }: { rejected: Rejected; onClose: () => void }): ReactNode {
  const db = useDb();
  const { fields } = CONTRACTS[rejected.collection];
  const names = Object.keys(rejected.data).filter((name) => fields[name] && !["array", "object"].includes(fields[name].type));
  const send = async (form: FormData): Promise<void> => {
    const data: Fields = { ...rejected.data };
    for (const name of names) data[name] = valueOf(String(form.get(name) ?? ""), fields[name]!.type);
    await db.retry(rejected, data);
    onClose();
  };
  return (
    <Dialog title="Mend the change" onClose={onClose}>
      <Form onSubmit={send}>
        {names.map((name) => (
          <Field key={name} label={fieldName(name)} name={name} defaultValue={String(rejected.data[name] ?? "")} />
        ))}
        <Button type="submit" kind="primary">Send it again</Button>
      </Form>
    </Dialog>
  );
}

function valueOf(text: string, type: string): Json {
  if (text.trim() === "") return null;
  if (type === "boolean") return text.trim() === "true";
  return type === "string" ? text : Number(text.replace(",", "."));
}

/** What the browser promises about the storage of this device. */
function Storage(): ReactNode {
  const [isPersistent, setPersistent] = useState<boolean>();
  useEffect(() => void navigator.storage?.persisted?.().then(setPersistent), []);
  const ask = async (): Promise<void> => setPersistent(await navigator.storage.persist());
  if (isPersistent === undefined) return null;
  return (
    <Card title="Storage of this device">
      <p className="quiet">
        {isPersistent ? "The browser keeps this logbook until you delete it." : "The browser may clear this logbook if the device runs out of space. What is synced stays on the server."}
      </p>
      {!isPersistent && <Button onClick={() => void ask()}>Ask the browser to keep it</Button>}
    </Card>
  );
}
