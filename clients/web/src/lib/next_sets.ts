/** Next sets of an exercise, by the rule of its program and the sessions before. */
import type { ProgramExercise } from "@trackforge/client";
import { nextSets, type NextSets } from "../../../typescript/src/core/progression.ts";
import { newestFirst, type DoneSet, type Session } from "./training.ts";

/** undefined without a rule. `sessions` and `sets` may be those of all programs and exercises. */
export function plannedSets(prescribed: ProgramExercise | undefined, current: Session, sessions: readonly Session[], sets: readonly DoneSet[]): NextSets | undefined {
  if (!prescribed?.progression || current.program_id == null) return undefined;
  const earlier = sessions.filter((it) => it.program_id === current.program_id && it.date < current.date);
  const history = newestFirst(earlier)
    .reverse()
    .map((session) => sets.filter((it) => it.session_id === session.id && it.exercise_id === prescribed.exercise_id));
  return nextSets(prescribed, history.filter((it) => it.length > 0));
}

const REASONS: { readonly [reason: string]: string } = {
  start: "First time", increase: "Heavier than last time", more_reps: "One repetition more", percentage: "Percentage of your maximum",
  repeat: "The same again", deload: "Lighter, to recover",
};

export function reasonText({ reason }: NextSets): string {
  return REASONS[reason] ?? "";
}
