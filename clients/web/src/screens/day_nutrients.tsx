/** Fibre, vitamins, minerals and the like of a day, with their targets. */
import { useState, type ReactNode } from "react";
import { CONTRACTS, type DayView, type NutrientOfDay, type NutrientTarget } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { MACROS, nutrientName, nutrientUnit } from "../lib/nutrients.ts";
import { shown } from "../lib/numbers.ts";
import { Button, Card, Form, NumberField, Select } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";

export function DayNutrients({ date, view }: { date: string; view: DayView | undefined }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const found = Object.entries(view?.nutrients ?? {}).filter(([name, it]) => name !== "water_ml" && (!MACROS.has(name) || it.adherence !== null));
  const hasTarget = ([, it]: [string, NutrientOfDay]): boolean => it.min !== null || it.max !== null;
  const [aimed, other] = [found.filter(hasTarget), found.filter((it) => !hasTarget(it))];
  return (
    <Card title="Nutrients" action={<Button kind="quiet" icon="edit" onClick={() => setOpen(true)}>Set a target</Button>}>
      {aimed.length > 0 && <Facts entries={aimed} />}
      {other.length > 0 && (
        <details>
          <summary>{aimed.length > 0 ? "Others" : "Fibre, vitamins, minerals"}</summary>
          <Facts entries={other} />
        </details>
      )}
      {found.length === 0 && <p className="quiet">Nothing known of this day’s foods.</p>}
      {isOpen && <TargetDialog date={date} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function Facts({ entries }: { entries: readonly [string, NutrientOfDay][] }): ReactNode {
  return (
    <dl className="facts">
      {entries.map(([name, it]) => (
        <div key={name}>
          <dt>{nutrientName(name)}</dt>
          <dd>
            {shown(it.actual)}{limitText(it)} {nutrientUnit(name)}
            {it.unknown > 0 && <small> · {it.unknown} unknown</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function limitText({ min, max }: NutrientOfDay): string {
  if (min !== null && max !== null) return ` of ${shown(min)}–${shown(max)}`;
  if (min !== null) return ` of at least ${shown(min)}`;
  return max === null ? "" : ` of at most ${shown(max)}`;
}

/** A target holds from this day on; earlier days keep theirs. */
function TargetDialog({ date, onClose }: { date: string; onClose: () => void }): ReactNode {
  const db = useDb();
  const names = CONTRACTS.nutrient_targets.fields["nutrient"]!.enum as readonly NutrientTarget["nutrient"][];
  const [nutrient, setNutrient] = useState<NutrientTarget["nutrient"]>("fiber_g");
  const [min, setMin] = useState<number>();
  const [max, setMax] = useState<number>();
  const save = async (): Promise<void> => {
    await db.nutrient_targets.put({ nutrient, starts_on: date, min: min ?? null, max: max ?? null });
    onClose();
  };
  const options = names.map((name) => [name, `${nutrientName(name)} (${nutrientUnit(name)})`] as const);
  return (
    <Dialog title="Target from this day on" onClose={onClose}>
      <Form onSubmit={save}>
        <Select label="Nutrient" value={nutrient} options={options} onChange={(event) => setNutrient(event.target.value as NutrientTarget["nutrient"])} />
        <div className="form-grid">
          <NumberField label="At least" value={min} onNumber={setMin} />
          <NumberField label="At most" value={max} onNumber={setMax} />
        </div>
        <p className="quiet">Leave both empty to end a target.</p>
        <Button type="submit" kind="primary">Save</Button>
      </Form>
    </Dialog>
  );
}
