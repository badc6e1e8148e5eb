/** What an account stores, beside its quotas. */
import type { ReactNode } from "react";
import type { Usage } from "@trackforge/client/account";
import { shown, whole } from "../lib/numbers.ts";

export function UsageList({ usage }: { usage: Usage }): ReactNode {
  return (
    <ul className="rows usage">
      {Object.entries(usage).map(([name, { used, quota }]) => (
        <li className="row" key={name}>
          <span className="row-text">
            <span>{name.replaceAll("_", " ")}</span>
            <span className={`meter ${used >= quota ? "over" : ""}`}><i style={{ width: `${Math.min((used / quota) * 100, 100)}%` }} /></span>
          </span>
          <small className="number">{amount(name, used)} of {amount(name, quota)}</small>
        </li>
      ))}
    </ul>
  );
}

function amount(name: string, value: number): string {
  if (!name.endsWith("bytes")) return whole(value);
  const [size, unit] = value >= 1e9 ? [1e9, "GB"] : value >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return `${shown(value / size)} ${unit}`;
}
