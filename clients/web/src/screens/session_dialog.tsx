/** Details of a workout: name, day, times, rating, notes; repetition and deletion. */
import { useState, type ReactNode } from "react";
import type { WorkoutSession } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { today } from "../lib/dates.ts";
import { writeLocal } from "../lib/local_state.ts";
import { go } from "../lib/route.ts";
import { byExercise, type DoneSet, type Session } from "../lib/training.ts";
import { Button, Field, Form, Segments } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";

const RATINGS = [["", "–"], ["1", "1"], ["2", "2"], ["3", "3"], ["4", "4"], ["5", "5"]] as const;

export function SessionDialog({ session, sets, onClose }: { session: Session; sets: readonly DoneSet[]; onClose: () => void }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [draft, setDraft] = useState<Partial<WorkoutSession>>({});
  const shownSession = { ...session, ...draft };
  const set = (fields: Partial<WorkoutSession>): void => setDraft({ ...draft, ...fields });
  const save = async (): Promise<void> => {
    if (Object.keys(draft).length > 0) await db.workout_sessions.patch(session.id, draft);
    onClose();
  };
  const remove = async (): Promise<void> => {
    await db.write((writer) => {
      for (const it of sets) writer.workout_sets.delete(it.id);
      writer.workout_sessions.delete(session.id);
    });
    say(`${session.name} deleted.`, () => run(() => db.write((writer) => {
      writer.workout_sessions.put(session);
      for (const it of sets) writer.workout_sets.put(it);
    })));
    go("/train");
  };
  const repeat = async (): Promise<void> => {
    const { name, program_id } = session;
    const started_at = new Date().toISOString();
    const id = await db.workout_sessions.put({ date: today(), name, started_at, ...(program_id && { program_id }) });
    writeLocal(`added:${id}`, [...byExercise(sets).keys()]);
    onClose();
    go(`/workout/${id}`);
  };
  return (
    <Dialog title="Workout" onClose={onClose}>
      <Form onSubmit={save}>
        <Field label="Name" value={shownSession.name} required maxLength={500} onChange={(event) => set({ name: event.target.value })} />
        <div className="form-grid">
          <Field label="Day" type="date" value={shownSession.date} onChange={(event) => event.target.value && set({ date: event.target.value })} />
          <Field label="Begin" type="datetime-local" value={localTime(shownSession.started_at)} onChange={(event) => set({ started_at: timestamp(event.target.value) })} />
          <Field label="End" type="datetime-local" value={localTime(shownSession.ended_at)} onChange={(event) => set({ ended_at: timestamp(event.target.value) })} />
        </div>
        <div className="field">
          <span className="label">Rating</span>
          <Segments label="Rating" value={String(shownSession.rating ?? "") as "1"} options={RATINGS} onChange={(it) => set({ rating: it ? Number(it) : null })} />
        </div>
        <div className="field">
          <label htmlFor="session-notes">Notes</label>
          <textarea id="session-notes" rows={3} value={shownSession.notes ?? ""} onChange={(event) => set({ notes: event.target.value || null })} />
        </div>
        <div className="buttons">
          <Button kind="danger" icon="trash" onClick={() => run(remove)}>Delete</Button>
          <Button icon="copy" onClick={() => run(repeat)}>Do it again today</Button>
          <Button type="submit" kind="primary">Save</Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** Timestamp as the value of a `datetime-local` input. */
function localTime(timestampText: string | null | undefined): string {
  if (!timestampText) return "";
  const time = new Date(timestampText);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function timestamp(local: string): string | null {
  return local === "" ? null : new Date(local).toISOString();
}
