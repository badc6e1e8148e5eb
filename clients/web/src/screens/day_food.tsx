/** Meals of a day: what was logged, and what the plan still has. */
import type { ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import { useBuiltInFoods, useDb, useUnits } from "../lib/database.tsx";
import { SLOTS, logOf, slotName, type AnyFood, type Log, type Slot } from "../lib/food.ts";
import { energyText, shown, whole } from "../lib/numbers.ts";
import { plannedItems, type PlannedItem } from "../lib/plan.ts";
import { Card, IconButton } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";

export function DayFood({ date }: { date: string }): ReactNode {
  const db = useDb();
  const logs = useQuery(db.food_logs.where({ date })) ?? [];
  const planned = usePlannedItems(date, logs);
  const other = logs.filter((it) => !SLOTS.some(([slot]) => slot === it.slot));
  return (
    <>
      {SLOTS.map(([slot]) => (
        <Meal key={slot} date={date} slot={slot} logs={logs.filter((it) => it.slot === slot)} planned={planned.filter((it) => it.slot === slot)} />
      ))}
      {other.length > 0 && <Meal date={date} slot={undefined} logs={other} planned={[]} />}
    </>
  );
}

/** Items of the day's plan that are not logged yet. */
function usePlannedItems(date: string, logs: readonly Log[]): PlannedItem[] {
  const db = useDb();
  const plans = useQuery(db.diet_plans.query()) ?? [];
  const meals = useQuery(db.meals.orderBy("position")) ?? [];
  const items = useQuery(db.meal_items.orderBy("position")) ?? [];
  const isLogged = (it: PlannedItem): boolean =>
    logs.some((log) => log.planned === true && log.meal_id === it.mealId && log.food_id === it.foodId);
  return plannedItems(date, plans, meals, items).filter((it) => !isLogged(it));
}

interface MealProps {
  readonly date: string;
  readonly slot: Slot | undefined;
  readonly logs: readonly Log[];
  readonly planned: readonly PlannedItem[];
}

function Meal({ date, slot, logs, planned }: MealProps): ReactNode {
  const units = useUnits();
  const energy = logs.reduce((sum, it) => sum + (it.energy_kcal ?? 0), 0);
  const name = slotName(slot);
  return (
    <Card
      className="meal"
      title={name}
      action={
        <div className="card-actions">
          {logs.length > 0 && <span className="sum">{energyText(units, energy)}</span>}
          {slot && (
            <a className="icon-button" href={`#/add/${date}/${slot}`} aria-label={`Add food to ${name.toLowerCase()}`}>
              <Icon name="plus" />
            </a>
          )}
        </div>
      }
    >
      <ul className="rows">
        {logs.map((log) => <LogRow key={log.id} log={log} />)}
        {planned.map((item) => <PlannedRow key={`${item.mealId} ${item.foodId}`} date={date} item={item} />)}
      </ul>
    </Card>
  );
}

function LogRow({ log }: { log: Log }): ReactNode {
  const units = useUnits();
  const food = useFood(log.name ? undefined : log.food_id);
  const detail = [
    log.grams !== undefined && `${shown(log.grams)} g`,
    log.protein_g !== undefined && `${whole(log.protein_g)} g protein`,
  ].filter(Boolean).join(" · ");
  return (
    <li>
      <a className="row" href={`#/log/${log.id}`}>
        <span className="row-text">
          <span>{log.name ?? food?.name ?? "Food"}</span>
          {detail && <small>{detail}</small>}
        </span>
        {log.energy_kcal !== undefined && <span className="number">{energyText(units, log.energy_kcal)}</span>}
      </a>
    </li>
  );
}

function PlannedRow({ date, item }: { date: string; item: PlannedItem }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const food = useFood(item.foodId);
  const log = async (): Promise<void> => {
    const rest = { date, meal_id: item.mealId, slot: item.slot, planned: true };
    const data = food ? logOf(food, item.grams, rest) : { ...rest, food_id: item.foodId, grams: item.grams };
    const id = await db.food_logs.put(data);
    say(`${food?.name ?? "Food"} logged.`, () => run(() => db.food_logs.delete(id)));
  };
  return (
    <li className="row planned">
      <span className="row-text">
        <span>{food?.name ?? "…"}</span>
        <small>Planned: {shown(item.grams)} g</small>
      </span>
      <IconButton icon="check" label={`Log ${food?.name ?? "food"} as planned`} onClick={() => run(log)} />
    </li>
  );
}

/** Food of the user or of the catalogue. */
export function useFood(id: string | null | undefined): AnyFood | undefined {
  const own = useQuery(useDb().foods.where({ id: id ?? "" }))?.[0];
  const builtIn = useBuiltInFoods();
  return own ?? (id ? builtIn?.get(id) : undefined);
}
