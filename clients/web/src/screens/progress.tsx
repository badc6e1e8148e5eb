/** Charts: weight and its trend, energy, training volume, records. */
import { useMemo, useState, type ReactNode } from "react";
import { countedSessions } from "@trackforge/client/day-view";
import { useQuery } from "@trackforge/client/react";
import { useDb, usePromise, useProfile, useUnits } from "../lib/database.tsx";
import { addDays, shortDate, today, weekOf } from "../lib/dates.ts";
import { useExercises } from "../lib/exercises.ts";
import { counted, shown, whole } from "../lib/numbers.ts";
import { streakOf } from "../lib/streaks.ts";
import { exerciseRecords, setVolume, type ExerciseRecord } from "../lib/training.ts";
import { slopeAWeek, weightTrend } from "../lib/trend.ts";
import { Card, Page, Segments } from "../ui/basics.tsx";
import { Chart, type Point } from "../ui/chart.tsx";
import { builtInFoods } from "../lib/catalogue.ts";

const SPANS = [["30", "Month"], ["90", "Quarter"], ["365", "Year"], ["36500", "All"]] as const;
type Span = (typeof SPANS)[number][0];

export function Progress(): ReactNode {
  const [span, setSpan] = useState<Span>("90");
  const since = addDays(today(), 1 - Number(span));
  return (
    <Page title="Progress">
      <Segments label="Period" value={span} options={SPANS} onChange={setSpan} />
      <div className="columns">
        <div className="column">
          <Weight since={since} />
          <Energy since={since} />
        </div>
        <div className="column">
          <Volume since={since} />
          <Streaks />
          <Records since={since} />
        </div>
      </div>
    </Page>
  );
}

function Weight({ since }: { since: string }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const metrics = useQuery(db.body_metrics.orderBy("date"));
  const all = (metrics ?? []).flatMap((it) => (it.weight_kg === undefined ? [] : [{ date: it.date, value: it.weight_kg }]));
  const isShown = (it: Point): boolean => it.date >= since;
  const trend = weightTrend(all).filter(isShown);
  const points = all.filter(isShown);
  const slope = slopeAWeek(trend);
  const inUnit = (it: Point): Point => ({ ...it, value: units.shownWeight(it.value) });
  const change = slope === undefined ? undefined : units.shownWeight(Math.abs(slope));
  return (
    <Card title="Weight" action={change !== undefined && <span className="sum">{slope! < 0 ? "−" : "+"}{change} {units.weight} a week</span>}>
      {points.length === 0 ? <p className="quiet">Weigh in on a day to see the course here.</p> : (
        <>
          <Chart label="Weight" points={points.map(inUnit)} line={trend.map(inUnit)} format={(it) => `${shown(it)} ${units.weight}`} />
          <p className="quiet">The bold line is the trend, which smooths daily ups and downs.</p>
        </>
      )}
    </Card>
  );
}

const MAX_ENERGY_DAYS = 90;

function Energy({ since }: { since: string }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const logs = useQuery(db.food_logs.where("date", ">=", since));
  const points = useMemo(() => {
    const sums = new Map<string, number>();
    for (const it of logs ?? []) sums.set(it.date, (sums.get(it.date) ?? 0) + (it.energy_kcal ?? 0));
    return [...sums].sort().map(([date, value]) => ({ date, value: units.shownEnergy(value) }));
  }, [logs, units.energy]);
  const dates = points.map((it) => it.date).filter((it) => it >= addDays(today(), -27));
  const adherence = usePromise(async () => {
    const foods = await builtInFoods.entries().catch(() => undefined);
    const views = await Promise.all(dates.map((it) => db.day(it, { food: (id) => foods?.get(id) as never })));
    const values = views.flatMap((it) => (it.diet.adherence === null ? [] : [it.diet.adherence]));
    return values.length === 0 ? null : values.reduce((sum, it) => sum + it, 0) / values.length;
  }, [db, logs]);
  const unit = units.energy === "kj" ? "kJ" : "kcal";
  const mean = points.reduce((sum, it) => sum + it.value, 0) / points.length;
  return (
    <Card title="Food" action={points.length > 0 && <span className="sum">{whole(mean)} {unit} a day</span>}>
      {points.length === 0 ? <p className="quiet">Log food to see your days here.</p> : (
        <>
          <Chart label="Energy" kind={points.length > MAX_ENERGY_DAYS ? "line" : "bars"} points={points} format={(it) => `${whole(it)} ${unit}`} />
          {typeof adherence === "number" && <p className="quiet">{Math.round(adherence)} % of your plans’ macros met, on average of the last four weeks.</p>}
        </>
      )}
    </Card>
  );
}

