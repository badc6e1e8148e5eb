/** A training program: its workouts with exercises, and their weekdays. */
import { useState, type ReactNode } from "react";
import type { Program, ProgramDay, ProgramExercise, Progression, Stored } from "@trackforge/client";
import { useRecord } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { WEEKDAYS } from "../lib/dates.ts";
import { useExercises } from "../lib/exercises.ts";
import { replace } from "../lib/route.ts";
import { Button, Card, Empty, Field, Form, IconButton, NumberField, Page, Select } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { Check } from "./diet_plan.tsx";
import { ExercisePicker } from "./exercise_picker.tsx";

export function ProgramScreen({ id }: { id: string }): ReactNode {
  const program = useRecord(useDb().programs, id);
  if (program === undefined) return null;
  if (program === null) return <Page title="Program" backTo="/plans"><Empty icon="train">This program was deleted.</Empty></Page>;
  return <Editor key={id} program={program} />;
}

function Editor({ program }: { program: Stored<Program> }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [draft, setDraft] = useState<Partial<Program>>({});
  const current = { ...program, ...draft };
  const days = current.days ?? [];
  const set = (fields: Partial<Program>): void => setDraft({ ...draft, ...fields });
  const changeDay = (at: number, day: ProgramDay | undefined): void => {
    const name = days[at]!.name;
    const next = days.flatMap((it, index) => (index !== at ? [it] : day ? [day] : []));
    // Weekdays follow a workout that is renamed, and forget one that is removed.
    const split = Object.entries(current.split ?? {}).flatMap(([weekday, it]) => (it !== name ? [[weekday, it]] : day ? [[weekday, day.name]] : []));
    set({ days: next, ...(day?.name !== name && { split: Object.fromEntries(split) as NonNullable<Program["split"]> }) });
  };
  const save = async (): Promise<void> => {
    if (Object.keys(draft).length > 0) await db.programs.patch(program.id, draft);
    setDraft({});
    say("Saved.");
  };
  const remove = async (): Promise<void> => {
    await db.programs.delete(program.id);
    say(`${program.name} deleted.`, () => run(() => db.programs.put(program)));
    replace("/plans");
  };
  return (
    <Page title={program.name} backTo="/plans" actions={<IconButton icon="trash" label="Delete the program" onClick={() => run(remove)} />}>
      <Form onSubmit={save}>
        <Card>
          <Field label="Name" value={current.name} required maxLength={500} onChange={(event) => set({ name: event.target.value })} />
          <Check label="In use" checked={current.active === true} onChange={(active) => set({ active })} />
        </Card>
        <Split program={current} days={days} onChange={(split) => set({ split })} />
        {days.map((day, at) => <Day key={at} day={day} onChange={(it) => changeDay(at, it)} />)}
        <div className="buttons">
          <Button icon="plus" onClick={() => set({ days: [...days, { name: `Workout ${String.fromCharCode(65 + days.length)}`, exercises: [] }] })}>Add a workout</Button>
          <Button type="submit" kind="primary" disabled={Object.keys(draft).length === 0}>Save</Button>
        </div>
      </Form>
    </Page>
  );
}

type Split = NonNullable<Program["split"]>;

function Split({ program, days, onChange }: { program: Program; days: readonly ProgramDay[]; onChange: (split: Split) => void }): ReactNode {
  const options = [["", "–"], ...days.map((it) => [it.name, it.name])] as [string, string][];
  const change = (weekday: string, name: string): void => {
    const { [weekday as "1"]: _before, ...rest } = program.split ?? {};
    onChange(name ? { ...rest, [weekday]: name } : rest);
  };
  return (
    <Card title="Week">
      <div className="form-grid week">
        {WEEKDAYS.map((name, at) => (
          <Select key={name} label={name} value={program.split?.[String(at + 1) as "1"] ?? ""} options={options} onChange={(event) => change(String(at + 1), event.target.value)} />
        ))}
      </div>
    </Card>
  );
}

