/** A diet plan: days, targets, meals with their foods. */
import { useState, type ReactNode } from "react";
import type { DietPlan, Meal, MealItem, Stored } from "@trackforge/client";
import { useQuery, useRecord } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { WEEKDAYS } from "../lib/dates.ts";
import { NUTRIENTS, portion, type AnyFood } from "../lib/food.ts";
import { energyText, shown, whole } from "../lib/numbers.ts";
import { replace } from "../lib/route.ts";
import { Button, Card, Empty, Field, Form, IconButton, NumberField, Page } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { useFood } from "./day_food.tsx";
import { FoodPicker } from "./food_picker.tsx";
import { PlanActions } from "./plan_actions.tsx";

export function DietPlanScreen({ id }: { id: string }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const plan = useRecord(db.diet_plans, id);
  const meals = useQuery(db.meals.where({ plan_id: id }).orderBy("position")) ?? [];
  const items = useQuery(db.meal_items.where("meal_id", "in", meals.map((it) => it.id)).orderBy("position")) ?? [];
  if (plan === undefined) return null;
  if (plan === null) return <Page title="Diet plan" backTo="/plans"><Empty icon="apple">This plan was deleted.</Empty></Page>;
  const remove = async (): Promise<void> => {
    await db.write((writer) => {
      for (const it of items) writer.meal_items.delete(it.id);
      for (const it of meals) writer.meals.delete(it.id);
      writer.diet_plans.delete(id);
    });
    say(`${plan.name} deleted. Past days keep it.`, () => run(() => db.write((writer) => {
      writer.diet_plans.put(plan);
      for (const it of meals) writer.meals.put(it);
      for (const it of items) writer.meal_items.put(it);
    })));
    replace("/plans");
  };
  const addMeal = (): Promise<string> => db.meals.put({ plan_id: id, name: `Meal ${meals.length + 1}`, position: (meals.at(-1)?.position ?? 0) + 1 });
  return (
    <Page title={plan.name} backTo="/plans" actions={<IconButton icon="trash" label="Delete the plan" onClick={() => run(remove)} />}>
      <PlanCard key={plan.id} plan={plan} />
      {meals.map((meal) => <MealCard key={meal.id} meal={meal} items={items.filter((it) => it.meal_id === meal.id)} />)}
      <div className="buttons"><Button icon="plus" onClick={() => run(addMeal)}>Add a meal</Button></div>
      <PlanActions whole={{ plan, meals, items }} />
    </Page>
  );
}

const TARGETS = [["target_protein_g", "Protein in g"], ["target_carbs_g", "Carbs in g"], ["target_fat_g", "Fat in g"]] as const;

function PlanCard({ plan }: { plan: Stored<DietPlan> }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { say } = useMessages();
  const [draft, setDraft] = useState<Partial<DietPlan>>({});
  const current = { ...plan, ...draft };
  const set = (fields: Partial<DietPlan>): void => setDraft({ ...draft, ...fields });
  const toggle = (day: number): void => {
    const days = current.days_of_week;
    set({ days_of_week: days.includes(day) ? days.filter((it) => it !== day) : [...days, day].sort() });
  };
  const save = async (): Promise<void> => {
    if (Object.keys(draft).length > 0) await db.diet_plans.patch(plan.id, draft);
    setDraft({});
    say("Saved.");
  };
  return (
    <Card>
      <Form onSubmit={save}>
        <Field label="Name" value={current.name} required maxLength={500} onChange={(event) => set({ name: event.target.value })} />
        <Check label="In use" checked={current.active !== false} onChange={(active) => set({ active })} />
        <div className="field">
          <span className="label">Days</span>
          <div className="weekdays" role="group" aria-label="Days">
            {WEEKDAYS.map((name, at) => (
              <button key={name} type="button" aria-pressed={current.days_of_week.includes(at + 1)} onClick={() => toggle(at + 1)}>{name}</button>
            ))}
          </div>
        </div>
        <div className="form-grid">
          <Field label="From" type="date" value={current.starts_on ?? ""} onChange={(event) => set({ starts_on: event.target.value || null })} />
          <Field label="Until" type="date" value={current.ends_on ?? ""} onChange={(event) => set({ ends_on: event.target.value || null })} />
        </div>
        <fieldset>
          <legend>Targets of a day; without one, the sum of the meals counts</legend>
          <div className="form-grid">
            <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={current.target_energy_kcal == null ? undefined : units.shownEnergy(current.target_energy_kcal)} onNumber={(it) => set({ target_energy_kcal: it === undefined || Number.isNaN(it) ? (it ?? null) : units.storedEnergy(it) })} />
            {TARGETS.map(([name, label]) => (
              <NumberField key={name} label={label} value={current[name] ?? undefined} onNumber={(it) => set({ [name]: it ?? null })} />
            ))}
          </div>
        </fieldset>
        <Button type="submit" kind="primary" disabled={Object.keys(draft).length === 0}>Save</Button>
      </Form>
    </Card>
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }): ReactNode {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

function MealCard({ meal, items }: { meal: Stored<Meal>; items: readonly Stored<MealItem>[] }): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const [isPicking, setPicking] = useState(false);
  const change = (fields: Partial<Meal>): void => run(() => db.meals.patch(meal.id, fields));
  const add = async (food: AnyFood, grams: number): Promise<void> => {
    await db.meal_items.put({ meal_id: meal.id, food_id: food.id, grams, position: (items.at(-1)?.position ?? 0) + 1 });
    setPicking(false);
  };
  const remove = (): Promise<void> => db.write((writer) => {
    for (const it of items) writer.meal_items.delete(it.id);
    writer.meals.delete(meal.id);
  });
  return (
    <Card>
      <div className="meal-head">
        <Field label="Meal" defaultValue={meal.name} maxLength={500} onBlur={(event) => event.target.value.trim() && event.target.value !== meal.name && change({ name: event.target.value.trim() })} />
        <Field label="Time" type="time" defaultValue={meal.time ?? ""} onBlur={(event) => event.target.value !== (meal.time ?? "") && change({ time: event.target.value || null })} />
        <IconButton icon="trash" label={`Delete ${meal.name}`} onClick={() => run(remove)} />
      </div>
      <ul className="rows">
        {items.map((it) => <ItemRow key={it.id} item={it} />)}
      </ul>
      <Button kind="quiet" icon="plus" onClick={() => setPicking(true)}>Add food</Button>
      {isPicking && <FoodPicker title={meal.name} onChoose={add} onClose={() => setPicking(false)} />}
    </Card>
  );
}

function ItemRow({ item }: { item: Stored<MealItem> }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run } = useMessages();
  const food = useFood(item.food_id);
  const sums = food ? portion(food, item.grams) : {};
  const detail = NUTRIENTS.slice(1).flatMap((name) => (sums[name] === undefined ? [] : [`${whole(sums[name])} g ${name.replace("_g", "")}`]));
  return (
    <li className="row">
      <span className="row-text">
        <span>{food?.name ?? "…"}</span>
        <small>{[`${shown(item.grams)} g`, sums.energy_kcal !== undefined && energyText(units, sums.energy_kcal), ...detail].filter(Boolean).join(" · ")}</small>
      </span>
      <IconButton icon="trash" label={`Remove ${food?.name ?? "food"}`} onClick={() => run(() => db.meal_items.delete(item.id))} />
    </li>
  );
}
