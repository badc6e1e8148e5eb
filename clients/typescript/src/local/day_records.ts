/** Records that day views are computed from, with those of deleted diet plans. */
import type { DayRecords } from "../core/day_view.ts";
import { isObject, type Fields } from "../core/json.ts";
import type { Transaction } from "../storage/transaction.ts";
import { recordsTable, visibleState, type RecordRow } from "./records.ts";

interface Found {
  readonly fields: Fields;
  /** Day of the deletion (`YYYY-MM-DD`), undefined for a live record. */
  readonly deletedOn: string | undefined;
}

/**
 * Live records of a day by collection. A deleted plan ends on the day before its deletion: earlier days keep
 * their planned values, with the meals and items that were deleted on that day or later.
 */
export function dayRecords(tx: Transaction, date: string, nowUs: number): DayRecords {
  const profile = profileOf(tx);
  const zone = typeof profile["time_zone"] === "string" ? profile["time_zone"] : "UTC";
  const live = (name: keyof DayRecords, isWanted: (data: Fields) => boolean): Fields[] =>
    all(tx, name, zone, nowUs, isWanted).flatMap((it) => (it.deletedOn === undefined ? [it.fields] : []));
  const ofDay = (data: Fields): boolean => data["date"] === date;
  const sessions = live("workout_sessions", ofDay);
  const sessionIds = new Set(sessions.map((it) => it["id"]));
  const plans = all(tx, "diet_plans", zone, nowUs);
  const lastDays = new Map(plans.map(({ fields, deletedOn }) => [fields["id"], deletedOn]));
  const meals = all(tx, "meals", zone, nowUs).filter((it) => counts(it, lastDays.get(it.fields["plan_id"]!)));
  const mealPlans = new Map(meals.map(({ fields }) => [fields["id"], lastDays.get(fields["plan_id"]!)]));
  const items = all(tx, "meal_items", zone, nowUs).filter((it) => counts(it, mealPlans.get(it.fields["meal_id"]!)));
  return {
    food_logs: live("food_logs", ofDay),
    body_metrics: live("body_metrics", ofDay),
    workout_sessions: sessions,
    workout_sets: live("workout_sets", (it) => sessionIds.has(it["session_id"]!)),
    water_logs: live("water_logs", ofDay),
    nutrient_targets: live("nutrient_targets", () => true),
    diet_plans: plans.map(ended),
    meals: meals.map(({ fields }) => fields),
    meal_items: items.map(({ fields }) => fields),
    priority: workoutPriority(profile),
  };
}

function counts(record: Found, planDeletedOn: string | undefined): boolean {
  if (record.deletedOn === undefined) return true;
  return planDeletedOn !== undefined && record.deletedOn >= planDeletedOn;
}

/** Plan with its last day, if it was deleted. */
function ended({ fields, deletedOn }: Found): Fields {
  if (deletedOn === undefined) return fields;
  const before = new Date(Date.parse(deletedOn) - 86_400_000).toISOString().slice(0, 10);
  const end = fields["ends_on"];
  return { ...fields, ends_on: typeof end === "string" && end < before ? end : before };
}

/** Records with their deleted ones; those alone that are wanted are copied. */
function all(
  tx: Transaction,
  name: string,
  zone: string,
  nowUs: number,
  isWanted: (data: Fields) => boolean = () => true,
): Found[] {
  return tx.entries<RecordRow>(recordsTable(name)).flatMap(([id, row]) => {
    const state = visibleState(row);
    if (!state || !isWanted(state.data)) return [];
    const clock = row.local ? nowUs : row.clock;
    return [{ fields: { ...state.data, id }, deletedOn: state.deleted ? dayOf(clock, zone) : undefined }];
  });
}

function profileOf(tx: Transaction): Fields {
  const profiles = tx.entries<RecordRow>(recordsTable("profile")).map(([, row]) => visibleState(row));
  return profiles.find((it) => it && !it.deleted)?.data ?? {};
}

function workoutPriority({ source_priority: priority }: Fields): string[] {
  const names = isObject(priority) ? priority["workouts"] : undefined;
  return Array.isArray(names) ? names.map(String) : [];
}

function dayOf(clockUs: number, timeZone: string): string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  return new Intl.DateTimeFormat("en-CA", { timeZone, ...parts }).format(new Date(clockUs / 1000));
}
