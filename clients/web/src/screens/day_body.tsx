/** Body measurements of a day. */
import { useState, type ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import type { BodyMetrics, Stored, Units } from "@trackforge/client";
import { useDb, useUnits } from "../lib/database.tsx";
import { shown, whole } from "../lib/numbers.ts";
import { Button, Card, Field, Form, NumberField } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";

type Metrics = Stored<BodyMetrics>;

export function DayBody({ date }: { date: string }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const [isOpen, setOpen] = useState(false);
  const metrics = useQuery(db.body_metrics.where({ date }))?.[0];
  const lines = metrics ? describe(metrics, units) : [];
  return (
    <Card title="Body" action={<Button kind="quiet" icon={metrics ? "edit" : "scale"} onClick={() => setOpen(true)}>{metrics ? "Edit" : "Weigh in"}</Button>}>
      {lines.length > 0 ? (
        <dl className="facts">
          {lines.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <p className="quiet">Nothing measured on this day.</p>
      )}
      {isOpen && <BodyDialog date={date} metrics={metrics} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function describe(metrics: Metrics, units: Units): [string, string][] {
  const lines: [string, string | undefined][] = [
    ["Weight", metrics.weight_kg === undefined ? undefined : units.weightText(metrics.weight_kg)],
    ["Body fat", metrics.body_fat_pct === undefined ? undefined : `${shown(metrics.body_fat_pct)} %`],
    ["Waist", metrics.waist_cm === undefined ? undefined : `${units.shownHeight(metrics.waist_cm)} ${units.height}`],
    ["Steps", metrics.steps === undefined ? undefined : whole(metrics.steps)],
    ["Sleep", metrics.sleep_s === undefined ? undefined : `${shown(metrics.sleep_s / 3600)} h`],
    ["Resting pulse", metrics.resting_heart_rate_bpm === undefined ? undefined : `${metrics.resting_heart_rate_bpm} bpm`],
    ["Notes", metrics.notes],
  ];
  return lines.filter((it): it is [string, string] => it[1] !== undefined && it[1] !== "");
}

const LENGTHS = [
  ["waist_cm", "Waist"], ["chest_cm", "Chest"], ["hips_cm", "Hips"],
  ["neck_cm", "Neck"], ["arm_cm", "Upper arm"], ["thigh_cm", "Thigh"],
] as const;

function BodyDialog({ date, metrics, onClose }: { date: string; metrics: Metrics | undefined; onClose: () => void }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const [draft, setDraft] = useState<Partial<BodyMetrics>>(metrics ?? {});
  const set = (fields: Partial<BodyMetrics>): void => setDraft({ ...draft, ...fields });
  /** Stores what was changed only, so that another device's measurements of the day stay. */
  const save = async (): Promise<void> => {
    const { id, ...stored } = metrics ?? { id: undefined };
    const changed = Object.entries(draft).filter(([name, value]) => name !== "id" && value !== (stored as Partial<BodyMetrics>)[name as "weight_kg"]);
    const fields = Object.fromEntries(changed) as Partial<BodyMetrics>;
    if (id !== undefined) await db.body_metrics.patch(id, fields);
    else await db.body_metrics.put({ date, ...fields });
    onClose();
  };
  const weight = draft.weight_kg == null ? undefined : units.shownWeight(draft.weight_kg);
  return (
    <Dialog title="Body" onClose={onClose}>
      <Form onSubmit={save}>
        <NumberField label={`Weight in ${units.weight}`} value={weight} autoFocus onNumber={(it) => set({ weight_kg: stored(it, (n) => units.storedWeight(n)) })} />
        <details>
          <summary>More measurements</summary>
          <div className="form-grid">
            <NumberField label="Body fat in %" value={draft.body_fat_pct ?? undefined} onNumber={(it) => set({ body_fat_pct: it ?? null })} />
            {LENGTHS.map(([name, label]) => (
              <NumberField key={name} label={`${label} in ${units.height}`} value={draft[name] == null ? undefined : units.shownHeight(draft[name])} onNumber={(it) => set({ [name]: stored(it, (n) => units.storedHeight(n)) })} />
            ))}
            <NumberField label="Resting pulse" value={draft.resting_heart_rate_bpm ?? undefined} onNumber={(it) => set({ resting_heart_rate_bpm: it ?? null })} />
            <NumberField label="Sleep in hours" value={draft.sleep_s == null ? undefined : draft.sleep_s / 3600} onNumber={(it) => set({ sleep_s: it === undefined ? null : it * 3600 })} />
            <NumberField label="Steps" decimals={0} value={draft.steps ?? undefined} onNumber={(it) => set({ steps: it ?? null })} />
          </div>
          <Field label="Notes" value={draft.notes ?? ""} onChange={(event) => set({ notes: event.target.value || null })} />
        </details>
        <Button type="submit" kind="primary">Save</Button>
      </Form>
    </Dialog>
  );
}

/** Stored value of an input; null for an empty one. NaN stays, and the contract rejects it. */
function stored(typed: number | undefined, convert: (typed: number) => number): number | null {
  if (typed === undefined) return null;
  return Number.isNaN(typed) ? typed : convert(typed);
}
