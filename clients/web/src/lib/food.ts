/** Foods of the user and of the catalogue, and the logs that are made of them. */
import type { Food, FoodLog, Stored } from "@trackforge/client";
import { foodNutrients } from "../../../typescript/src/core/snapshot.ts";
import type { CatalogueFood } from "./catalogue.ts";

export type AnyFood = CatalogueFood | Stored<Food>;
export type Slot = NonNullable<FoodLog["slot"]>;
export type Log = Stored<FoodLog>;

export const SLOTS: readonly (readonly [Slot, string])[] = [
  ["breakfast", "Breakfast"],
  ["lunch", "Lunch"],
  ["dinner", "Dinner"],
  ["snack", "Snacks"],
];
export const NUTRIENTS = ["energy_kcal", "protein_g", "carbs_g", "fat_g"] as const;

/** Meal that a time of day suggests. */
export function slotOf(now: Date): Slot {
  const hour = now.getHours();
  if (hour < 10) return "breakfast";
  if (hour < 14) return "lunch";
  return hour < 17 ? "snack" : "dinner";
}

export function slotName(slot: string | null | undefined): string {
  return SLOTS.find(([name]) => name === slot)?.[1] ?? "Other";
}

/** Nutrients of an amount; unknown ones are absent. */
export function portion(food: AnyFood, grams: number): { [K in (typeof NUTRIENTS)[number]]?: number } {
  const pairs = NUTRIENTS.flatMap((name) => {
    const value = food[name];
    return typeof value === "number" ? [[name, Number(((value * grams) / 100).toFixed(6))] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** Log of an amount with its snapshot, so that later edits of the food change no logged day. */
export function logOf(food: AnyFood, grams: number, rest: Pick<FoodLog, "date"> & Partial<FoodLog>): FoodLog {
  const scaled = (it: number): number => Number(((it * grams) / 100).toFixed(6));
  const more = Object.entries(foodNutrients(food as never)).map(([name, it]) => [name, scaled(it)] as const);
  const nutrients = more.length > 0 ? { nutrients: Object.fromEntries(more) } : {};
  return { ...rest, food_id: food.id, grams, name: food.name, ...portion(food, grams), ...nutrients };
}

/** Log for another day, with what was eaten and nothing of its plan. */
export function copyOf(log: Log, date: string, slot?: Slot): FoodLog {
  const { id: _id, planned: _planned, meal_id: _meal, eaten_at: _eaten, ...rest } = log;
  return { ...rest, date, ...(slot && { slot }) };
}

export interface RecentFood {
  readonly log: Log;
  readonly count: number;
}

/** Newest log of each food or quick entry, those logged often first. */
export function recentFoods(logs: readonly Log[], since: string, limit = 30): RecentFood[] {
  const found = new Map<string, { log: Log; count: number }>();
  for (const log of logs) {
    if (log.date < since) continue;
    const key = log.food_id ?? `${log.name}`;
    const known = found.get(key);
    if (!known) found.set(key, { log, count: 1 });
    else {
      known.count++;
      if (log.date > known.log.date || (log.date === known.log.date && log.id > known.log.id)) known.log = log;
    }
  }
  const weight = ({ log, count }: RecentFood): number => Math.log2(1 + count) * 8 + Date.parse(log.date) / 86_400_000;
  return [...found.values()].sort((left, right) => weight(right) - weight(left)).slice(0, limit);
}
