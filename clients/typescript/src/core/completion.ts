/** Completion of patches before they are queued: field groups, and food log snapshots. */
import { groupOf, isRequired, type Contract } from "../contract/contract.ts";
import { isObject, type Fields } from "./json.ts";
import { NUTRIENTS, SNAPSHOT, numbersOf, withSnapshot } from "./snapshot.ts";
import { round } from "./round.ts";

/**
 * Patch with all members of the groups that it names, null for absent ones: so the record is the
 * same in any order of arrival at the server.
 */
export function completeGroups(contract: Contract, stored: Fields, patch: Fields): Fields {
  const completed: Fields = {};
  const names = new Set(Object.keys(patch).flatMap((name) => groupOf(contract, name)));
  for (const name in contract.fields) {
    if (names.has(name) && (name in stored || !isRequired(contract, name))) completed[name] = stored[name] ?? null;
  }
  return { ...completed, ...patch };
}

/** Patch of a food log with the snapshot of its new food, or its nutrients scaled to the new amount. */
export function completeFoodLog(
  stored: Fields,
  patch: Fields,
  findFood: (id: string) => Fields | undefined,
): Fields {
  if (!("food_id" in patch || "grams" in patch) || SNAPSHOT.some((name) => name in patch)) return patch;
  if ("food_id" in patch && patch["food_id"] === null) return patch; // it keeps its own values
  const log: Fields = {
    food_id: ("food_id" in patch ? patch : stored)["food_id"] ?? null,
    grams: ("grams" in patch ? patch : stored)["grams"] ?? null,
  };
  const isSameFood = log["food_id"] === (stored["food_id"] ?? null);
  const scaled = isSameFood ? scaledNutrients(stored, log["grams"]) : {};
  if (Object.keys(scaled).length > 0) return { ...patch, ...scaled };
  const food = typeof log["food_id"] === "string" ? findFood(log["food_id"]) : undefined;
  const cleared = isSameFood ? {} : Object.fromEntries(SNAPSHOT.map((name) => [name, null]));
  return { ...cleared, ...patch, ...withSnapshot(log, food) };
}

function scaledNutrients(stored: Fields, grams: unknown): Fields {
  const before = stored["grams"];
  const scaled: Fields = {};
  if (typeof before !== "number" || typeof grams !== "number" || before === 0) return scaled;
  for (const name of NUTRIENTS) {
    const value = stored[name];
    if (typeof value === "number") scaled[name] = round((value * grams) / before, 6);
  }
  const more = stored["nutrients"];
  if (isObject(more)) {
    const pairs = Object.entries(numbersOf(more)).map(([name, it]) => [name, round((it * grams) / before, 6)]);
    scaled["nutrients"] = Object.fromEntries(pairs);
  }
  return scaled;
}
