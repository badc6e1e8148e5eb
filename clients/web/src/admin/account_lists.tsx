/** Lists of an account: rejected changes, sessions, usage, the audit trail. */
import { useState, type ReactNode } from "react";
import type { Fields } from "@trackforge/client";
import type { Usage as UsageOfAccount } from "@trackforge/client/account";
import { useDb } from "../lib/database.tsx";
import { useLoad } from "../lib/load.ts";
import { ago, moment } from "../lib/moments.ts";
import { Button, Card, Empty } from "../ui/basics.tsx";
import { Confirm, useMessages } from "../ui/dialog.tsx";
import { Loading, Table } from "../ui/facts.tsx";
import { UsageList } from "../ui/usage.tsx";
import type { PartProps } from "./account.tsx";

interface RejectedItem {
  readonly collection: string | null;
  readonly id: string | null;
  readonly device_id: string | null;
  readonly code: string;
  readonly fields: readonly string[];
  readonly at: string;
}

interface RejectedPage {
  readonly items: readonly RejectedItem[];
  readonly next_page_token: string | null;
}

export function Rejected({ id }: PartProps): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const [later, setLater] = useState<readonly RejectedPage[]>([]);
  const read = async (token?: string): Promise<RejectedPage> =>
    (await db.request("GET", `/support/users/${id}/rejected${token ? `?page_token=${encodeURIComponent(token)}` : ""}`)) as RejectedPage;
  const first = useLoad(read, [db, id]);
  return (
    <Card title="Rejected changes, the latest first">
      <Loading of={first}>
        {(page) => {
          const pages = [page, ...later];
          const items = pages.flatMap((it) => it.items);
          const next = pages.at(-1)!.next_page_token;
          if (items.length === 0) return <Empty icon="check">None in the last 30 days.</Empty>;
          return (
            <>
              <Table
                label="Rejected changes"
                head={["When", "Code", "Fields", "Record", "Device"]}
                rows={items.map((it) => [
                  moment(it.at), it.code, it.fields.length > 0 ? <span className="wrap">{it.fields.join(", ")}</span> : null,
                  it.collection && it.id && <a href={`#/account/${id}/explain?record=${it.collection}/${it.id}`}>{it.collection}/{it.id.slice(0, 8)}</a>,
                  it.device_id && <a href={`#/account/${id}/explain?device=${it.device_id}`}>{it.device_id.slice(0, 8)}</a>,
                ])}
              />
              {next && <Button onClick={() => run(async () => setLater([...later, await read(next)]))}>More</Button>}
            </>
          );
        }}
      </Loading>
    </Card>
  );
}

interface SessionItem {
  readonly id: string;
  readonly device_name: string | null;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly second_factor: boolean;
}

export function Sessions({ id, isAdmin }: PartProps): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [version, setVersion] = useState(0);
  const [asked, setAsked] = useState<SessionItem | "all">();
  const sessions = useLoad(async () => ((await db.request("GET", `/support/users/${id}/sessions`)) as { sessions: SessionItem[] }).sessions, [db, id, version]);
  const end = async (which: SessionItem | "all"): Promise<void> => {
    setAsked(undefined);
    await db.request("DELETE", `/support/users/${id}/sessions${which === "all" ? "" : `/${which.id}`}`);
    say(which === "all" ? "All sessions are ended." : "The session is ended.");
    setVersion(version + 1);
  };
  return (
    <Card title="Live sessions" {...(isAdmin && { action: <Button kind="quiet" onClick={() => setAsked("all")}>End all</Button> })}>
      <Loading of={sessions}>
        {(list) => (
          <>
            {list.length === 0 && <Empty icon="user">Nobody is signed in.</Empty>}
            <ul className="rows">
              {list.map((it) => (
                <li className="row" key={it.id}>
                  <span className="row-text">
                    <span>{it.device_name ?? "Unnamed device"}</span>
                    <small>Used {ago(it.last_used_at)}, began {moment(it.created_at)}{it.second_factor && ", with second factor"}</small>
                  </span>
                  {isAdmin && <Button kind="danger" aria-label={`End the session of ${it.device_name ?? "the device"}`} onClick={() => setAsked(it)}>End</Button>}
                </li>
              ))}
            </ul>
          </>
        )}
      </Loading>
      {asked && (
        <Confirm
          title={asked === "all" ? "End all sessions?" : "End this session?"}
          text="The device must sign in again. What waits there to be sent is not lost."
          action="End"
          onClose={() => setAsked(undefined)}
          onConfirm={() => run(() => end(asked))}
        />
      )}
    </Card>
  );
}

export function Usage({ id }: PartProps): ReactNode {
  const db = useDb();
  const usage = useLoad(async () => (await db.request("GET", `/support/users/${id}/usage`)) as UsageOfAccount, [db, id]);
  return (
    <Card title="Usage and quotas">
      <Loading of={usage}>
        {(it) => <UsageList usage={it} />}
      </Loading>
    </Card>
  );
}

interface Act {
  readonly id: string;
  readonly actor_id: string | null;
  readonly action: string;
  readonly details: Fields;
  readonly created_at: string;
}

interface ActsPage {
  readonly acts: readonly Act[];
  readonly next_page_token: string | null;
}

const ACTS_A_PAGE = "50";

export function Audit({ id }: PartProps): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const [later, setLater] = useState<readonly ActsPage[]>([]);
  const read = async (token?: string): Promise<ActsPage> => {
    const query = new URLSearchParams({ limit: ACTS_A_PAGE, ...(token && { page_token: token }) });
    return (await db.request("GET", `/support/users/${id}/audit?${query}`)) as ActsPage;
  };
  const first = useLoad(() => read(), [db, id]);
  return (
    <Card title="Audit trail, the latest first">
      <Loading of={first}>
        {(page) => {
          const pages = [page, ...later];
          const next = pages.at(-1)!.next_page_token;
          return (
            <>
              <Table label="Audit trail" head={["When", "Act", "By", "Details"]} rows={pages.flatMap((it) => it.acts).map((it) => actRow(it, id))} />
              {next && <Button onClick={() => run(async () => setLater([...later, await read(next)]))}>More</Button>}
            </>
          );
        }}
      </Loading>
    </Card>
  );
}

function actRow(act: Act, id: string): readonly ReactNode[] {
  const by = act.actor_id === null ? "server" : act.actor_id === id ? "user" : `staff ${act.actor_id.slice(0, 8)}`;
  const details = Object.entries(act.details).map(([name, value]) => `${name} ${String(value)}`).join(", ");
  return [moment(act.created_at), act.action.replaceAll("_", " "), by, <span key="" className="wrap">{details || "–"}</span>];
}
