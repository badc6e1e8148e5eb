/** Account: sign-in, sessions, devices, export, sign-out, deletion. */
import { useState, type ReactNode } from "react";
import { RequestRejected } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useAccount } from "../lib/account.ts";
import { useDb } from "../lib/database.tsx";
import { eraseDevice } from "../lib/device.ts";
import { useLoad } from "../lib/load.ts";
import { ago } from "../lib/moments.ts";
import { counted } from "../lib/numbers.ts";
import { isRecording, startRecording, stopRecording } from "../lib/recording.ts";
import { Button, Card, Empty, Field, Form, Page } from "../ui/basics.tsx";
import { DeviceRow } from "../ui/devices.tsx";
import { Confirm, Dialog, useMessages } from "../ui/dialog.tsx";
import { Loading } from "../ui/facts.tsx";
import { UsageList } from "../ui/usage.tsx";
import { Security } from "./security.tsx";

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
      {isSignedIn && <Security email={status.email!} />}
      {isSignedIn && <Sessions />}
      {isSignedIn && <Devices />}
      {isSignedIn && <Storage />}
      <Data isSignedIn={isSignedIn} />
    </Page>
  );
}

function Sessions(): ReactNode {
  const account = useAccount();
  const { run, say } = useMessages();
  const [version, setVersion] = useState(0);
  const sessions = useLoad(() => account.sessions(), [account, version]);
  const end = async (id: string, name: string): Promise<void> => {
    await account.endSession(id);
    say(`${name} is signed out.`);
    setVersion(version + 1);
  };
  return (
    <Card title="Signed in on">
      <Loading of={sessions}>
        {(list) => (
          <ul className="rows">
            {list.map((it) => (
              <li className="row" key={it.id}>
                <span className="row-text">
                  <span>{it.device_name ?? "Unnamed device"}{it.current && " (this one)"}</span>
                  <small>Last used {ago(it.last_used_at)}</small>
                </span>
                {!it.current && <Button kind="danger" aria-label={`Sign out ${it.device_name ?? "the device"}`} onClick={() => run(() => end(it.id, it.device_name ?? "The device"))}>Sign out</Button>}
              </li>
            ))}
          </ul>
        )}
      </Loading>
    </Card>
  );
}

function Devices(): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [version, setVersion] = useState(0);
  const devices = useLoad(() => db.devices(), [db, version]);
  const forget = async (id: string): Promise<void> => {
    await db.forgetDevice(id);
    say("It is forgotten; it is listed again if it syncs again.");
    setVersion(version + 1);
  };
  return (
    <Card title="Devices that sync">
      <Loading of={devices}>
        {(list) => (
          <ul className="rows">
            {list.map((it) => (
              <DeviceRow
                key={it.device_id}
                device={it}
                actions={(
                  <span className="row-actions">
                    <a className="button quiet" href={`#/why?device=${it.device_id}`} aria-label={`Why does ${it.name ?? "the device"} lack something?`}>Why?</a>
                    {!it.current && <Button kind="quiet" aria-label={`Forget ${it.name ?? "the device"}`} onClick={() => run(() => forget(it.device_id))}>Forget</Button>}
                  </span>
                )}
              />
            ))}
          </ul>
        )}
      </Loading>
    </Card>
  );
}

function Storage(): ReactNode {
  const account = useAccount();
  const usage = useLoad(() => account.usage(), [account]);
  return (
    <Card title="Storage">
      <Loading of={usage}>{(it) => <UsageList usage={it} />}</Loading>
    </Card>
  );
}

function Data({ isSignedIn }: { isSignedIn: boolean }): ReactNode {
  const db = useDb();
  const account = useAccount();
  const { run, say } = useMessages();
  const [asked, setAsked] = useState<"erase" | "delete" | "export">();
  const [isOn, setOn] = useState(isRecording);
  const record = async (): Promise<void> => {
    if (isOn) save(`trackforge-${new Date().toISOString().slice(0, 10)}.ndjson`, stopRecording(db));
    else startRecording(db);
    say(isOn ? "The recording is saved. It has your records, and no passwords." : "What this page says to the server is recorded.");
    setOn(isRecording());
  };
  const pending = Object.values(useSyncStatus(db).pending).reduce((sum, it) => sum + it, 0);
  const signOut = async (): Promise<void> => {
    await db.logout();
    say("Signed out. The logbook is still on this device.");
  };
  const download = async (): Promise<void> => {
    try {
      save(exportName(), await account.export());
    } catch (error) {
      if (!(error instanceof RequestRejected) || error.code !== "recent_login_required") throw error;
      setAsked("export");
    }
  };
  return (
    <Card title="Your data">
      <div className="buttons wrap">
        {isSignedIn && <Button icon="download" onClick={() => run(download)}>Download everything</Button>}
        {isSignedIn && <Button onClick={() => run(record)}>{isOn ? "Stop and save the recording" : "Record for a report"}</Button>}
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
      {asked === "export" && <ExportAccount onClose={() => setAsked(undefined)} />}
      {asked === "delete" && <DeleteAccount onClose={() => setAsked(undefined)} />}
    </Card>
  );
}

/** Asks for the password, as the server does in a session that began long ago. */
function ExportAccount({ onClose }: { onClose: () => void }): ReactNode {
  const account = useAccount();
  const download = async (data: FormData): Promise<void> => {
    save(exportName(), await account.export(String(data.get("password"))));
    onClose();
  };
  return (
    <Dialog title="Download everything" onClose={onClose}>
      <p>The file holds all that the server stores of you.</p>
      <Form onSubmit={download}>
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <Button type="submit" kind="primary">Download</Button>
      </Form>
    </Dialog>
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

function exportName(): string {
  return `trackforge-export-${new Date().toISOString().slice(0, 10)}.ndjson`;
}

/** Offers lines of JSON as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
