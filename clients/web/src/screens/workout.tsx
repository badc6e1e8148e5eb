/** A workout while one is in it, and later. */
import { useState, type ReactNode } from "react";
import { useQuery, useRecord } from "@trackforge/client/react";
import { useDb } from "../lib/database.tsx";
import { clockText, durationText, longDate, today } from "../lib/dates.ts";
import { useLocal, useNow } from "../lib/local_state.ts";
import { counted } from "../lib/numbers.ts";
import { dayNamed } from "../lib/program.ts";
import { byExercise, type DoneSet, type Session } from "../lib/training.ts";
import { Button, Empty, IconButton, Page } from "../ui/basics.tsx";
import { Confirm, useMessages } from "../ui/dialog.tsx";
import { ExercisePicker } from "./exercise_picker.tsx";
import { RestTimer } from "./rest_timer.tsx";
import { SessionDialog } from "./session_dialog.tsx";
import { WorkoutExercise } from "./workout_exercise.tsx";

export function Workout({ id }: { id: string }): ReactNode {
  const session = useRecord(useDb().workout_sessions, id);
  if (session === undefined) return null;
  if (session === null) return <Page title="Workout" backTo="/train"><Empty icon="train">This workout was deleted.</Empty></Page>;
  return <Content session={session} />;
}

function Content({ session }: { session: Session }): ReactNode {
  const db = useDb();
  const sets = useQuery(db.workout_sets.where({ session_id: session.id })) ?? [];
  const program = useRecord(db.programs, session.program_id ?? "");
  const [added, setAdded] = useLocal<string[]>(`added:${session.id}`, []);
  const [isPicking, setPicking] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const groups = byExercise(sets);
  const prescribed = dayNamed(program, session.name)?.exercises ?? [];
  const ids = [...new Set([...prescribed.map((it) => it.exercise_id), ...groups.keys(), ...added])];
  const isOpen = session.started_at !== undefined && session.ended_at === undefined && session.date === today();
  const next = sets.reduce((most, it) => Math.max(most, it.position), 0) + 1;
  return (
    <Page
      title={session.name}
      backTo="/train"
      actions={<IconButton icon="edit" label="Edit the workout" onClick={() => setEditing(true)} />}
    >
      <Summary session={session} sets={sets} isOpen={isOpen} />
      {ids.map((it) => (
        <WorkoutExercise key={it} exerciseId={it} session={session} sets={groups.get(it) ?? []} prescribed={prescribed.find((p) => p.exercise_id === it)} nextPosition={next} isOpen={isOpen} onRemove={added.includes(it) && !groups.has(it) ? () => setAdded(added.filter((other) => other !== it)) : undefined} />
      ))}
      {ids.length === 0 && <Empty icon="train">Add the first exercise.</Empty>}
      <div className="buttons">
        <Button icon="plus" onClick={() => setPicking(true)}>Add exercise</Button>
        {isOpen && <Finish session={session} count={sets.length} />}
      </div>
      {isPicking && <ExercisePicker onClose={() => setPicking(false)} onChoose={(it) => { setAdded([...new Set([...added, it])]); setPicking(false); }} />}
      {isEditing && <SessionDialog session={session} sets={sets} onClose={() => setEditing(false)} />}
      <RestTimer />
    </Page>
  );
}

function Summary({ session, sets, isOpen }: { session: Session; sets: readonly DoneSet[]; isOpen: boolean }): ReactNode {
  const now = useNow(isOpen);
  const [start, end] = [Date.parse(session.started_at ?? ""), isOpen ? now : Date.parse(session.ended_at ?? "")];
  const seconds = (end - start) / 1000;
  const time = seconds > 0 ? (isOpen ? clockText(seconds) : durationText(seconds)) : "";
  const parts = [longDate(session.date), time, counted(sets.length, "set")];
  return <p className="subtitle" aria-live="off">{parts.filter(Boolean).join(" · ")}</p>;
}

function Finish({ session, count }: { session: Session; count: number }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [isAsking, setAsking] = useState(false);
  const finish = async (): Promise<void> => {
    await db.workout_sessions.patch(session.id, { ended_at: new Date().toISOString() });
    say(`${session.name} finished.`, () => run(() => db.workout_sessions.patch(session.id, { ended_at: null })));
  };
  const discard = async (): Promise<void> => {
    await db.workout_sessions.delete(session.id);
    location.hash = "#/train";
  };
  return (
    <>
      <Button kind="primary" icon="check" onClick={() => (count === 0 ? setAsking(true) : run(finish))}>Finish</Button>
      {isAsking && <Confirm title="Nothing was logged" text="This workout has no sets." action="Discard it" onClose={() => setAsking(false)} onConfirm={() => run(discard)} />}
    </>
  );
}
