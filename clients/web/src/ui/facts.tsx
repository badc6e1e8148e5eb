/** Names with values, tables that scroll on small screens, and what takes their place while they load. */
import type { ReactNode } from "react";
import type { Loaded } from "../lib/load.ts";

export type Fact = readonly [name: string, value: ReactNode];

export function Facts({ facts }: { facts: readonly Fact[] }): ReactNode {
  return (
    <dl className="facts wide">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Table({ label, head, rows }: { label: string; head: readonly string[]; rows: readonly (readonly ReactNode[])[] }): ReactNode {
  return (
    <div className="table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>{head.map((it) => <th key={it} scope="col">{it}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>{row.map((cell, column) => <td key={column}>{cell ?? "–"}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Content of a value that is loaded; a line of text before, and the error instead. */
export function Loading<T>({ of: { value, error }, children }: { of: Loaded<T>; children: (value: T) => ReactNode }): ReactNode {
  if (error !== undefined) return <p className="error" role="alert">{error}</p>;
  return value === undefined ? <p className="quiet pad">Loading …</p> : children(value);
}
