/** Password, address, authenticator app, passkeys and recovery codes of the account. */
import { useState, type ReactNode } from "react";
import { RequestRejected } from "@trackforge/client";
import { useAccount } from "../lib/account.ts";
import { deviceName } from "../lib/device.ts";
import { useLoad } from "../lib/load.ts";
import { ago } from "../lib/moments.ts";
import { counted } from "../lib/numbers.ts";
import { go } from "../lib/route.ts";
import { Button, Card, Field, Form } from "../ui/basics.tsx";
import { Confirm, Dialog, useMessages } from "../ui/dialog.tsx";
import { Loading } from "../ui/facts.tsx";
import { QrCode } from "../ui/qr.tsx";

type Open = "password" | "email" | "totp" | "remove" | "codes" | "passkey" | "recent";

export function Security({ email }: { email: string }): ReactNode {
  const account = useAccount();
  const [open, setOpen] = useState<Open>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [version, setVersion] = useState(0);
  const { run, say } = useMessages();
  const factors = useLoad(async () => ({ totp: await account.totpStatus(), passkeys: await account.passkeys() }), [account, version]);
  const close = (): void => {
    setOpen(undefined);
    setVersion((it) => it + 1);
  };
  /** Shows new recovery codes, if there are any. */
  const done = (given: readonly string[] = []): void => {
    if (given.length > 0) setCodes(given);
    close();
  };
  const removePasskey = (id: string): void => run(() => recent(setOpen, async () => {
    await account.removePasskey(id);
    say("The passkey is removed.");
    close();
  }));
  return (
    <>
      <Card title="Sign-in">
        <p className="quiet">{email}</p>
        <div className="buttons wrap">
          <Button onClick={() => setOpen("email")}>Change the e-mail</Button>
          <Button onClick={() => setOpen("password")}>Change the password</Button>
        </div>
      </Card>
      <Card title="Second factor">
        <Loading of={factors}>
          {({ totp, passkeys }) => (
            <>
              {!totp.enabled && passkeys.length === 0 && <p className="quiet">With one, a stolen password alone opens nothing.</p>}
              <ul className="rows">
                <li className="row">
                  <span className="row-text">
                    <span>Authenticator app</span>
                    <small>{totp.enabled ? "In use" : "Not set up"}</small>
                  </span>
                  {totp.enabled ? <Button kind="danger" aria-label="Remove the authenticator app" onClick={() => setOpen("remove")}>Remove</Button> : <Button aria-label="Set up the authenticator app" onClick={() => setOpen("totp")}>Set up</Button>}
                </li>
                {passkeys.map((it) => (
                  <li className="row" key={it.id}>
                    <span className="row-text">
                      <span>Passkey: {it.name}</span>
                      <small>{it.last_used_at ? `Used ${ago(it.last_used_at)}` : "Not used yet"}</small>
                    </span>
                    <Button kind="danger" aria-label={`Remove the passkey ${it.name}`} onClick={() => removePasskey(it.id)}>Remove</Button>
                  </li>
                ))}
                {(totp.enabled || passkeys.length > 0) && (
                  <li className="row">
                    <span className="row-text">
                      <span>Recovery codes</span>
                      <small>{counted(totp.recovery_codes_left, "code")} left, for a lost phone</small>
                    </span>
                    <Button aria-label="New recovery codes" onClick={() => setOpen("codes")}>New ones</Button>
                  </li>
                )}
              </ul>
              {"PublicKeyCredential" in window && <Button icon="plus" onClick={() => setOpen("passkey")}>Add a passkey</Button>}
            </>
          )}
        </Loading>
      </Card>
      {open === "password" && <PasswordDialog onClose={close} />}
      {open === "email" && <EmailDialog onClose={close} />}
      {open === "totp" && <TotpDialog onRecent={() => setOpen("recent")} onDone={done} onClose={close} />}
      {open === "remove" && <CodeDialog title="Remove the authenticator app" action="Remove it" onCode={async (code) => { await account.removeTotp(code); done(); }} onClose={close} />}
      {open === "codes" && <CodeDialog title="New recovery codes" action="Make new ones" onCode={async (code) => done(await account.newRecoveryCodes(code))} onClose={close} />}
      {open === "passkey" && <PasskeyDialog onRecent={() => setOpen("recent")} onDone={done} onClose={close} />}
      {open === "recent" && <Confirm title="Sign in again" text="This needs a sign-in of the last 15 minutes. Nothing on this device is lost." action="Sign in" onClose={close} onConfirm={() => go("/sign-in")} />}
      {codes && <CodesDialog codes={codes} onClose={() => setCodes(undefined)} />}
    </>
  );
}

