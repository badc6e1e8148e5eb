/** Diet plans that change from a day on, shopping lists, and weeks that are copied. */
import type { DietPlan, Meal, MealItem, Stored, Writer } from "@trackforge/client";
import { addDays, weekday } from "./dates.ts";
import { copyOf, type Log } from "./food.ts";

/** A plan with its meals and their items. */
export interface WholePlan {
  readonly plan: Stored<DietPlan>;
  readonly meals: readonly Stored<Meal>[];
  readonly items: readonly Stored<MealItem>[];
}

/** True if the plan has a day before `start`, and has not ended by then. */
export function canRevise({ starts_on: first, ends_on: last }: DietPlan, start: string): boolean {
  return (first ?? "") < start && (last == null || last >= start);
}

/** Ends a plan on the day before `start` and continues it as a copy: earlier days stay. The id of the copy. */
export function revisePlan(writer: Writer, { plan, meals, items }: WholePlan, start: string): string {
  const { id, ...fields } = plan;
  writer.diet_plans.patch(id, { ends_on: addDays(start, -1) });
  const copy = writer.diet_plans.put({ ...fields, starts_on: start });
  for (const { id: mealId, ...meal } of meals) {
    const copiedMeal = writer.meals.put({ ...meal, plan_id: copy });
    for (const { id: _, ...item } of items) {
      if (item.meal_id === mealId) writer.meal_items.put({ ...item, meal_id: copiedMeal });
    }
  }
  return copy;
}

export interface ShoppingList {
  readonly days: number;
  readonly grams: ReadonlyMap<string, number>;
}

/** Grams of each food that a plan needs for the seven days from `first`. */
export function shoppingList({ plan, items }: WholePlan, first: string): ShoppingList {
  const dates = Array.from({ length: 7 }, (_, at) => addDays(first, at));
  const isEaten = (date: string): boolean =>
    (plan.starts_on ?? date) <= date && date <= (plan.ends_on ?? date) && plan.days_of_week.includes(weekday(date));
  const days = dates.filter(isEaten).length;
  const grams = new Map<string, number>();
  if (days > 0) for (const it of items) grams.set(it.food_id, (grams.get(it.food_id) ?? 0) + it.grams * days);
  return { days, grams };
}

/** Copies of the logs of seven days, each as far after `to` as its day is after `from`. */
export function copiedWeek(logs: readonly Log[], from: string, to: string): ReturnType<typeof copyOf>[] {
  const shift = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  const last = addDays(from, 6);
  return logs.filter((it) => from <= it.date && it.date <= last).map((it) => copyOf(it, addDays(it.date, shift)));
}