function Day({ day, onChange }: { day: ProgramDay; onChange: (day: ProgramDay | undefined) => void }): ReactNode {
  const [isPicking, setPicking] = useState(false);
  const exercises = day.exercises ?? [];
  const change = (next: ProgramExercise[]): void => onChange({ ...day, exercises: next });
  const changeOne = (at: number, fields: Partial<ProgramExercise>): void => change(exercises.map((it, index) => (index === at ? { ...it, ...fields } : it)));
  const move = (at: number): void => {
    const next = [...exercises];
    next.splice(at - 1, 0, ...next.splice(at, 1));
    change(next);
  };
  return (
    <Card>
      <div className="meal-head wide">
        <Field label="Workout" value={day.name} required maxLength={500} onChange={(event) => onChange({ ...day, name: event.target.value })} />
        <IconButton icon="trash" label={`Remove ${day.name}`} onClick={() => onChange(undefined)} />
      </div>
      {exercises.map((it, at) => (
        <Prescription key={`${at} ${it.exercise_id}`} exercise={it} onChange={(fields) => changeOne(at, fields)} onRemove={() => change(exercises.filter((_, index) => index !== at))} onUp={at > 0 ? () => move(at) : undefined} />
      ))}
      <Button kind="quiet" icon="plus" onClick={() => setPicking(true)}>Add exercise</Button>
      {isPicking && <ExercisePicker onClose={() => setPicking(false)} onChoose={(id) => { change([...exercises, { exercise_id: id, sets: 3, reps_min: 8, reps_max: 12 }]); setPicking(false); }} />}
    </Card>
  );
}

interface PrescriptionProps {
  readonly exercise: ProgramExercise;
  readonly onChange: (fields: Partial<ProgramExercise>) => void;
  readonly onRemove: () => void;
  readonly onUp: (() => void) | undefined;
}

const NUMBERS = [["sets", "Sets"], ["reps_min", "Reps"], ["reps_max", "to"], ["rest_s", "Rest, s"]] as const;

function Prescription({ exercise, onChange, onRemove, onUp }: PrescriptionProps): ReactNode {
  const name = useExercises().get(exercise.exercise_id)?.name ?? "Exercise";
  return (
    <fieldset className="prescription">
      <legend>{name}</legend>
      <div className="form-grid quarters">
        {NUMBERS.map(([field, label]) => (
          <NumberField key={field} label={label} decimals={0} value={exercise[field] ?? undefined} onNumber={(it) => onChange({ [field]: it ?? null })} />
        ))}
      </div>
      <ProgressionFields exercise={exercise} onChange={onChange} />
      <div className="prescription-actions">
        {onUp && <IconButton icon="up" label={`Move ${name} up`} onClick={onUp} />}
        <IconButton icon="trash" label={`Remove ${name}`} onClick={onRemove} />
      </div>
    </fieldset>
  );
}

const KINDS = [["", "Same weight"], ["linear", "Heavier after each success"], ["double", "More repetitions, then heavier"], ["percentage", "Percentage of the maximum"]] as const;

/** Rule for the next weights of an exercise. */
function ProgressionFields({ exercise, onChange }: Pick<PrescriptionProps, "exercise" | "onChange">): ReactNode {
  const units = useUnits();
  const { progression } = exercise;
  const set = (fields: Partial<Progression>): void => onChange({ progression: { ...progression!, ...fields } });
  const weight = (label: string, name: "start_kg" | "increment_kg"): ReactNode => (
    <NumberField label={`${label} in ${units.weight}`} value={progression?.[name] == null ? undefined : units.shownWeight(progression[name])} onNumber={(it) => set({ [name]: it === undefined || Number.isNaN(it) ? (it ?? null) : units.storedWeight(it) })} />
  );
  const choose = (kind: string): void => onChange({ progression: kind ? { ...progression, kind: kind as Progression["kind"] } : null });
  return (
    <>
      <Select label="Next time" value={progression?.kind ?? ""} options={KINDS} onChange={(event) => choose(event.target.value)} />
      {progression && (
        <div className="form-grid quarters">
          {weight(progression.kind === "percentage" ? "Maximum" : "Start", "start_kg")}
          {weight("Increase", "increment_kg")}
          {progression.kind === "percentage" && <NumberField label="Percent" value={progression.percents?.[0]} onNumber={(it) => set({ percents: it === undefined ? null : [it] })} />}
          <NumberField label="Lighter after failures" decimals={0} value={progression.deload_after ?? undefined} onNumber={(it) => set({ deload_after: it ?? null })} />
        </div>
      )}
    </>
  );
}
