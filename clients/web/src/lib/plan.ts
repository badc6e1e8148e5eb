/** Items that diet plans have for a day. */
import type { DietPlan, Meal, MealItem, Stored } from "@trackforge/client";
import { weekday } from "./dates.ts";
import type { Slot } from "./food.ts";

export interface PlannedItem {
  readonly mealId: string;
  readonly foodId: string;
  readonly grams: number;
  readonly slot: Slot;
}

export function isPlanned(plan: DietPlan, date: string): boolean {
  const isInPeriod = (plan.starts_on ?? date) <= date && date <= (plan.ends_on ?? date);
  return plan.active === true && isInPeriod && plan.days_of_week.includes(weekday(date));
}

/** Items of the active plans of a day, in the order of meals. */
export function plannedItems(
  date: string,
  plans: readonly Stored<DietPlan>[],
  meals: readonly Stored<Meal>[],
  items: readonly Stored<MealItem>[],
): PlannedItem[] {
  const active = new Set(plans.filter((it) => isPlanned(it, date)).map((it) => it.id));
  return meals
    .filter((meal) => active.has(meal.plan_id))
    .flatMap((meal) => {
      const slot = slotOfMeal(meal);
      return items
        .filter((it) => it.meal_id === meal.id)
        .map((it) => ({ mealId: meal.id, foodId: it.food_id, grams: it.grams, slot }));
    });
}

const NAMES: readonly (readonly [RegExp, Slot])[] = [
  [/breakfast|morning/i, "breakfast"],
  [/lunch|noon/i, "lunch"],
  [/dinner|supper|evening/i, "dinner"],
  [/snack|shake/i, "snack"],
];

/** Slot that a meal's name or time suggests. */
export function slotOfMeal(meal: Meal): Slot {
  const named = NAMES.find(([pattern]) => pattern.test(meal.name));
  if (named) return named[1];
  const hour = meal.time ? Number(meal.time.slice(0, 2)) : NaN;
  if (hour < 10) return "breakfast";
  if (hour < 15) return "lunch";
  return hour >= 17 ? "dinner" : "snack";
}
