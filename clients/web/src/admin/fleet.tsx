/** The fleet: devices of all users by version, those that stopped syncing, rejections over time. */
import { useState, type ReactNode } from "react";
import { useDb } from "../lib/database.tsx";
import { addDays } from "../lib/dates.ts";
import { useLoad } from "../lib/load.ts";
import { ago, moment } from "../lib/moments.ts";
import { counted, whole } from "../lib/numbers.ts";
import { Card, Empty, Page, Segments } from "../ui/basics.tsx";
import { Chart } from "../ui/chart.tsx";
import { Facts, Loading, Table } from "../ui/facts.tsx";

interface Version {
  readonly app_version: string | null;
  readonly schema_version: number | null;
}

interface FleetDocument {
  readonly counted_at: string | null;
  readonly versions: readonly (Version & {
    readonly devices: number; readonly seen_in_day: number; readonly seen_in_week: number; readonly seen_in_month: number; readonly waiting: number;
  })[];
  readonly days: readonly { readonly day: string; readonly devices: number; readonly seen_in_day: number; readonly stopped: number; readonly waiting: number }[];
}

const PERIODS = [["7", "7 days"], ["30", "30 days"], ["90", "90 days"]] as const;

export function Fleet(): ReactNode {
  const db = useDb();
  const [days, setDays] = useState<"7" | "30" | "90">("30");
  const fleet = useLoad(async () => (await db.request("GET", `/support/fleet?days=${days}`)) as FleetDocument, [db, days]);
  return (
    <Page title="Fleet">
      <Segments label="Period" value={days} options={PERIODS} onChange={setDays} />
      <Loading of={fleet}>
        {(it) => (
          <div className="columns">
            <Overview fleet={it} />
            <Versions fleet={it} />
          </div>
        )}
      </Loading>
      <Rejections days={Number(days)} />
      <Stopped />
    </Page>
  );
}

function Overview({ fleet: { counted_at, days } }: { fleet: FleetDocument }): ReactNode {
  const today = days.at(-1);
  return (
    <Card title="Devices">
      {today ? (
        <>
          <Facts facts={[["Devices", whole(today.devices)], ["Seen in a day", whole(today.seen_in_day)], ["Not seen for a week", whole(today.stopped)], ["With unsent changes", whole(today.waiting)]]} />
          {days.length > 1 && <Chart label="Devices seen in a day" kind="bars" points={days.map((it) => ({ date: it.day, value: it.seen_in_day }))} isWhole format={(value) => counted(value, "device")} />}
          <p className="quiet">Counted {ago(counted_at)}, every hour.</p>
        </>
      ) : <Empty icon="device">Devices are counted every hour; there is no count yet.</Empty>}
    </Card>
  );
}

function Versions({ fleet: { versions } }: { fleet: FleetDocument }): ReactNode {
  return (
    <Card title="Versions in the field">
      {versions.length === 0 ? <p className="quiet">None yet.</p> : (
        <Table
          label="Devices by version"
          head={["App", "Schema", "Devices", "Day", "Week", "Month", "Waiting"]}
          rows={versions.map((it) => [it.app_version ?? "not reported", it.schema_version, ...[it.devices, it.seen_in_day, it.seen_in_week, it.seen_in_month, it.waiting].map(whole)])}
        />
      )}
    </Card>
  );
}

interface Rejection {
  readonly code: string;
  readonly app_version: string | null;
  readonly kind: "change" | "request";
  readonly count: number;
  readonly days: { readonly [day: string]: number };
}

function Rejections({ days }: { days: number }): ReactNode {
  const db = useDb();
  const rejections = useLoad(async () => ((await db.request("GET", `/support/fleet/rejections?days=${days}`)) as { items: Rejection[] }).items, [db, days]);
  const period = Array.from({ length: days }, (_, at) => addDays(new Date().toISOString().slice(0, 10), at + 1 - days));
  return (
    <Card title="Rejections by code and version" className="wide-card">
      <Loading of={rejections}>
        {(items) => {
          if (items.length === 0) return <Empty icon="check">Nothing was rejected in these days.</Empty>;
          const sums = period.map((date) => ({ date, value: items.reduce((sum, it) => sum + (it.days[date] ?? 0), 0) }));
          return (
            <>
              <Chart label="Rejections" kind="bars" points={sums} isWhole format={(value) => counted(value, "rejection")} />
              <Table
                label="Rejections"
                head={["Code", "Of", "App", "Count", "By day"]}
                rows={items.map((it) => [it.code, it.kind, it.app_version ?? "not reported", whole(it.count), <Days key="" values={period.map((day) => it.days[day] ?? 0)} />])}
              />
            </>
          );
        }}
      </Loading>
    </Card>
  );
}

/** Bars of a row, one a day. */
function Days({ values }: { values: readonly number[] }): ReactNode {
  const top = Math.max(...values, 1);
  return (
    <svg className="spark" viewBox={`0 0 ${values.length} 20`} preserveAspectRatio="none" role="img" aria-label={`Up to ${top} a day`}>
      {values.map((value, at) => value > 0 && <rect key={at} className="bar" x={at} width="0.8" y={20 - (value / top) * 20} height={(value / top) * 20} />)}
    </svg>
  );
}

interface StoppedDevice extends Version {
  readonly user_id: string;
  readonly device_id: string;
  readonly seen_at: string;
  readonly waiting: number | null;
  readonly oldest_waiting_at: string | null;
  readonly last_error: string | null;
  readonly last_failure: string | null;
}

function Stopped(): ReactNode {
  const db = useDb();
  const stopped = useLoad(async () => ((await db.request("GET", "/support/fleet/stopped")) as { devices: StoppedDevice[] }).devices, [db]);
  return (
    <Card title="Devices that stopped syncing">
      <p className="quiet">Without a request for 7 to 90 days; those with unsent changes first.</p>
      <Loading of={stopped}>
        {(devices) => devices.length === 0 ? <Empty icon="check">None.</Empty> : (
          <Table
            label="Devices that stopped syncing"
            head={["Device", "Last seen", "Waiting", "App", "Last error", "Last rejected request"]}
            rows={devices.map((it) => [
              <a href={`#/account/${it.user_id}/explain?device=${it.device_id}`}>{it.device_id.slice(0, 8)}</a>,
              ago(it.seen_at), it.waiting ? `${it.waiting}${it.oldest_waiting_at ? ` since ${moment(it.oldest_waiting_at)}` : ""}` : null, it.app_version, it.last_error, it.last_failure,
            ])}
          />
        )}
      </Loading>
    </Card>
  );
}
