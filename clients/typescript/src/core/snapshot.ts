/** Snapshots of foods in food logs, so that later edits of a food change no logged day. */
import type { Fields } from "./json.ts";
import { round } from "./round.ts";

export const NUTRIENTS = ["energy_kcal", "protein_g", "carbs_g", "fat_g"] as const;
const LABEL_NUTRIENTS = ["fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg"];
export const SNAPSHOT: readonly string[] = ["name", ...NUTRIENTS, "nutrients"];

/** Log with name and nutrients of its amount; unchanged with own values or without a food. */
export function withSnapshot(log: Fields, food: Fields | undefined): Fields {
  const grams = log["grams"];
  if (!food || typeof grams !== "number" || SNAPSHOT.some((name) => name in log)) return log;
  const snapshot: Fields = { ...log };
  if (food["name"] != null) snapshot["name"] = food["name"];
  for (const nutrient of NUTRIENTS) {
    const value = food[nutrient];
    // Six decimals remove binary noise; the day view rounds for display.
    if (typeof value === "number") snapshot[nutrient] = round((value * grams) / 100, 6);
  }
  const more = Object.entries(foodNutrients(food));
  if (more.length > 0) {
    snapshot["nutrients"] = Object.fromEntries(more.map(([name, it]) => [name, round((it * grams) / 100, 6)]));
  }
  return snapshot;
}

/** Known nutrients of 100 g of a food, apart from energy and macros. */
export function foodNutrients(food: Fields): Record<string, number> {
  const label = Object.fromEntries(LABEL_NUTRIENTS.map((name) => [name, food[name] ?? null]));
  return numbersOf({ ...label, ...(food["nutrients"] as Fields | undefined) });
}

/** Members of an object that are numbers. */
export function numbersOf(values: Fields): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter((it): it is [string, number] => typeof it[1] === "number"));
}
