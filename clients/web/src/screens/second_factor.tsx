/** Second step of a sign-in: a code, a recovery code or a passkey. */
import { useState, type ReactNode } from "react";
import type { SecondFactorRequired } from "@trackforge/client";
import { useAccount } from "../lib/account.ts";
import { useDb } from "../lib/database.tsx";
import { Button, Field, Form } from "../ui/basics.tsx";

export function SecondFactor({ required, onDone, onBack }: { required: SecondFactorRequired; onDone: () => void; onBack: () => void }): ReactNode {
  const db = useDb();
  const account = useAccount();
  const [wantsCode, setWantsCode] = useState(false);
  const finish = async (step: Promise<void>): Promise<void> => {
    await step;
    onDone();
  };
  const isPasskey = required.passkeyOptions !== undefined && !wantsCode;
  const hasApp = required.methods.includes("totp");
  return (
    <>
      {isPasskey ? (
        <>
          <Form key="passkey" onSubmit={() => finish(account.loginPasskey(required))}>
            <Button type="submit" kind="primary">Use a passkey</Button>
          </Form>
          <Button kind="quiet" onClick={() => setWantsCode(true)}>{hasApp ? "Use a code instead" : "Use a recovery code instead"}</Button>
        </>
      ) : (
        <Form key="code" onSubmit={(data) => finish(db.loginSecond(required, String(data.get("code")).trim()))}>
          <Field label={hasApp ? "Code of your authenticator app, or a recovery code" : "Recovery code"} name="code" autoComplete="one-time-code" autoCapitalize="none" required autoFocus />
          <Button type="submit" kind="primary">Sign in</Button>
        </Form>
      )}
      <Button kind="quiet" onClick={onBack}>Another account</Button>
    </>
  );
}
