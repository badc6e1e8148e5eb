/** Account: devices, password, export, sign-out, deletion. */
import { useState, type ReactNode } from "react";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb, usePromise } from "../lib/database.tsx";
import { eraseDevice } from "../lib/device.ts";
import { counted } from "../lib/numbers.ts";
import { Button, Card, Empty, Field, Form, Page } from "../ui/basics.tsx";
import { Confirm, Dialog, useMessages } from "../ui/dialog.tsx";

export function Account(): ReactNode {
  const db = useDb();
  const status = useSyncStatus(db);
  const isSignedIn = status.signIn === "signed in";
  return (
    <Page title="Account and devices" backTo="/more">
      {!isSignedIn && (
        <Card>
          <Empty icon="user">{status.email ? `Signed out of ${status.email}.` : "Without an account, this logbook is on this device only."}</Empty>
          <a className="button primary" href="#/sign-in">{status.email ? "Sign in again" : "Create an account or sign in"}</a>
        </Card>
      )}
      {isSignedIn && <Devices email={status.email!} />}
      {isSignedIn && <Credentials />}
      <Data isSignedIn={isSignedIn} />
    </Page>
  );
}

interface SessionItem {
  readonly id: string;
  readonly device_name: string | null;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly current: boolean;
}

function Devices({ email }: { email: string }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [version, setVersion] = useState(0);
  const sessions = usePromise(async () => ((await db.request("GET", "/auth/sessions")) as { sessions: SessionItem[] }).sessions, [db, version]);
  const revoke = async (session: SessionItem): Promise<void> => {
    await db.request("DELETE", `/auth/sessions/${session.id}`);
    say(`${session.device_name ?? "The device"} is signed out.`);
    setVersion(version + 1);
  };
  return (
    <Card title="Devices">
      <p className="quiet">{email}</p>
      {!sessions && <p className="quiet">The list needs a connection.</p>}
      <ul className="rows">
        {sessions?.map((it) => (
          <li className="row" key={it.id}>
            <span className="row-text">
              <span>{it.device_name ?? "Unnamed device"}{it.current && " (this one)"}</span>
              <small>Last used {new Date(it.last_used_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</small>
            </span>
            {!it.current && <Button kind="danger" aria-label={`Sign out ${it.device_name ?? "the device"}`} onClick={() => run(() => revoke(it))}>Sign out</Button>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Credentials(): ReactNode {
  const db = useDb();
  const { say } = useMessages();
  const [isOpen, setOpen] = useState(false);
  const change = async (data: FormData): Promise<void> => {
    await db.request("PUT", "/users/me/password", { password: data.get("current"), new_password: data.get("new") });
    say("The password is changed; other devices are signed out.");
    setOpen(false);
  };
  return (
    <Card title="Password">
      <Button onClick={() => setOpen(true)}>Change the password</Button>
      {isOpen && (
        <Dialog title="Change the password" onClose={() => setOpen(false)}>
          <Form onSubmit={change}>
            <Field label="Present password" name="current" type="password" autoComplete="current-password" required />
            <Field label="New password" name="new" type="password" autoComplete="new-password" minLength={8} required />
            <Button type="submit" kind="primary">Change it</Button>
          </Form>
        </Dialog>
      )}
    </Card>
  );
}

function Data({ isSignedIn }: { isSignedIn: boolean }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [asked, setAsked] = useState<"erase" | "delete">();
  const pending = Object.values(useSyncStatus(db).pending).reduce((sum, it) => sum + it, 0);
  const signOut = async (): Promise<void> => {
    await db.logout();
    say("Signed out. The logbook is still on this device.");
  };
  const download = async (): Promise<void> => {
    const all = await db.request("GET", "/users/me/export");
    save(`trackforge-${new Date().toISOString().slice(0, 10)}.json`, JSON.stringify(all));
  };
  return (
    <Card title="Your data">
      <div className="buttons wrap">
        {isSignedIn && <Button icon="download" onClick={() => run(download)}>Download everything</Button>}
        {isSignedIn && <Button onClick={() => run(signOut)}>Sign out</Button>}
        <Button kind="danger" onClick={() => setAsked("erase")}>Erase this device</Button>
        {isSignedIn && <Button kind="danger" onClick={() => setAsked("delete")}>Delete the account</Button>}
      </div>
      {asked === "erase" && (
        <Confirm
          title="Erase this device?"
          text={pending > 0 ? `${counted(pending, "change")} never reached the server and will be lost.` : isSignedIn ? "Everything is on the server: sign in again to get it back." : "The logbook on this device will be gone."}
          action="Erase"
          onClose={() => setAsked(undefined)}
          onConfirm={() => run(async () => { if (isSignedIn) await db.logout().catch(() => undefined); await eraseDevice(db); })}
        />
      )}
      {asked === "delete" && <DeleteAccount onClose={() => setAsked(undefined)} />}
    </Card>
  );
}

function DeleteAccount({ onClose }: { onClose: () => void }): ReactNode {
  const db = useDb();
  const remove = async (data: FormData): Promise<void> => {
    await db.request("DELETE", "/users/me", { password: data.get("password") });
    await eraseDevice(db);
  };
  return (
    <Dialog title="Delete the account?" onClose={onClose}>
      <p>The account and everything in it will be deleted on the server and on this device. Download your data first if you want to keep it.</p>
      <Form onSubmit={remove}>
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <Button type="submit" kind="danger">Delete it for good</Button>
      </Form>
    </Dialog>
  );
}

/** Offers a text as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
