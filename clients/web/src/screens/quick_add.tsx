/** Quick entry: a name with its energy, without a food. */
import { useState, type ReactNode } from "react";
import type { FoodLog } from "@trackforge/client";
import { useDb, useUnits } from "../lib/database.tsx";
import { today } from "../lib/dates.ts";
import type { Slot } from "../lib/food.ts";
import { back } from "../lib/route.ts";
import { Button, Card, Field, Form, NumberField } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

export function QuickAdd({ date, slot }: { date: string; slot: Slot }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run, say } = useMessages();
  const [draft, setDraft] = useState<Partial<FoodLog>>({ name: "" });
  const set = (fields: Partial<FoodLog>): void => setDraft({ ...draft, ...fields });
  const save = async (): Promise<void> => {
    const eaten = date === today() ? { eaten_at: new Date().toISOString() } : {};
    const id = await db.food_logs.put({ ...draft, date, slot, ...eaten });
    say(`${draft.name} logged.`, () => run(() => db.food_logs.delete(id)));
    back(`/day/${date}`);
  };
  const energy = draft.energy_kcal == null ? undefined : units.shownEnergy(draft.energy_kcal);
  return (
    <Card>
      <Form onSubmit={save}>
        <Field label="Name" value={draft.name ?? ""} required maxLength={500} autoFocus onChange={(event) => set({ name: event.target.value })} />
        <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={energy} required onNumber={(it) => set({ energy_kcal: it === undefined ? null : Number.isNaN(it) ? it : units.storedEnergy(it) })} />
        <div className="form-grid thirds">
          {([["protein_g", "Protein in g"], ["carbs_g", "Carbs in g"], ["fat_g", "Fat in g"]] as const).map(([name, label]) => (
            <NumberField key={name} label={label} value={draft[name] ?? undefined} onNumber={(it) => set({ [name]: it ?? null })} />
          ))}
        </div>
        <Button type="submit" kind="primary">Log it</Button>
      </Form>
    </Card>
  );
}
