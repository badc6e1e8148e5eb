/** All nutrients of a day with their targets, by the server's formulas (docs/protocol.md). */
import { CONTRACTS } from "../contract/contracts.ts";
import { isObject, type Fields } from "./json.ts";
import { round } from "./round.ts";
import { NUTRIENTS, foodNutrients, numbersOf } from "./snapshot.ts";

/** A nutrient of a day, with its target. */
export interface NutrientOfDay {
  /** Sum over the logs that have it. */
  actual: number;
  /** Number of logs without it. */
  unknown: number;
  min: number | null;
  max: number | null;
  /** Closeness to the target in percent; null without one. */
  adherence: number | null;
}

type Limits = Pick<NutrientOfDay, "min" | "max">;

/** Nutrients that a log has, drunk water, and those with a target. `food` gives the foods of logs. */
export function dayNutrients(
  date: string,
  logs: readonly Fields[],
  waterMl: number,
  targets: readonly Fields[],
  food: (id: string) => Fields | undefined,
): Record<string, NutrientOfDay> {
  const limits = targetsOf(date, targets);
  const known = logs.map((log) => knownNutrients(log, food(String(log["food_id"])) ?? {}));
  const shown: Record<string, NutrientOfDay> = {};
  for (const name of CONTRACTS.nutrient_targets.fields["nutrient"]!.enum as readonly string[]) {
    const isWater = name === "water_ml";
    const amounts = isWater ? (waterMl > 0 ? [waterMl] : []) : known.flatMap((it) => it[name] ?? []);
    const unknown = isWater ? 0 : known.length - amounts.length;
    const { min, max } = limits.get(name) ?? { min: null, max: null };
    if (amounts.length === 0 && !limits.has(name)) continue;
    const actual = amounts.reduce((sum, it) => sum + it, 0);
    const percent = adherence(actual, { min, max });
    shown[name] = {
      actual: round(actual, name === "energy_kcal" ? 1 : 2),
      unknown,
      min,
      max,
      adherence: percent === null ? null : round(percent, 1),
    };
  }
  return shown;
}

/** Of each nutrient the latest target that has begun, unless that has no limits. */
function targetsOf(date: string, targets: readonly Fields[]): Map<string, Limits> {
  const latest = new Map<string, Fields>();
  for (const target of targets) {
    const [name, start] = [String(target["nutrient"]), String(target["starts_on"])];
    const before = latest.get(name);
    if (start <= date && (!before || String(before["starts_on"]) < start)) latest.set(name, target);
  }
  const limits = new Map<string, Limits>();
  for (const [name, { min, max }] of latest) {
    if (typeof min === "number" || typeof max === "number") {
      limits.set(name, { min: (min ?? null) as number | null, max: (max ?? null) as number | null });
    }
  }
  return limits;
}

function knownNutrients(log: Fields, food: Fields): Record<string, number> {
  const main = (of: Fields): Fields => Object.fromEntries(NUTRIENTS.map((name) => [name, of[name] ?? null]));
  const portion = (per100: Fields): Record<string, number> => {
    const grams = log["grams"];
    if (typeof grams !== "number") return {};
    return Object.fromEntries(Object.entries(numbersOf(per100)).map(([name, it]) => [name, (it * grams) / 100]));
  };
  const more = isObject(log["nutrients"]) ? numbersOf(log["nutrients"]) : portion(foodNutrients(food));
  return { ...portion(main(food)), ...numbersOf(main(log)), ...more };
}

function adherence(actual: number, { min, max }: Limits): number | null {
  if (min === null && max === null) return null;
  if (min !== null && actual < min) return (100 * actual) / min;
  if (max !== null && actual > max) return max > 0 ? Math.max(100 * (1 - (actual - max) / max), 0) : 0;
  return 100;
}
