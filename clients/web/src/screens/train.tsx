/** Workouts: start one, and all earlier ones. */
import { useState, type ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { mediumDate, today } from "../lib/dates.ts";
import { useExercises } from "../lib/exercises.ts";
import { counted, whole } from "../lib/numbers.ts";
import { plannedDay } from "../lib/program.ts";
import { newestFirst, setVolume, type DoneSet, type Session } from "../lib/training.ts";
import { Button, Card, Empty, LinkRow, Page } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { useStartWorkout } from "./start_workout.ts";

const PAGE = 30;

export function Train(): ReactNode {
  const db = useDb();
  const [shownCount, setShownCount] = useState(PAGE);
  const sessions = useQuery(db.workout_sessions.query());
  const sorted = newestFirst(sessions ?? []);
  const open = sorted.find((it) => it.date === today() && it.started_at && !it.ended_at);
  return (
    <Page title="Train">
      {open && (
        <Card>
          <LinkRow href={`#/workout/${open.id}`} icon="timer" title={`Go on with ${open.name}`} detail="In progress" />
        </Card>
      )}
      <StartCard />
      <section>
        <h2 className="list-title">History</h2>
        {sessions && sorted.length === 0 && <Empty icon="train">Your workouts will be listed here.</Empty>}
        <History sessions={sorted.slice(0, shownCount)} />
        {sorted.length > shownCount && <Button onClick={() => setShownCount(shownCount + PAGE)}>Show more</Button>}
      </section>
    </Page>
  );
}

function StartCard(): ReactNode {
  const db = useDb();
  const start = useStartWorkout();
  const { run } = useMessages();
  const programs = useQuery(db.programs.query()) ?? [];
  const active = programs.filter((it) => it.active);
  const planned = plannedDay(active, today());
  return (
    <Card title="Start a workout" action={<a className="button quiet" href="#/plans">Programs</a>}>
      <div className="buttons wrap">
        {active.flatMap((program) =>
          (program.days ?? []).map((day) => (
            <Button key={`${program.id} ${day.name}`} kind={planned?.day === day ? "primary" : "plain"} icon="train" onClick={() => run(() => start({ date: today(), name: day.name, program_id: program.id }))}>
              {day.name}
            </Button>
          )),
        )}
        <Button icon="plus" onClick={() => run(() => start({ date: today(), name: "Workout" }))}>Empty workout</Button>
      </div>
    </Card>
  );
}

function History({ sessions }: { sessions: readonly Session[] }): ReactNode {
  const units = useUnits();
  const exercises = useExercises();
  const sets = useQuery(useDb().workout_sets.where("session_id", "in", sessions.map((it) => it.id)));
  const setsOf = (session: Session): DoneSet[] => (sets ?? []).filter((it) => it.session_id === session.id);
  const describe = (session: Session): string => {
    const done = setsOf(session);
    const body = (it: DoneSet): number | undefined => (exercises.get(it.exercise_id)?.equipment === "body only" ? session.bodyweight_kg : undefined);
    const volume = done.reduce((sum, it) => sum + setVolume(it, body(it)), 0);
    return [mediumDate(session.date), done.length > 0 && counted(done.length, "set"), volume > 0 && `${whole(units.shownWeight(volume))} ${units.weight}`].filter(Boolean).join(" · ");
  };
  if (sessions.length === 0) return null;
  return (
    <div className="rows card">
      {sessions.map((it) => <LinkRow key={it.id} href={`#/workout/${it.id}`} title={it.name} detail={describe(it)} />)}
    </div>
  );
}
