/** An account: its pages, and the state of its sync. */
import type { ReactNode } from "react";
import { useDb } from "../lib/database.tsx";
import { useLoad } from "../lib/load.ts";
import { ago, moment } from "../lib/moments.ts";
import { whole } from "../lib/numbers.ts";
import { Card, Page } from "../ui/basics.tsx";
import { Facts, Loading, Table } from "../ui/facts.tsx";
import { Audit, Rejected, Sessions, Usage } from "./account_lists.tsx";
import { Devices, Explain } from "./account_devices.tsx";

const TABS = [
  ["health", "Health"], ["devices", "Devices"], ["explain", "Explain"], ["rejected", "Rejected"],
  ["sessions", "Sessions"], ["usage", "Usage"], ["audit", "Audit"],
] as const;

export interface PartProps {
  readonly id: string;
  readonly isAdmin: boolean;
}

export function AccountPage({ id, tab, isAdmin }: PartProps & { tab: string }): ReactNode {
  const tabs = TABS.filter(([name]) => name !== "audit" || isAdmin);
  return (
    <Page title="Account" backTo="/">
      <p className="subtitle"><code>{id}</code></p>
      <nav className="chips" aria-label="Pages of the account">
        {tabs.map(([name, text]) => (
          <a key={name} href={`#/account/${id}/${name}`} aria-current={name === tab ? "page" : undefined}>{text}</a>
        ))}
      </nav>
      <Part key={tab} id={id} tab={tab} isAdmin={isAdmin} />
    </Page>
  );
}

function Part({ tab, ...props }: PartProps & { tab: string }): ReactNode {
  switch (tab) {
    case "devices":
      return <Devices {...props} />;
    case "explain":
      return <Explain {...props} />;
    case "rejected":
      return <Rejected {...props} />;
    case "sessions":
      return <Sessions {...props} />;
    case "usage":
      return <Usage {...props} />;
    case "audit":
      return <Audit {...props} />;
    default:
      return <Health {...props} />;
  }
}

interface Counted {
  readonly count: number;
  readonly last_at: string | null;
}

interface SyncHealth {
  readonly role: string;
  readonly created_at: string;
  readonly version: number;
  readonly purged_version: number;
  readonly restored_version: number | null;
  readonly restored_at: string | null;
  readonly offers: Counted & { readonly changed: number };
  readonly devices: readonly { readonly behind: number }[];
  readonly collections: { readonly [name: string]: { readonly live: number; readonly deleted: number; readonly changed_at: string | null } };
  readonly rejected: { readonly [code: string]: Counted };
  readonly pushes: { readonly answers: number; readonly last_at: string | null };
  readonly sessions: { readonly live: number; readonly last_used_at: string | null };
}

function Health({ id }: PartProps): ReactNode {
  const db = useDb();
  const health = useLoad(async () => (await db.request("GET", `/support/users/${id}/sync`)) as SyncHealth, [db, id]);
  return (
    <Loading of={health}>
      {(it) => (
        <>
          <Card title="Sync">
            <Facts facts={[
              ["Role", it.role], ["Created", moment(it.created_at)], ["Version", whole(it.version)],
              ["Purged up to", whole(it.purged_version)], ["Last push", ago(it.pushes.last_at)],
              ["Devices behind", `${it.devices.filter((device) => device.behind > 0).length} of ${it.devices.length}`],
              ["Live sessions", it.sessions.live], ["Last used", ago(it.sessions.last_used_at)],
              ...(it.restored_at ? [["Restored", moment(it.restored_at)], ["Offered since", `${it.offers.count}, ${it.offers.changed} new`]] as const : []),
            ]} />
          </Card>
          <Card title="Records">
            {Object.keys(it.collections).length === 0 && <p className="quiet">None.</p>}
            {Object.keys(it.collections).length > 0 && (
              <Table
                label="Records by collection"
                head={["Collection", "Live", "Deleted", "Last change"]}
                rows={Object.entries(it.collections).map(([name, { live, deleted, changed_at }]) => [name.replaceAll("_", " "), whole(live), whole(deleted), ago(changed_at)])}
              />
            )}
          </Card>
          <Card title="Rejected changes">
            {Object.keys(it.rejected).length === 0 && <p className="quiet">None in the last 30 days.</p>}
            {Object.keys(it.rejected).length > 0 && (
              <Table label="Rejected changes by code" head={["Code", "Changes", "Last"]} rows={Object.entries(it.rejected).map(([code, { count, last_at }]) => [code, whole(count), ago(last_at)])} />
            )}
          </Card>
        </>
      )}
    </Loading>
  );
}
