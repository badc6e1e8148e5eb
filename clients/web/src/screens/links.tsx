/** Pages of the links in mails: verify an address, set a new password; and the request of the latter. */
import { useState, type ReactNode } from "react";
import { useAccount } from "../lib/account.ts";
import { replace, useRoute } from "../lib/route.ts";
import { Button, Field, Form } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

/** Names of the routes that the links of mails lead to. */
export const LINK_PAGES: readonly string[] = ["verify-email", "reset-password"];

export function LinkPage({ name }: { name: string }): ReactNode {
  const token = useRoute().query.get("token") ?? "";
  return (
    <div className="welcome">
      <img src="icon.svg" alt="" width="72" height="72" />
      {name === "verify-email" ? <VerifyEmail token={token} /> : <ResetPassword token={token} />}
    </div>
  );
}

function VerifyEmail({ token }: { token: string }): ReactNode {
  const account = useAccount();
  const { say } = useMessages();
  const verify = async (): Promise<void> => {
    await account.verifyEmail(token);
    say("The address is verified.");
    replace("/account");
  };
  return (
    <>
      <h1>Verify the address</h1>
      <p>This address becomes the account's.</p>
      <Form onSubmit={verify}>
        <Button type="submit" kind="primary">Verify it</Button>
      </Form>
    </>
  );
}

function ResetPassword({ token }: { token: string }): ReactNode {
  const account = useAccount();
  const { say } = useMessages();
  const reset = async (data: FormData): Promise<void> => {
    await account.resetPassword(token, String(data.get("new")));
    say("The password is set. Sign in with it.");
    replace("/sign-in");
  };
  return (
    <>
      <h1>New password</h1>
      <p>All devices are signed out. What waits on them to be sent is not lost.</p>
      <Form onSubmit={reset}>
        <Field label="New password" name="new" type="password" autoComplete="new-password" minLength={8} required autoFocus />
        <Button type="submit" kind="primary">Set it</Button>
      </Form>
    </>
  );
}

/** Requests the mail with the link; an unknown address gets the same answer. */
export function ForgotPassword({ email, onBack }: { email: string; onBack: () => void }): ReactNode {
  const account = useAccount();
  const [sentTo, setSentTo] = useState<string>();
  const request = async (data: FormData): Promise<void> => {
    const address = String(data.get("email")).trim();
    await account.forgotPassword(address);
    setSentTo(address);
  };
  return (
    <>
      {sentTo === undefined ? (
        <Form onSubmit={request}>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required autoFocus defaultValue={email} />
          <Button type="submit" kind="primary">Send a link</Button>
        </Form>
      ) : (
        <p role="status">If {sentTo} has an account, a mail with a link is on its way. The link works for one hour.</p>
      )}
      <Button kind="quiet" onClick={onBack}>Back to the sign-in</Button>
    </>
  );
}
