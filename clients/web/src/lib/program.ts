/** Training programs: the workout of a day. */
import type { Program, ProgramDay, ProgramExercise, Stored } from "@trackforge/client";
import { weekday } from "./dates.ts";
import { counted } from "./numbers.ts";

export interface PlannedDay {
  readonly program: Stored<Program>;
  readonly day: ProgramDay;
}

/** Workout that an active program has for the weekday of a date. */
export function plannedDay(programs: readonly Stored<Program>[], date: string): PlannedDay | undefined {
  for (const program of programs) {
    const name = program.split?.[String(weekday(date)) as "1"];
    const day = name === undefined ? undefined : dayNamed(program, name);
    if (day) return { program, day };
  }
  return undefined;
}

export function dayNamed(program: Program | null | undefined, name: string): ProgramDay | undefined {
  return program?.days?.find((it) => it.name === name);
}

/** Prescription as `3 × 6–8`. */
export function prescription({ sets, reps_min: min, reps_max: max }: ProgramExercise): string {
  const reps = min && max && min !== max ? `${min}–${max}` : `${max ?? min ?? ""}`;
  if (!sets) return reps && `${reps} reps`;
  return reps ? `${sets} × ${reps}` : counted(sets, "set");
}
