/** Workouts of a day, and the one that the program has for it. */
import type { ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import type { DayView } from "@trackforge/client";
import { useDb, useUnits } from "../lib/database.tsx";
import { durationText, today } from "../lib/dates.ts";
import { counted, whole } from "../lib/numbers.ts";
import { plannedDay } from "../lib/program.ts";
import { newestFirst } from "../lib/training.ts";
import { Button, Card, LinkRow } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { useStartWorkout } from "./start_workout.ts";

export function DayTraining({ date, view }: { date: string; view: DayView | undefined }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const start = useStartWorkout();
  const { run } = useMessages();
  const sessions = newestFirst(useQuery(db.workout_sessions.where({ date })) ?? []).reverse();
  const programs = useQuery(db.programs.where({ active: true })) ?? [];
  const planned = plannedDay(programs, date);
  const isDone = planned && sessions.some((it) => it.name === planned.day.name);
  const training = view?.training;
  const summary = training && training.sets > 0
    ? [counted(training.sets, "set"), `${whole(units.shownWeight(training.volume_kg))} ${units.weight}`, training.duration_s > 0 && durationText(training.duration_s)].filter(Boolean).join(" · ")
    : undefined;
  const detailOf = (it: (typeof sessions)[number]): string => {
    if (training?.same_as?.[it.id]) return "The same as another recording, which counts";
    return it.started_at && !it.ended_at && date === today() ? "In progress" : "";
  };
  return (
    <Card title="Training" action={summary && <span className="sum">{summary}</span>}>
      <div className="rows">
        {sessions.map((it) => (
          <LinkRow key={it.id} href={`#/workout/${it.id}`} icon="train" title={it.name} detail={detailOf(it)} />
        ))}
      </div>
      <div className="buttons">
        {planned && !isDone && (
          <Button kind="primary" icon="train" onClick={() => run(() => start({ date, name: planned.day.name, program_id: planned.program.id }))}>
            Start {planned.day.name}
          </Button>
        )}
        <Button icon="plus" onClick={() => run(() => start({ date, name: "Workout" }))}>
          {sessions.length === 0 && !planned ? "Start a workout" : "Other workout"}
        </Button>
      </div>
    </Card>
  );
}
