/** Training computed on this device, by the server's formulas (sync_server/progress). */
import type { Stored, WorkoutSession, WorkoutSet } from "@trackforge/client";

export type Session = Stored<WorkoutSession>;
export type DoneSet = Stored<WorkoutSet>;

const MAX_REPS = 12;
/** Kinds of sets that can be a record. */
const RECORD_KINDS = new Set(["normal", "failure", undefined]);

/** One-repetition maximum by Epley (1985); undefined without a load, or beyond 12 repetitions. */
export function oneRepMax(set: WorkoutSet): number | undefined {
  const { weight_kg: weight, reps } = set;
  if (!weight || weight < 0 || !reps || reps > MAX_REPS) return undefined;
  return reps === 1 ? weight : weight * (1 + reps / 30);
}

/** Repetitions × load; 0 for a warm-up. `bodyKg` counts for an exercise without equipment. */
export function setVolume(set: WorkoutSet, bodyKg?: number): number {
  if (set.kind === "warmup" || !set.reps) return 0;
  const weight = set.weight_kg ?? bodyKg ?? 0;
  return weight > 0 ? set.reps * weight : 0;
}

/** Newest first; of a day, the one that began last. */
export function newestFirst(sessions: readonly Session[]): Session[] {
  const key = (it: Session): string => `${it.date} ${it.started_at ?? ""} ${it.id}`;
  return [...sessions].sort((left, right) => (key(left) < key(right) ? 1 : -1));
}

/** Sets in the order of the workout, by their exercise. */
export function byExercise(sets: readonly DoneSet[]): Map<string, DoneSet[]> {
  const groups = new Map<string, DoneSet[]>();
  for (const set of [...sets].sort((left, right) => left.position - right.position)) {
    groups.set(set.exercise_id, [...(groups.get(set.exercise_id) ?? []), set]);
  }
  return groups;
}

/** Sets of the newest earlier session with the exercise. */
export function lastTime(exerciseId: string, current: Session, sessions: readonly Session[], sets: readonly DoneSet[]): DoneSet[] {
  const own = sets.filter((it) => it.exercise_id === exerciseId);
  const isEarlier = (it: Session): boolean =>
    it.id !== current.id &&
    (it.date < current.date || (it.date === current.date && (it.started_at ?? "") < (current.started_at ?? "~")));
  for (const session of newestFirst(sessions.filter(isEarlier))) {
    const found = own.filter((it) => it.session_id === session.id);
    if (found.length > 0) return found.sort((left, right) => left.position - right.position);
  }
  return [];
}

export interface ExerciseRecord {
  readonly exerciseId: string;
  readonly name: string;
  readonly heaviest: DoneSet | undefined;
  readonly best: { readonly set: DoneSet; readonly kg: number } | undefined;
  /** Estimated maximum of each day with the exercise, oldest first. */
  readonly course: readonly { readonly date: string; readonly value: number }[];
  readonly sets: number;
}

/** Records of each exercise, those with most sets first; an earlier set wins a tie. */
export function exerciseRecords(sessions: readonly Session[], sets: readonly DoneSet[]): ExerciseRecord[] {
  const dates = new Map(sessions.map((it) => [it.id, it.date]));
  const dated = sets.filter((it) => dates.has(it.session_id) && RECORD_KINDS.has(it.kind));
  dated.sort((a, b) => (dates.get(a.session_id)! < dates.get(b.session_id)! ? -1 : 1) || a.position - b.position);
  const records = [...grouped(dated, (it) => it.exercise_id)].map(([exerciseId, done]) => recordOf(exerciseId, done, dates));
  return records.sort((left, right) => right.sets - left.sets);
}

function grouped(sets: readonly DoneSet[], keyOf: (set: DoneSet) => string): Map<string, DoneSet[]> {
  const groups = new Map<string, DoneSet[]>();
  for (const set of sets) {
    const group = groups.get(keyOf(set));
    if (group) group.push(set);
    else groups.set(keyOf(set), [set]);
  }
  return groups;
}

function recordOf(exerciseId: string, done: readonly DoneSet[], dates: ReadonlyMap<string, string>): ExerciseRecord {
  let heaviest: DoneSet | undefined;
  let best: { set: DoneSet; kg: number } | undefined;
  const course = new Map<string, number>();
  for (const set of done) {
    if ((set.weight_kg ?? 0) > (heaviest?.weight_kg ?? 0) && set.reps) heaviest = set;
    const kg = oneRepMax(set);
    if (kg === undefined) continue;
    if (kg > (best?.kg ?? 0)) best = { set, kg };
    const date = dates.get(set.session_id)!;
    course.set(date, Math.max(course.get(date) ?? 0, kg));
  }
  const name = done.findLast((it) => it.exercise_name)?.exercise_name ?? "";
  return { exerciseId, name, heaviest, best, course: [...course].map(([date, value]) => ({ date, value })), sets: done.length };
}
