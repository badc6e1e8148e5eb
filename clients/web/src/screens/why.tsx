/** Why is it not there? The server's causes, for a device, a record or both. */
import { useState, type ReactNode } from "react";
import type { Question } from "@trackforge/client";
import { useSyncStatus } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { useLoad } from "../lib/load.ts";
import { fieldName } from "../lib/messages.ts";
import { replace, useRoute } from "../lib/route.ts";
import { Button, Card, Empty, Page, Select } from "../ui/basics.tsx";
import { Causes } from "../ui/devices.tsx";
import { Loading } from "../ui/facts.tsx";

export function Why(): ReactNode {
  const db = useDb();
  const { query } = useRoute();
  const { signIn } = useSyncStatus(db);
  const [device, record] = [query.get("device") ?? "", query.get("record") ?? ""];
  return (
    <Page title="Why is it not there?" backTo="/sync">
      {signIn === "signed in" ? (
        <>
          <Which device={device} record={record} />
          {(device || record) && <Answer key={`${device} ${record}`} question={{ device, record }} />}
        </>
      ) : (
        <Card>
          <Empty icon="cloudOff">This device is not signed in, so nothing leaves or reaches it.</Empty>
          <a className="button primary" href="#/sign-in">Sign in</a>
        </Card>
      )}
    </Page>
  );
}

function Which({ device, record }: { device: string; record: string }): ReactNode {
  const db = useDb();
  const devices = useLoad(() => db.devices(), [db]);
  const choose = (id: string): void => replace(`/why?${new URLSearchParams({ ...(id && { device: id }), ...(record && { record }) })}`);
  return (
    <Card>
      {record && <p className="quiet pad">About one entry: {fieldName(record.split("/")[0]!).toLowerCase()}.</p>}
      <Loading of={devices}>
        {(list) => (
          <Select
            label={record ? "The device that lacks it" : "The device that it was logged on, or that lacks it"}
            value={device}
            options={[["", "Choose a device"], ...list.map((it) => [it.device_id, `${it.name ?? "Unnamed device"}${it.current ? " (this one)" : ""}`] as const)]}
            onChange={(event) => choose(event.target.value)}
          />
        )}
      </Loading>
    </Card>
  );
}

function Answer({ question }: { question: Question }): ReactNode {
  const db = useDb();
  const [number, setNumber] = useState(0);
  const explanation = useLoad(() => db.explain(question), [db, number]);
  return (
    <Card title="The reason" action={<Button kind="quiet" onClick={() => setNumber(number + 1)}>Ask again</Button>}>
      <Loading of={explanation}>{(it) => <Causes explanation={it} />}</Loading>
    </Card>
  );
}
