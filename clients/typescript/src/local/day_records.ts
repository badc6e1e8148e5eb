/** Records that day views are computed from, with those of deleted diet plans. */
import type { DayRecords } from "../core/day_view.ts";
import type { Fields } from "../core/json.ts";
import type { Transaction } from "../storage/transaction.ts";
import { recordsTable, visibleState, type RecordRow } from "./records.ts";

interface Found {
  readonly fields: Fields;
  /** Day of the deletion (`YYYY-MM-DD`), undefined for a live record. */
  readonly deletedOn: string | undefined;
}

/**
 * Live records by collection. A deleted plan ends on the day before its deletion: earlier days keep
 * their planned values, with the meals and items that were deleted on that day or later.
 */
export function dayRecords(tx: Transaction, nowUs: number): DayRecords {
  const zone = timeZone(tx);
  const live = (name: keyof DayRecords): Fields[] =>
    all(tx, name, zone, nowUs).flatMap((it) => (it.deletedOn === undefined ? [it.fields] : []));
  const plans = all(tx, "diet_plans", zone, nowUs);
  const lastDays = new Map(plans.map(({ fields, deletedOn }) => [fields["id"], deletedOn]));
  const meals = all(tx, "meals", zone, nowUs).filter((it) => counts(it, lastDays.get(it.fields["plan_id"]!)));
  const mealPlans = new Map(meals.map(({ fields }) => [fields["id"], lastDays.get(fields["plan_id"]!)]));
  const items = all(tx, "meal_items", zone, nowUs).filter((it) => counts(it, mealPlans.get(it.fields["meal_id"]!)));
  return {
    food_logs: live("food_logs"),
    body_metrics: live("body_metrics"),
    workout_sessions: live("workout_sessions"),
    workout_sets: live("workout_sets"),
    water_logs: live("water_logs"),
    nutrient_targets: live("nutrient_targets"),
    diet_plans: plans.map(ended),
    meals: meals.map(({ fields }) => fields),
    meal_items: items.map(({ fields }) => fields),
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

function all(tx: Transaction, name: string, zone: string, nowUs: number): Found[] {
  return tx.entries<RecordRow>(recordsTable(name)).flatMap(([id, row]) => {
    const state = visibleState(row);
    if (!state) return [];
    const clock = row.local ? nowUs : row.clock;
    return [{ fields: { ...state.data, id }, deletedOn: state.deleted ? dayOf(clock, zone) : undefined }];
  });
}

function timeZone(tx: Transaction): string {
  const profiles = tx.entries<RecordRow>(recordsTable("profile")).map(([, row]) => visibleState(row));
  const zone = profiles.find((it) => it && !it.deleted)?.data["time_zone"];
  return typeof zone === "string" ? zone : "UTC";
}

function dayOf(clockUs: number, timeZone: string): string {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  return new Intl.DateTimeFormat("en-CA", { timeZone, ...parts }).format(new Date(clockUs / 1000));
}