function Volume({ since }: { since: string }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const exercises = useExercises();
  const profile = useProfile();
  const start = profile?.week_start ?? 1;
  const stored = useQuery(db.workout_sessions.where("date", ">=", since));
  const sets = useQuery(db.workout_sets.query());
  const sessions = useMemo(() => stored && countedSessions(stored, sets ?? [], profile?.source_priority?.workouts), [stored, sets, profile]);
  const points = useMemo(() => {
    const byId = new Map((sessions ?? []).map((it) => [it.id, it]));
    const weeks = new Map<string, number>();
    for (const set of sets ?? []) {
      const session = byId.get(set.session_id);
      if (!session) continue;
      const body = exercises.get(set.exercise_id)?.equipment === "body only" ? session.bodyweight_kg : undefined;
      const week = weekOf(session.date, start);
      weeks.set(week, (weeks.get(week) ?? 0) + setVolume(set, body));
    }
    return [...weeks].sort().map(([date, value]) => ({ date, value: units.shownWeight(value) }));
  }, [sessions, sets, exercises, start, units.weight]);
  return (
    <Card title="Training volume" action={sessions && sessions.length > 0 && <span className="sum">{counted(sessions.length, "workout")}</span>}>
      {points.length === 0 ? <p className="quiet">Log a workout to see your weeks here.</p> : <Chart label="Volume by week" kind="bars" points={points} format={(it) => `${whole(it)} ${units.weight}`} />}
    </Card>
  );
}

function Streaks(): ReactNode {
  const db = useDb();
  const start = useProfile()?.week_start ?? 1;
  const logs = useQuery(db.food_logs.query());
  const sessions = useQuery(db.workout_sessions.query());
  const lines = useMemo(() => {
    const weeks = (sessions ?? []).filter((it) => it.date <= today()).map((it) => weekOf(it.date, start));
    return [
      ["Days with food", streakOf((logs ?? []).map((it) => it.date), today(), 1), "day"],
      ["Weeks with a workout", streakOf(weeks, weekOf(today(), start), 7), "week"],
    ] as const;
  }, [logs, sessions, start]);
  return (
    <Card title="Streaks">
      <dl className="facts wide">
        {lines.map(([name, { current, longest }, unit]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{counted(current, unit)} <small>· longest {longest}</small></dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Records({ since }: { since: string }): ReactNode {
  const db = useDb();
  const [chosen, setChosen] = useState<string>();
  const [isAll, setAll] = useState(false);
  const profile = useProfile();
  const sessions = useQuery(db.workout_sessions.query());
  const sets = useQuery(db.workout_sets.query());
  const records = useMemo(
    () => exerciseRecords(countedSessions(sessions ?? [], sets ?? [], profile?.source_priority?.workouts), sets ?? []),
    [sessions, sets, profile],
  );
  const dates = new Map((sessions ?? []).map((it) => [it.id, it.date]));
  const visible = isAll ? records : records.slice(0, 8);
  return (
    <Card title="Records">
      {records.length === 0 && <p className="quiet">Your best sets will be listed here.</p>}
      <div className="rows">
        {visible.map((it) => (
          <RecordRow key={it.exerciseId} record={it} dates={dates} since={since} isOpen={chosen === it.exerciseId} onToggle={() => setChosen(chosen === it.exerciseId ? undefined : it.exerciseId)} />
        ))}
      </div>
      {records.length > visible.length && <button type="button" className="button quiet" onClick={() => setAll(true)}>All {records.length} exercises</button>}
    </Card>
  );
}

interface RecordProps {
  readonly record: ExerciseRecord;
  readonly dates: ReadonlyMap<string, string>;
  readonly since: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function RecordRow({ record, dates, since, isOpen, onToggle }: RecordProps): ReactNode {
  const units = useUnits();
  const exercises = useExercises();
  const { heaviest, best } = record;
  const name = exercises.get(record.exerciseId)?.name ?? record.name;
  const detail = heaviest ? `Heaviest ${units.weightText(heaviest.weight_kg!)} × ${heaviest.reps}, ${shortDate(dates.get(heaviest.session_id)!)}` : counted(record.sets, "set");
  const course = record.course.filter((it) => it.date >= since).map((it) => ({ ...it, value: units.shownWeight(it.value) }));
  return (
    <div>
      <button type="button" className="row" aria-expanded={isOpen} onClick={onToggle} disabled={course.length === 0}>
        <span className="row-text">
          <span>{name || "Exercise"}</span>
          <small>{detail}</small>
        </span>
        {best && <span className="number" title="Estimated maximum of one repetition">{units.weightText(best.kg)}</span>}
      </button>
      {isOpen && <Chart label={`Estimated maximum of ${name}`} points={course} format={(it) => `${shown(it)} ${units.weight}`} />}
    </div>
  );
}
