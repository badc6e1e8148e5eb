/** Day views, computed on the device by the server's formulas (docs/protocol.md). */
import type { Fields } from "./json.ts";
import { dayNutrients, type NutrientOfDay } from "./nutrients.ts";
import { round } from "./round.ts";
import { countedSessions, sameWorkouts } from "./same_workouts.ts";
import { NUTRIENTS } from "./snapshot.ts";

export { countedSessions, sameWorkouts };

type Nutrients = { [name in (typeof NUTRIENTS)[number]]: number };

/** View of a day: diet, training, measurements. */
export interface DayView {
  date: string;
  diet: { planned: Nutrients; actual: Nutrients; adherence: number | null; logs: number };
  training: {
    sessions: number;
    sets: number;
    volume_kg: number;
    duration_s: number;
    /** Sessions that do not count, by id, with that of another source which counts instead. */
    same_as?: { [id: string]: string };
  };
  metrics: Fields;
  /** Absent without water logs. */
  water?: { ml: number; logs: number };
  /** On request: nutrients that a log has or the user has a target for. */
  nutrients?: Record<string, NutrientOfDay>;
}

/** Options of a day view. */
export interface DayOptions {
  /** True for all nutrients with their targets. */
  readonly nutrients?: boolean;
}

/** Live records of the user, each with its id; `foods` and `equipment` by id, built-in ones too. */
export interface DayRecords {
  readonly food_logs: readonly Fields[];
  readonly body_metrics: readonly Fields[];
  readonly workout_sessions: readonly Fields[];
  readonly workout_sets: readonly Fields[];
  readonly diet_plans: readonly Fields[];
  readonly meals: readonly Fields[];
  readonly meal_items: readonly Fields[];
  readonly water_logs: readonly Fields[];
  readonly nutrient_targets: readonly Fields[];
  /** The profile's `source_priority.workouts`: the best sources of workouts first. */
  readonly priority?: readonly string[];
}

/** Foods and exercises by id, for those that are no records of the user. */
export interface DayLookups {
  /** A food per 100 g. */
  food(id: string): Fields | undefined;
  /** Equipment of an exercise. */
  equipment(exerciseId: string): unknown;
}

/** View of a day from records, by the server's formulas. */
export function dayView(date: string, records: DayRecords, lookups: DayLookups, options: DayOptions = {}): DayView {
  const water = records.water_logs.filter((it) => it["date"] === date);
  const waterMl = water.reduce((sum, it) => sum + (number(it["ml"]) ?? 0), 0);
  const logs = (): Fields[] => records.food_logs.filter((it) => it["date"] === date);
  return {
    date,
    diet: diet(date, records, lookups),
    training: training(date, records, lookups),
    metrics: metrics(records.body_metrics.filter((it) => it["date"] === date).at(-1) ?? {}),
    ...(water.length > 0 && { water: { ml: round(waterMl, 2), logs: water.length } }),
    ...(options.nutrients && {
      nutrients: dayNutrients(date, logs(), waterMl, records.nutrient_targets, (id) => lookups.food(id)),
    }),
  };
}

function diet(date: string, records: DayRecords, lookups: DayLookups): DayView["diet"] {
  const logs = records.food_logs.filter((log) => log["date"] === date);
  const planned = plannedNutrients(date, records, lookups);
  const actual = total(logs.map((log) => ({ ...portion(log, lookups), ...own(log) })));
  const percent = adherence(planned, actual);
  return {
    planned: rounded(planned),
    actual: rounded(actual),
    adherence: percent === null ? null : round(percent, 1),
    logs: logs.length,
  };
}

function plannedNutrients(date: string, records: DayRecords, lookups: DayLookups): Nutrients {
  const sums = total([]);
  for (const plan of records.diet_plans.filter((it) => isPlanned(it, date))) {
    const meals = new Set(records.meals.filter((it) => it["plan_id"] === plan["id"]).map((it) => it["id"]));
    const items = records.meal_items.filter((item) => meals.has(item["meal_id"]!));
    const fromItems = total(items.map((item) => portion(item, lookups)));
    for (const name of NUTRIENTS) sums[name] += number(plan[`target_${name}`]) ?? fromItems[name];
  }
  return sums;
}

