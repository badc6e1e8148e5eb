/** One exercise of a workout: the sets that were done, and the next one with last time's values. */
import { useMemo, useState, type ReactNode } from "react";
import type { ProgramExercise, Units, WorkoutSet } from "@trackforge/client";
import { useQuery } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { shortDate } from "../lib/dates.ts";
import { isTimed, useExercises } from "../lib/exercises.ts";
import { parseNumber, shown } from "../lib/numbers.ts";
import { plannedSets, reasonText } from "../lib/next_sets.ts";
import { prescription } from "../lib/program.ts";
import { lastTime, type DoneSet, type Session } from "../lib/training.ts";
import { Card, IconButton } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { PlatesDialog } from "./plates.tsx";
import { startRest } from "./rest_timer.tsx";
import { SetDialog } from "./set_dialog.tsx";

interface Props {
  readonly exerciseId: string;
  readonly session: Session;
  readonly sets: readonly DoneSet[];
  readonly prescribed: ProgramExercise | undefined;
  readonly nextPosition: number;
  readonly isOpen: boolean;
  /** Removes an exercise that has no sets yet. */
  readonly onRemove: (() => void) | undefined;
}

const MAX_REST_S = 1200;

export function WorkoutExercise({ exerciseId, session, sets, prescribed, nextPosition, isOpen, onRemove }: Props): ReactNode {
  const db = useDb();
  const { run } = useMessages();
  const exercise = useExercises().get(exerciseId);
  const [editedId, setEditedId] = useState<string>();
  const edited = sets.find((it) => it.id === editedId); // as another device may have changed it
  const before = useLastTime(exerciseId, session);
  const timed = isTimed(exercise) || before.sets.some((it) => it.duration_s !== undefined && it.reps === undefined);
  const name = exercise?.name ?? sets.findLast((it) => it.exercise_name)?.exercise_name ?? "Exercise";
  const add = async (values: Partial<WorkoutSet>): Promise<void> => {
    const now = new Date();
    const done = sets.at(-1)?.completed_at;
    const rest = done === undefined ? undefined : Math.round((now.getTime() - Date.parse(done)) / 1000);
    await db.workout_sets.put({
      session_id: session.id, exercise_id: exerciseId, exercise_name: name, position: nextPosition, ...values,
      ...(isOpen && { completed_at: now.toISOString() }),
      ...(isOpen && rest !== undefined && rest <= MAX_REST_S && { rest_s: rest }),
    });
    if (isOpen) startRest(prescribed?.rest_s ?? undefined);
  };
  const planned = plannedSets(prescribed, session, before.sessions, before.done);
  const plannedSet = planned?.sets[sets.length];
  const last = before.sets[sets.length] ?? sets.at(-1) ?? before.sets.at(-1);
  const suggested = plannedSet && plannedSet.weight_kg !== null ? plannedSet : last;
  const goal = prescribed ? prescription(prescribed) : "";
  const [isLoading, setLoading] = useState(false);
  const isComplete = prescribed?.sets != null && sets.length >= prescribed.sets;
  return (
    <Card
      className="exercise"
      title={name}
      action={<div className="card-actions">{goal && <span className="sum">{goal}</span>}{exercise?.equipment === "barbell" && <IconButton icon="scale" label={`Plates for ${name}`} onClick={() => setLoading(true)} />}{onRemove && <IconButton icon="close" label={`Remove ${name}`} onClick={onRemove} />}</div>}
    >
      {planned && <p className="quiet">{reasonText(planned)}</p>}
      <table className="sets">
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">{before.date ? `Last, ${shortDate(before.date)}` : "Last time"}</th>
            <Columns timed={timed} />
            <th scope="col"><span className="hidden">Done</span></th>
          </tr>
        </thead>
        <tbody>
          {sets.map((set, at) => (
            <SetRow key={set.id} number={at + 1} name={name} before={before.sets[at]} values={set} timed={timed} kind={set.kind} onChange={(fields) => run(() => db.workout_sets.patch(set.id, fields))} onMore={() => setEditedId(set.id)} />
          ))}
          <SetRow key={`next ${sets.length} ${last?.id} ${suggested?.weight_kg} ${suggested?.reps}`} number={sets.length + 1} name={name} before={before.sets[sets.length]} values={suggested} timed={timed} isOptional={isComplete} onAdd={(values) => run(() => add(values))} />
        </tbody>
      </table>
      {isLoading && <PlatesDialog weightKg={suggested?.weight_kg ?? undefined} onClose={() => setLoading(false)} />}
      {edited && <SetDialog set={edited} onClose={() => setEditedId(undefined)} />}
    </Card>
  );
}

function Columns({ timed }: { timed: boolean }): ReactNode {
  const units = useUnits();
  return timed ? <><th scope="col">min</th><th scope="col">km</th></> : <><th scope="col">{units.weight}</th><th scope="col">Reps</th></>;
}

interface Before {
  /** Sets of the last time, and its date. */
  readonly sets: readonly DoneSet[];
  readonly date: string | undefined;
  /** All earlier sessions and all sets of the exercise. */
  readonly sessions: readonly Session[];
  readonly done: readonly DoneSet[];
}

