/** Sign-in, registration, second factor; the logbook also works without an account. */
import { useState, type ReactNode } from "react";
import { SecondFactorRequired } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { deviceName } from "../lib/device.ts";
import { go } from "../lib/route.ts";
import { Button, Field, Form, Segments } from "../ui/basics.tsx";
import { ForgotPassword } from "./links.tsx";
import { SecondFactor } from "./second_factor.tsx";

type Way = "login" | "register";

const MIN_PASSWORD = 8;

export function SignIn({ onSkip }: { onSkip?: () => void }): ReactNode {
  const db = useDb();
  const status = useSyncStatus(db);
  const [way, setWay] = useState<Way>("login");
  const [second, setSecond] = useState<SecondFactorRequired>();
  const [hasForgotten, setForgotten] = useState(false);
  const submit = async (data: FormData): Promise<void> => {
    const [email, password] = [String(data.get("email")).trim(), String(data.get("password"))];
    try {
      await (way === "login" ? db.login(email, password, deviceName()) : db.register(email, password, deviceName()));
      done();
    } catch (error) {
      if (!(error instanceof SecondFactorRequired)) throw error;
      setSecond(error);
    }
  };
  const done = (): void => {
    void navigator.storage?.persist?.();
    go("/");
  };
  return (
    <div className="welcome">
      <img src="icon.svg" alt="" width="72" height="72" />
      <h1>TrackForge Logbook</h1>
      <p>Training, food and weight. Everything works offline and syncs when there is a network.</p>
      {second ? (
        <SecondFactor required={second} onDone={done} onBack={() => setSecond(undefined)} />
      ) : hasForgotten ? (
        <ForgotPassword email={status.email ?? ""} onBack={() => setForgotten(false)} />
      ) : (
        <>
          {!status.email && <Segments label="Account" value={way} options={[["login", "Sign in"], ["register", "New account"]]} onChange={setWay} />}
          <Form key={way} onSubmit={submit}>
            <Field label="E-mail" name="email" type="email" autoComplete="username" required defaultValue={status.email ?? ""} />
            <Field label="Password" name="password" type="password" required {...(way === "register" ? { minLength: MIN_PASSWORD, autoComplete: "new-password", hint: `At least ${MIN_PASSWORD} characters` } : { autoComplete: "current-password" })} />
            <Button type="submit" kind="primary">{way === "login" ? "Sign in" : "Create the account"}</Button>
          </Form>
          {way === "login" && <Button kind="quiet" onClick={() => setForgotten(true)}>I forgot the password</Button>}
          {onSkip && <Button kind="quiet" onClick={onSkip}>Start without an account</Button>}
        </>
      )}
    </div>
  );
}