function isPlanned(plan: Fields, date: string): boolean {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
  const [from, to] = [String(plan["starts_on"] ?? date), String(plan["ends_on"] ?? date)];
  const days = plan["days_of_week"];
  return plan["active"] === true && Array.isArray(days) && days.includes(weekday) && from <= date && date <= to;
}

function portion(item: Fields, lookups: DayLookups): Partial<Nutrients> {
  const food = lookups.food(String(item["food_id"])) ?? {};
  const portions: Partial<Nutrients> = {};
  for (const name of NUTRIENTS) {
    const [value, grams] = [number(food[name]), number(item["grams"])];
    if (value !== undefined && grams !== undefined) portions[name] = (value * grams) / 100;
  }
  return portions;
}

/** Nutrients that a log has itself: its snapshot. */
function own(log: Fields): Partial<Nutrients> {
  return Object.fromEntries(NUTRIENTS.filter((name) => log[name] != null).map((name) => [name, log[name]]));
}

function total(amounts: readonly Partial<Nutrients>[]): Nutrients {
  const sums: Nutrients = { energy_kcal: 0, protein_g: 0, carbs_g: 0, fat_g: 0 };
  for (const amount of amounts) for (const name of NUTRIENTS) sums[name] += amount[name] ?? 0;
  return sums;
}

function adherence(planned: Nutrients, actual: Nutrients): number | null {
  const misses = NUTRIENTS.slice(1)
    .filter((name) => planned[name] > 0)
    .map((name) => Math.abs(actual[name] - planned[name]) / planned[name]);
  if (misses.length === 0) return null;
  const mean = misses.reduce((sum, miss) => sum + miss, 0) / misses.length;
  return Math.min(Math.max(100 * (1 - mean), 0), 100);
}

function training(date: string, records: DayRecords, lookups: DayLookups): DayView["training"] {
  const ofDay = records.workout_sessions.filter((session) => session["date"] === date);
  const setsOf = (session: Fields): Fields[] => records.workout_sets.filter((it) => it["session_id"] === session["id"]);
  const same = sameWorkouts(ofDay, setsOf, records.priority);
  const sessions = ofDay.filter((it) => !(String(it["id"]) in same));
  let [sets, volume, duration] = [0, 0, 0];
  for (const session of sessions) {
    const done = setsOf(session);
    sets += done.length;
    volume += done.reduce((sum, it) => sum + setVolume(it, session, lookups), 0);
    const [from, to] = [Date.parse(String(session["started_at"])), Date.parse(String(session["ended_at"]))];
    if (to >= from) duration += (to - from) / 1000;
  }
  return {
    sessions: sessions.length,
    sets,
    volume_kg: round(volume, 2),
    duration_s: round(duration),
    ...(Object.keys(same).length > 0 && { same_as: same }),
  };
}

/** Repetitions × weight; 0 for a warm-up. Body weight counts if the exercise needs nothing else. */
function setVolume(done: Fields, session: Fields, lookups: DayLookups): number {
  const reps = number(done["reps"]) ?? 0;
  if (done["kind"] === "warmup" || !reps) return 0;
  const isBodyOnly = lookups.equipment(String(done["exercise_id"])) === "body only";
  const weight = number(done["weight_kg"]) ?? (isBodyOnly ? number(session["bodyweight_kg"]) : undefined) ?? 0;
  return weight > 0 ? reps * weight : 0;
}

function metrics({ id: _id, date: _date, notes: _notes, readings: _readings, ...measured }: Fields): Fields {
  return measured;
}

function rounded(nutrients: Nutrients): Nutrients {
  const { energy_kcal, protein_g, carbs_g, fat_g } = nutrients;
  return {
    energy_kcal: round(energy_kcal, 1),
    protein_g: round(protein_g, 2),
    carbs_g: round(carbs_g, 2),
    fat_g: round(fat_g, 2),
  };
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