function useLastTime(exerciseId: string, session: Session): Before {
  const db = useDb();
  const sets = useQuery(db.workout_sets.where({ exercise_id: exerciseId }));
  const sessions = useQuery(db.workout_sessions.where("date", "<=", session.date));
  return useMemo(() => {
    const found = lastTime(exerciseId, session, sessions ?? [], sets ?? []);
    const date = sessions?.find((it) => it.id === found[0]?.session_id)?.date;
    return { sets: found, date, sessions: sessions ?? [], done: sets ?? [] };
  }, [sets, sessions, exerciseId, session]);
}

type Values = Pick<WorkoutSet, "weight_kg" | "reps" | "duration_s" | "distance_m">;

interface RowProps {
  readonly number: number;
  readonly name: string;
  readonly before: DoneSet | undefined;
  readonly values: Values | undefined;
  readonly timed: boolean;
  readonly kind?: string | undefined;
  /** True for one more set than is prescribed. */
  readonly isOptional?: boolean;
  readonly onChange?: (fields: Values) => void;
  readonly onMore?: () => void;
  readonly onAdd?: (values: Values) => void;
}

const KINDS: { [kind: string]: string } = { warmup: "W", drop: "D", failure: "F" };

function SetRow({ number, name, before, values, timed, kind, isOptional = false, onChange, onMore, onAdd }: RowProps): ReactNode {
  const units = useUnits();
  const columns = timed ? TIMED : LOADED;
  const [texts, setTexts] = useState<{ [column: number]: string }>({});
  const textOf = (at: number): string => texts[at] ?? shown(columns[at]!.shown(values ?? {}, units), 2);
  const typed = (): Values | undefined => {
    const fields: Values = {};
    for (const [at, column] of columns.entries()) {
      const value = parseNumber(textOf(at));
      if (Number.isNaN(value)) return undefined;
      Object.assign(fields, column.stored(value, units));
    }
    return fields;
  };
  const commit = (): void => {
    const fields = typed();
    if (onChange && Object.keys(texts).length > 0 && fields) onChange(fields);
    if (onChange && fields) setTexts({});
  };
  const isEmpty = columns.every((_, at) => textOf(at).trim() === "");
  return (
    <tr className={onAdd ? (isOptional ? "next optional" : "next") : "done"}>
      <th scope="row">{(kind && KINDS[kind]) ?? number}</th>
      <td className="before">{before ? setText(before, units) : "–"}</td>
      {columns.map((column, at) => (
        <td key={at}>
          <input
            inputMode={column.isWhole ? "numeric" : "decimal"}
            aria-label={`${name}, set ${number}, ${column.label(units)}`}
            aria-invalid={Number.isNaN(parseNumber(textOf(at))) || undefined}
            value={textOf(at)}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setTexts({ ...texts, [at]: event.target.value })}
            onBlur={commit}
            onKeyDown={(event) => event.key === "Enter" && (onAdd ? !isEmpty && typed() && onAdd(typed()!) : commit())}
          />
        </td>
      ))}
      <td>
        {onAdd ? (
          <IconButton icon="check" className="log-set" label={`Log set ${number} of ${name}`} disabled={isEmpty || !typed()} onClick={() => onAdd(typed()!)} />
        ) : (
          <IconButton icon="more" label={`More about set ${number} of ${name}`} onClick={onMore} />
        )}
      </td>
    </tr>
  );
}

interface Column {
  label(units: Units): string;
  readonly isWhole: boolean;
  shown(values: Values, units: Units): number | undefined;
  stored(value: number | undefined, units: Units): Values;
}

const LOADED: readonly Column[] = [
  {
    label: (units) => `weight in ${units.weight}`,
    isWhole: false,
    shown: (it, units) => (it.weight_kg == null ? undefined : units.shownWeight(it.weight_kg)),
    stored: (value, units) => ({ weight_kg: value === undefined ? null : units.storedWeight(value) }),
  },
  { label: () => "repetitions", isWhole: true, shown: (it) => it.reps ?? undefined, stored: (value) => ({ reps: value ?? null }) },
];

const TIMED: readonly Column[] = [
  {
    label: () => "minutes",
    isWhole: false,
    shown: (it) => (it.duration_s == null ? undefined : it.duration_s / 60),
    stored: (value) => ({ duration_s: value === undefined ? null : Math.round(value * 60) }),
  },
  {
    label: () => "kilometres",
    isWhole: false,
    shown: (it) => (it.distance_m == null ? undefined : it.distance_m / 1000),
    stored: (value) => ({ distance_m: value === undefined ? null : Math.round(value * 1000) }),
  },
];

/** Set in short: `80 × 8`, `12 min`, `5 km`. */
export function setText(set: Values, units: Units): string {
  if (set.reps != null) return set.weight_kg == null ? `${set.reps}` : `${shown(units.shownWeight(set.weight_kg))} × ${set.reps}`;
  const parts = [set.duration_s != null && `${shown(set.duration_s / 60)} min`, set.distance_m != null && `${shown(set.distance_m / 1000, 2)} km`];
  return parts.filter(Boolean).join(", ") || "–";
}
