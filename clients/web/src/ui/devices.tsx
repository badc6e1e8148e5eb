/** Devices with their health, and the causes of an explanation. */
import type { ReactNode } from "react";
import type { Cause, DeviceState, Explanation } from "@trackforge/client";
import { ago, moment } from "../lib/moments.ts";
import { counted } from "../lib/numbers.ts";

const MINUTE_US = 60_000_000;

/** What keeps a device back by its own report and its last request; empty if nothing does. */
export function troubles(device: DeviceState): string[] {
  const { waiting, behind, last_error: error, last_error_at, last_failure: failure, clock_offset_us: offset, push } = device;
  const succeededAt = Math.max(...[device.pushed_at, device.pulled_at].map((it) => (it ? Date.parse(it) : 0)));
  /** True for what no later success has resolved. */
  const stands = (at: string | null): boolean => Boolean(waiting) || at === null || Date.parse(at) > succeededAt;
  return [
    waiting ? `${counted(waiting, "change")} not sent${device.oldest_waiting_at ? `, the oldest from ${moment(device.oldest_waiting_at)}` : ""}` : "",
    behind ? `${counted(behind, "version")} behind` : "",
    error && stands(last_error_at) ? `last error ${error}, ${ago(last_error_at)}` : "",
    failure && stands(failure.at) ? `last rejected ${failure.kind}: ${failure.code}, ${ago(failure.at)}` : "",
    push?.dropped_at ? `its push key is dead (${push.dropped_reason ?? "unknown reason"}): nothing wakes the app up` : "",
    push && push.failures > 0 ? `${counted(push.failures, "wake-up")} not taken by its push service` : "",
    offset !== null && Math.abs(offset) > MINUTE_US ? `its clock is wrong by ${counted(Math.round(Math.abs(offset) / MINUTE_US), "minute")}` : "",
  ].filter((it) => it !== "");
}

/** A row of a device: its name, its health, buttons. */
export function DeviceRow({ device, actions }: { device: DeviceState; actions?: ReactNode }): ReactNode {
  const found = troubles(device);
  const versions = [device.app_version && `app ${device.app_version}`, device.schema_version && `schema ${device.schema_version}`].filter(Boolean);
  return (
    <li className="row device">
      <span className="row-text">
        <span>{device.name ?? "Unnamed device"}{device.current && " (this one)"}</span>
        <small>Seen {ago(device.seen_at)}{versions.length > 0 && ` · ${versions.join(", ")}`}</small>
        {device.push && !device.push.dropped_at && <small>Woken up by {device.push.kind}{device.push.sent_at && `, last ${ago(device.push.sent_at)}`}</small>}
        {found.map((it) => <small className="warm" key={it}>{it}</small>)}
        {found.length === 0 && device.behind === 0 && <small>Has everything</small>}
      </span>
      {actions}
    </li>
  );
}

const LIKELIHOODS = { certain: "This is it", likely: "Most likely", possible: "Possible" } as const;

/** Causes, the most likely one in full, the others on request. */
export function Causes({ explanation }: { explanation: Explanation }): ReactNode {
  const [first, ...others] = explanation.causes;
  return (
    <>
      {first && <CauseText cause={first} />}
      {others.length > 0 && (
        <details>
          <summary>{counted(others.length, "other possible cause")}</summary>
          {others.map((it, at) => <CauseText key={at} cause={it} />)}
        </details>
      )}
    </>
  );
}

function CauseText({ cause: { cause, likelihood, summary, advice, evidence } }: { cause: Cause }): ReactNode {
  return (
    <div className="cause">
      <small>{LIKELIHOODS[likelihood]} · {cause.replaceAll("_", " ")}</small>
      <p><strong>{summary}</strong></p>
      <p>{advice}</p>
      <details>
        <summary>Evidence</summary>
        <dl className="facts wide">
          {Object.entries(evidence).map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>{/_at$/.test(name) && typeof value === "string" ? moment(value) : typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}
