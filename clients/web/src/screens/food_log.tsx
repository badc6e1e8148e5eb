/** One log: amount, meal, day, deletion. */
import { useEffect, useState, type ReactNode } from "react";
import type { FoodLog } from "@trackforge/client";
import { useRecord } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { SLOTS, type AnyFood, type Log, type Slot } from "../lib/food.ts";
import { back } from "../lib/route.ts";
import { Button, Card, Empty, Field, Form, NumberField, Page, Select } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { Nutrients, Servings } from "./amount_dialog.tsx";
import { useFood } from "./day_food.tsx";
import { HistoryButton } from "./history.tsx";

export function FoodLogScreen({ id }: { id: string }): ReactNode {
  const log = useRecord(useDb().food_logs, id);
  if (log === undefined) return null;
  if (log === null) return <Page title="Food" backTo="/"><Empty icon="apple">This entry was deleted.</Empty></Page>;
  return <Editor key={log.id} log={log} />;
}

function Editor({ log }: { log: Log }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run, say } = useMessages();
  const food = useFood(log.food_id);
  const [draft, setDraft] = useState<Partial<FoodLog>>({});
  useEffect(() => setDraft({}), [log]);
  const shownLog = { ...log, ...draft } as Log;
  const set = (fields: Partial<FoodLog>): void => setDraft({ ...draft, ...fields });
  const save = async (): Promise<void> => {
    if (Object.keys(draft).length > 0) await db.food_logs.patch(log.id, draft);
    back(`/day/${shownLog.date}`);
  };
  const remove = async (): Promise<void> => {
    await db.food_logs.delete(log.id);
    say(`${log.name ?? "Food"} deleted.`, () => run(() => db.food_logs.put(log)));
    back(`/day/${log.date}`);
  };
  const perHundred = perHundredGrams(log) ?? food;
  return (
    <Page title={log.name ?? food?.name ?? "Food"} backTo={`/day/${log.date}`} actions={<HistoryButton collection="food_logs" record={log} />}>
      <Card>
        <Form onSubmit={save}>
          {log.food_id !== undefined ? (
            <>
              <NumberField label="Amount in grams" value={shownLog.grams} onNumber={(grams) => set({ grams: grams as number })} />
              {food && <Servings food={food} onChoose={(grams) => set({ grams })} />}
              {perHundred && <Nutrients food={perHundred} grams={shownLog.grams} />}
            </>
          ) : (
            <>
              <Field label="Name" value={shownLog.name ?? ""} required onChange={(event) => set({ name: event.target.value })} />
              <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={shownLog.energy_kcal === undefined ? undefined : units.shownEnergy(shownLog.energy_kcal)} required onNumber={(it) => set({ energy_kcal: it === undefined || Number.isNaN(it) ? (it as number) : units.storedEnergy(it) })} />
              <div className="form-grid thirds">
                {([["protein_g", "Protein in g"], ["carbs_g", "Carbs in g"], ["fat_g", "Fat in g"]] as const).map(([name, label]) => (
                  <NumberField key={name} label={label} value={shownLog[name]} onNumber={(it) => set({ [name]: it ?? null })} />
                ))}
              </div>
            </>
          )}
          <div className="form-grid">
            <Select label="Meal" value={shownLog.slot ?? ""} options={shownLog.slot ? SLOTS : [["", "Other"], ...SLOTS]} onChange={(event) => set({ slot: (event.target.value || null) as Slot | null })} />
            <Field label="Day" type="date" value={shownLog.date} disabled={log.planned === true} onChange={(event) => event.target.value && set({ date: event.target.value })} />
          </div>
          <Field label="Notes" value={shownLog.notes ?? ""} onChange={(event) => set({ notes: event.target.value || null })} />
          <div className="buttons">
            <Button kind="danger" icon="trash" onClick={() => run(remove)}>Delete</Button>
            <Button type="submit" kind="primary">Save</Button>
          </div>
        </Form>
      </Card>
    </Page>
  );
}

/** What the log itself has, scaled to 100 g: a later edit of the food changes no logged day. */
function perHundredGrams(log: Log): AnyFood | undefined {
  if (!log.grams || log.energy_kcal === undefined) return undefined;
  const scaled = (value: number | undefined): number | null => (value === undefined ? null : (value * 100) / log.grams!);
  return {
    id: log.food_id ?? "", name: log.name ?? "", energy_kcal: scaled(log.energy_kcal), protein_g: scaled(log.protein_g),
    carbs_g: scaled(log.carbs_g), fat_g: scaled(log.fat_g),
  };
}