/** Runs a step; asks for a new sign-in if the present one is too old for it. */
async function recent(setOpen: (it: Open) => void, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof RequestRejected) || error.code !== "recent_login_required") throw error;
    setOpen("recent");
  }
}

function PasswordDialog({ onClose }: { onClose: () => void }): ReactNode {
  const account = useAccount();
  const { say } = useMessages();
  const change = async (data: FormData): Promise<void> => {
    await account.changePassword(String(data.get("current")), String(data.get("new")));
    say("The password is changed; other devices are signed out.");
    onClose();
  };
  return (
    <Dialog title="Change the password" onClose={onClose}>
      <Form onSubmit={change}>
        <Field label="Present password" name="current" type="password" autoComplete="current-password" required />
        <Field label="New password" name="new" type="password" autoComplete="new-password" minLength={8} required />
        <Button type="submit" kind="primary">Change it</Button>
      </Form>
    </Dialog>
  );
}

function EmailDialog({ onClose }: { onClose: () => void }): ReactNode {
  const account = useAccount();
  const { say } = useMessages();
  const change = async (data: FormData): Promise<void> => {
    const email = String(data.get("email")).trim();
    await account.changeEmail(String(data.get("password")), email);
    say(`${email} has got a mail with a link. Open it to finish.`);
    onClose();
  };
  return (
    <Dialog title="Change the e-mail" onClose={onClose}>
      <Form onSubmit={change}>
        <Field label="New e-mail" name="email" type="email" autoComplete="email" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <Button type="submit" kind="primary">Change it</Button>
      </Form>
    </Dialog>
  );
}

interface StepProps {
  readonly onRecent: () => void;
  readonly onDone: (codes: readonly string[]) => void;
  readonly onClose: () => void;
}

function TotpDialog({ onRecent, onDone, onClose }: StepProps): ReactNode {
  const account = useAccount();
  const secret = useLoad(async () => {
    try {
      return await account.beginTotp();
    } catch (error) {
      if (error instanceof RequestRejected && error.code === "recent_login_required") onRecent();
      throw error;
    }
  }, [account]);
  return (
    <Dialog title="Authenticator app" onClose={onClose}>
      <Loading of={secret}>
        {(it) => (
          <>
            <p>Scan this with an authenticator app, or <a href={it.uri}>open it on this device</a>.</p>
            <QrCode text={it.uri} label="QR code for the authenticator app" />
            <p className="quiet">By hand: <code className="secret">{it.secret.match(/.{1,4}/g)!.join(" ")}</code></p>
            <Form onSubmit={async (data) => onDone(await account.confirmTotp(String(data.get("code")).replaceAll(" ", "")))}>
              <Field label="Code that the app shows" name="code" inputMode="numeric" autoComplete="one-time-code" required />
              <Button type="submit" kind="primary">Enable</Button>
            </Form>
          </>
        )}
      </Loading>
    </Dialog>
  );
}

function PasskeyDialog({ onRecent, onDone, onClose }: StepProps): ReactNode {
  const account = useAccount();
  const add = async (data: FormData): Promise<void> => {
    try {
      onDone(await account.addPasskey(String(data.get("name")).trim()));
    } catch (error) {
      if (!(error instanceof RequestRejected) || error.code !== "recent_login_required") throw error;
      onRecent();
    }
  };
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      <Form onSubmit={add}>
        <Field label="Name" name="name" defaultValue={deviceName()} maxLength={100} required />
        <Button type="submit" kind="primary">Continue</Button>
      </Form>
    </Dialog>
  );
}

function CodeDialog({ title, action, onCode, onClose }: { title: string; action: string; onCode: (code: string) => Promise<void>; onClose: () => void }): ReactNode {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form onSubmit={(data) => onCode(String(data.get("code")).trim())}>
        <Field label="Code of the app, or a recovery code" name="code" autoComplete="one-time-code" required />
        <Button type="submit" kind="primary">{action}</Button>
      </Form>
    </Dialog>
  );
}

function CodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }): ReactNode {
  const { run, say } = useMessages();
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(codes.join("\n"));
    say("Copied.");
  };
  return (
    <Dialog title="Recovery codes" onClose={onClose}>
      <p>Each opens the account once if the phone is lost. They are shown this once: print them or put them into a password manager.</p>
      <ul className="codes">{codes.map((it) => <li key={it}><code>{it}</code></li>)}</ul>
      <div className="buttons">
        <Button icon="copy" onClick={() => run(copy)}>Copy</Button>
        <Button kind="primary" onClick={onClose}>I have them</Button>
      </div>
    </Dialog>
  );
}
