/**
 * Progression of a program's exercise: the next sets from its rule and from what was done, by the
 * server's formulas (docs/how-to/planning.md), so that a workout can be planned offline.
 */
import { isObject, type Fields } from "./json.ts";
import { round } from "./round.ts";

/** Reason of the next sets. */
export type ProgressionReason = "start" | "increase" | "more_reps" | "percentage" | "repeat" | "deload";

/** Sets to do next, and why. */
export interface NextSets {
  readonly sets: readonly { readonly reps: number; readonly weight_kg: number | null }[];
  /** Repetitions after which the weight rises. */
  readonly reps_max: number;
  readonly reason: ProgressionReason;
  /** Failed sessions in a row. */
  readonly failures: number;
}

interface Rule {
  readonly kind: string | null;
  readonly sets: number;
  readonly repsMin: number;
  readonly repsMax: number;
  readonly startKg: number | null;
  readonly incrementKg: number;
  readonly stepKg: number;
  readonly percents: readonly number[];
  readonly deloadAfter: number | null;
  readonly deloadPct: number;
}

/** Next weight, or the maximum of a percentage, and repetitions. */
interface State {
  readonly baseKg: number | null;
  readonly reps: number;
  readonly failures: number;
  readonly reason: ProgressionReason;
}

interface Work {
  readonly weightKg: number | null;
  readonly reps: number;
  readonly maximumKg: number | null;
}

const [STEP_KG, DELOAD_PCT, REPS, MAX_SETS, MAX_REPS] = [2.5, 10, 5, 100, 12];
/** Part of a step by which a weight may fall short of a multiple: pounds are stored to 0.01 kg. */
const TOLERANCE = 0.01;

/** Next sets of an exercise; `history` has its sets in each session, the oldest first. */
export function nextSets(exercise: object, history: readonly (readonly object[])[]): NextSets {
  const rule = ruleOf(exercise as Fields);
  let sessions = 0;
  const start = rule.kind === "percentage" ? rule.startKg : floored(rule.startKg, rule);
  let state: State = { baseKg: start, reps: rule.repsMin, failures: 0, reason: "start" };
  for (const sets of history as readonly (readonly Fields[])[]) {
    const work = workOf(sets, rule.sets);
    if (!work) continue;
    state = after(rule, state, work);
    sessions++;
  }
  const set = { reps: state.reps, weight_kg: weightOf(rule, state, sessions) };
  const sets = Array.from({ length: Math.min(rule.sets, MAX_SETS) }, () => set);
  return { sets, reps_max: rule.repsMax, reason: state.reason, failures: state.failures };
}

function ruleOf(exercise: Fields): Rule {
  const progression = isObject(exercise["progression"]) ? exercise["progression"] : {};
  const number = (from: Fields, name: string): number => (typeof from[name] === "number" ? from[name] : 0);
  const repsMin = number(exercise, "reps_min") || number(exercise, "reps_max") || REPS;
  const incrementKg = (progression["increment_kg"] ?? STEP_KG) as number;
  const step = number(progression, "step_kg") || STEP_KG;
  return {
    kind: (progression["kind"] ?? null) as string | null,
    sets: number(exercise, "sets") || 1,
    repsMin,
    repsMax: Math.max(number(exercise, "reps_max") || repsMin, repsMin),
    startKg: (progression["start_kg"] ?? null) as number | null,
    incrementKg,
    // A step above the increment would never let a weight rise.
    stepKg: incrementKg > 0 ? Math.min(step, incrementKg) : step,
    percents: (progression["percents"] ?? [75]) as number[],
    deloadAfter: (progression["deload_after"] ?? null) as number | null,
    deloadPct: number(progression, "deload_pct") || DELOAD_PCT,
  };
}

/** The weight is the greatest that `count` sets had, else that of the lightest set. */
function workOf(sets: readonly Fields[], count: number): Work | undefined {
  const isWorking = (it: Fields): boolean => ["normal", "failure"].includes((it["kind"] as string | undefined) ?? "normal");
  const done = sets.filter((it) => isWorking(it) && typeof it["reps"] === "number");
  if (done.length === 0) return undefined;
  const load = (it: Fields): number => (it["weight_kg"] as number | null | undefined) ?? 0;
  const weights = done.map(load).sort((left, right) => right - left);
  const weight = weights[Math.min(count, weights.length) - 1]!;
  const reps = done.filter((it) => load(it) >= weight).map((it) => it["reps"] as number).sort((left, right) => right - left);
  const maxima = done.flatMap((it) => oneRepMaximum(load(it), it["reps"] as number) ?? []);
  return {
    weightKg: done.some((it) => it["weight_kg"] != null) ? weight : null,
    reps: reps[count - 1] ?? 0,
    maximumKg: maxima.length > 0 ? Math.max(...maxima) : null,
  };
}

/** Epley (1985): `w (1 + r / 30)`, and `w` for one repetition. */
function oneRepMaximum(weightKg: number, reps: number): number | undefined {
  if (weightKg <= 0 || reps === 0 || reps > MAX_REPS) return undefined;
  return reps === 1 ? weightKg : weightKg * (1 + reps / 30);
}

function weightOf(rule: Rule, state: State, sessions: number): number | null {
  if (rule.kind !== "percentage" || state.baseKg === null) return state.baseKg;
  return floored((state.baseKg * rule.percents[sessions % rule.percents.length]!) / 100, rule);
}

function after(rule: Rule, state: State, work: Work): State {
  const [base, increased] = bases(rule, state, work);
  const next = (baseKg: number | null, reason: ProgressionReason, reps = rule.repsMin, failures = 0): State => ({ baseKg, reps, failures, reason });
  if (rule.kind === null) return next(base, "repeat");
  if (work.reps < rule.repsMin) {
    const failures = state.failures + 1;
    if (rule.deloadAfter !== null && failures >= rule.deloadAfter) return next(lighter(base, rule), "deload");
    return next(base, "repeat", rule.repsMin, failures);
  }
  if (rule.kind === "percentage") return next(increased, "percentage");
  if (rule.kind === "double" && work.reps < rule.repsMax) return next(base, "more_reps", work.reps + 1);
  return next(increased, "increase");
}

/** Base after a failed session, and after a success. */
function bases(rule: Rule, state: State, work: Work): readonly [number | null, number | null] {
  if (rule.kind === "percentage") {
    if (state.baseKg === null) return [work.maximumKg, work.maximumKg];
    if (work.maximumKg === null) return [state.baseKg, state.baseKg];
    return [state.baseKg, Math.max(state.baseKg, Math.min(work.maximumKg, state.baseKg + rule.incrementKg))];
  }
  const weight = work.weightKg;
  if (weight === null || rule.incrementKg === 0) return [weight, weight];
  return [weight, floored(weight + rule.incrementKg, rule)];
}

/** Assistance grows, a load shrinks and never vanishes. */
function lighter(baseKg: number | null, rule: Rule): number | null {
  if (baseKg === null) return null;
  const less = baseKg - (Math.abs(baseKg) * rule.deloadPct) / 100;
  if (rule.kind === "percentage") return less;
  const rounded = floored(less, rule);
  return baseKg > 0 && !rounded ? Math.min(rule.stepKg, baseKg) : rounded;
}

/** Greatest multiple of the step up to a weight. */
function floored(weightKg: number | null, rule: Rule): number | null {
  if (weightKg === null) return null;
  return round(Math.floor(weightKg / rule.stepKg + TOLERANCE) * rule.stepKg, 4) + 0;
}
