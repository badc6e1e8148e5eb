/** Start of a workout: a session with its time and the body weight of these days. */
import type { WorkoutSession } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { addDays, today } from "../lib/dates.ts";
import { go } from "../lib/route.ts";

const WEIGHT_DAYS = 14;

export function useStartWorkout(): (session: WorkoutSession) => Promise<void> {
  const db = useDb();
  return async (session) => {
    const weighed = await db.body_metrics
      .where("date", ">=", addDays(session.date, -WEIGHT_DAYS))
      .where("date", "<=", session.date)
      .orderBy("-date")
      .all();
    const bodyweight_kg = weighed.find((it) => it.weight_kg !== undefined)?.weight_kg;
    const started_at = session.date === today() ? new Date().toISOString() : undefined;
    const id = await db.workout_sessions.put({
      ...session,
      ...(bodyweight_kg !== undefined && { bodyweight_kg }),
      ...(started_at && { started_at }),
    });
    go(`/workout/${id}`);
  };
}
