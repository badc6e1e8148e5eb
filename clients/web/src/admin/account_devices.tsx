/** Devices of an account, and explanations why something is not there. */
import { useState, type ReactNode } from "react";
import type { DeviceState, Explanation } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { useLoad } from "../lib/load.ts";
import { replace, useRoute } from "../lib/route.ts";
import { Button, Card, Empty, Field, Form, Select } from "../ui/basics.tsx";
import { Causes, DeviceRow } from "../ui/devices.tsx";
import { Loading } from "../ui/facts.tsx";
import type { PartProps } from "./account.tsx";

function useDevices(id: string) {
  const db = useDb();
  return useLoad(async () => ((await db.request("GET", `/support/users/${id}/devices`)) as { devices: DeviceState[] }).devices, [db, id]);
}

export function Devices({ id }: PartProps): ReactNode {
  return (
    <Card title="Devices, the last seen first">
      <Loading of={useDevices(id)}>
        {(devices) => (
          <>
            {devices.length === 0 && <Empty icon="device">No device has synced with this account.</Empty>}
            <ul className="rows">
              {devices.map((it) => (
                <DeviceRow key={it.device_id} device={it} actions={<a className="button" href={`#/account/${id}/explain?device=${it.device_id}`}>Explain</a>} />
              ))}
            </ul>
          </>
        )}
      </Loading>
    </Card>
  );
}

export function Explain({ id }: PartProps): ReactNode {
  const { query } = useRoute();
  const [device, record] = [query.get("device") ?? "", query.get("record") ?? ""];
  const submit = async (data: FormData): Promise<void> => {
    const asked = [...data].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value !== "");
    replace(`/account/${id}/explain?${new URLSearchParams(Object.fromEntries(asked) as Record<string, string>)}`);
  };
  return (
    <>
      <Card title="Why is it not there?">
        <Loading of={useDevices(id)}>
          {(devices) => (
            <Form onSubmit={submit}>
              <Select label="Device that lacks it, or that made it" name="device" defaultValue={device} options={[["", "Any"], ...devices.map((it) => [it.device_id, `${it.name ?? "Unnamed device"} (${it.device_id.slice(0, 8)})`] as const)]} />
              <Field label="Record, if its id is known" name="record" defaultValue={record} placeholder="foods/0192f0c4-…" autoComplete="off" />
              <Button type="submit" kind="primary">Explain</Button>
            </Form>
          )}
        </Loading>
      </Card>
      {(device || record) && <Answer key={`${device} ${record}`} id={id} device={device} record={record} />}
    </>
  );
}

function Answer({ id, device, record }: { id: string; device: string; record: string }): ReactNode {
  const db = useDb();
  const [number, setNumber] = useState(0);
  const query = new URLSearchParams({ ...(device && { device }), ...(record && { record }) });
  const answer = useLoad(async () => (await db.request("GET", `/support/users/${id}/explain?${query}`)) as Explanation, [db, id, String(query), number]);
  return (
    <Card title="Causes" action={<Button kind="quiet" onClick={() => setNumber(number + 1)}>Ask again</Button>}>
      <Loading of={answer}>{(it) => <Causes explanation={it} />}</Loading>
    </Card>
  );
}
