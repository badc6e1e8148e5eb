/** Frame of the operator's pages: sign-in, role, navigation. */
import { useEffect, useState, type ReactNode } from "react";
import { SecondFactorRequired } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { deviceName } from "../lib/device.ts";
import { useLoad } from "../lib/load.ts";
import { useRoute, type Route } from "../lib/route.ts";
import { SecondFactor } from "../screens/second_factor.tsx";
import { Button, Card, Field, Form } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { Loading } from "../ui/facts.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { AccountPage } from "./account.tsx";
import { Accounts } from "./accounts.tsx";
import { Fleet } from "./fleet.tsx";

export type Role = "user" | "support" | "admin";

export function Admin(): ReactNode {
  const db = useDb();
  const { signIn } = useSyncStatus(db);
  const route = useRoute();
  const me = useLoad(async () => (signIn === "signed in" ? ((await db.request("GET", "/users/me")) as { role: Role }) : undefined), [db, signIn]);
  useEffect(() => {
    document.title = `${document.querySelector("h1")?.textContent ?? "Operator"} · TrackForge Operator`;
  });
  if (signIn !== "signed in") return <main className="main"><SignIn /></main>;
  const role = me.value?.role;
  return (
    <div className="frame">
      <Navigation route={route} />
      <main className="main" id="main" tabIndex={-1}>
        {role === undefined ? <Loading of={me}>{() => <p className="quiet pad">Loading …</p>}</Loading> : role === "user" ? <NoRole /> : screenOf(route, role)}
      </main>
    </div>
  );
}

function screenOf({ path: [name, id, tab] }: Route, role: Role): ReactNode {
  if (name === "account" && id !== undefined) return <AccountPage key={id} id={id} tab={tab ?? "health"} isAdmin={role === "admin"} />;
  return name === "fleet" ? <Fleet /> : <Accounts />;
}

function SignIn(): ReactNode {
  const db = useDb();
  const [second, setSecond] = useState<SecondFactorRequired>();
  const submit = async (data: FormData): Promise<void> => {
    try {
      await db.login(String(data.get("email")).trim(), String(data.get("password")), `Operator's pages, ${deviceName()}`);
    } catch (error) {
      if (!(error instanceof SecondFactorRequired)) throw error;
      setSecond(error);
    }
  };
  return (
    <div className="welcome">
      <img src="icon.svg" alt="" width="72" height="72" />
      <h1>Operator</h1>
      <p>For the roles support and admin. The session ends with this tab, and every look at an account is recorded.</p>
      {second ? (
        <SecondFactor required={second} onDone={() => undefined} onBack={() => setSecond(undefined)} />
      ) : (
        <Form onSubmit={submit}>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
          <Button type="submit" kind="primary">Sign in</Button>
        </Form>
      )}
    </div>
  );
}

function NoRole(): ReactNode {
  return (
    <Card>
      <h1>No access</h1>
      <p className="pad">This account has no role. Someone with access to the server grants one: <code>trackforge-sync grant EMAIL support</code>.</p>
    </Card>
  );
}

const TABS: readonly (readonly [href: string, name: string, icon: IconName])[] = [["#/", "Accounts", "user"], ["#/fleet", "Fleet", "device"]];

function Navigation({ route }: { route: Route }): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const current = route.path[0] === "fleet" ? "#/fleet" : "#/";
  return (
    <nav className="nav" aria-label="Main">
      <span className="brand"><img src="icon.svg" alt="" width="28" height="28" />Operator</span>
      {TABS.map(([href, name, icon]) => (
        <a key={href} href={href} aria-current={href === current ? "page" : undefined}><Icon name={icon} />{name}</a>
      ))}
      <a className="sync-link" href="#/" onClick={() => run(() => db.logout())}><Icon name="close" /><span>Sign out</span></a>
    </nav>
  );
}
