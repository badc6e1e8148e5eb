/** Snapshots of foods in food logs, so that later edits of a food change no logged day. */
import type { Fields } from "./json.ts";
import { round } from "./round.ts";

export const NUTRIENTS = ["energy_kcal", "protein_g", "carbs_g", "fat_g"] as const;
export const SNAPSHOT: readonly string[] = ["name", ...NUTRIENTS];

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
  return snapshot;
}
