/** Details of a set: kind, effort, notes; deletion. */
import { useState, type ReactNode } from "react";
import type { WorkoutSet } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import type { DoneSet } from "../lib/training.ts";
import { Button, Field, Form, NumberField, Segments } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";
import { HistoryButton } from "./history.tsx";

export function SetDialog({ set, onClose }: { set: DoneSet; onClose: () => void }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [draft, setDraft] = useState<Partial<WorkoutSet>>({});
  const shownSet = { ...set, ...draft };
  const change = (fields: Partial<WorkoutSet>): void => setDraft({ ...draft, ...fields });
  const save = async (): Promise<void> => {
    if (Object.keys(draft).length > 0) await db.workout_sets.patch(set.id, draft);
    onClose();
  };
  const remove = async (): Promise<void> => {
    await db.workout_sets.delete(set.id);
    say("Set deleted.", () => run(() => db.workout_sets.put(set)));
    onClose();
  };
  return (
    <Dialog title="Set" onClose={onClose}>
      <Form onSubmit={save}>
        <Segments label="Kind of set" value={shownSet.kind ?? "normal"} options={[["normal", "Normal"], ["warmup", "Warm-up"], ["drop", "Drop"], ["failure", "Failure"]]} onChange={(kind) => change({ kind })} />
        <div className="form-grid thirds">
          <NumberField label="RPE (1–10)" value={shownSet.rpe ?? undefined} onNumber={(it) => change({ rpe: it ?? null })} />
          <NumberField label="Reps in reserve" value={shownSet.rir ?? undefined} onNumber={(it) => change({ rir: it ?? null })} />
          <NumberField label="Rest in s" value={shownSet.rest_s ?? undefined} onNumber={(it) => change({ rest_s: it ?? null })} />
        </div>
        <Field label="Notes" value={shownSet.notes ?? ""} onChange={(event) => change({ notes: event.target.value || null })} />
        <HistoryButton collection="workout_sets" record={set} />
        <div className="buttons">
          <Button kind="danger" icon="trash" onClick={() => run(remove)}>Delete</Button>
          <Button type="submit" kind="primary">Save</Button>
        </div>
      </Form>
    </Dialog>
  );
}
