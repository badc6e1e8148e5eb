/** Exercises of the user and of the catalogue. */
import { useMemo } from "react";
import type { Exercise, Stored } from "@trackforge/client";
import { useQuery } from "@trackforge/client/react";
import type { CatalogueExercise } from "./catalogue.ts";
import { useBuiltInExercises, useDb } from "./database.tsx";
import { SearchIndex } from "./search.ts";

export type AnyExercise = CatalogueExercise | Stored<Exercise>;

/** Exercises by id, the user's own before the catalogue's. */
export function useExercises(): ReadonlyMap<string, AnyExercise> {
  const own = useQuery(useDb().exercises.query());
  const builtIn = useBuiltInExercises();
  return useMemo(() => {
    const all = new Map<string, AnyExercise>(builtIn);
    for (const exercise of own ?? []) all.set(exercise.id, exercise);
    return all;
  }, [own, builtIn]);
}

export function useExerciseIndex(): SearchIndex<AnyExercise & { weight?: number }> {
  const exercises = useExercises();
  const sets = useQuery(useDb().workout_sets.query());
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { exercise_id: id } of sets ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
    const weighted = [...exercises.values()].map((it) => {
      const count = counts.get(it.id) ?? 0;
      return count === 0 ? it : { ...it, weight: 0.5 + Math.log2(1 + count) * 0.5 };
    });
    return new SearchIndex<AnyExercise & { weight?: number }>(weighted);
  }, [exercises, sets]);
}

/** True for an exercise that is measured by time and distance. */
export function isTimed(exercise: AnyExercise | undefined): boolean {
  return exercise?.category === "cardio" || exercise?.category === "stretching";
}
