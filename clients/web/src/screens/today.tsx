/** A day: what is planned and eaten, training, body. */
import type { ReactNode } from "react";
import type { DayView } from "@trackforge/client";
import { addDays, dateTitle, longDate, today } from "../lib/dates.ts";
import { useDay, useUnits } from "../lib/database.tsx";
import { go } from "../lib/route.ts";
import { whole } from "../lib/numbers.ts";
import { Card, IconButton, Page } from "../ui/basics.tsx";
import { DayFood } from "./day_food.tsx";
import { DayNutrients } from "./day_nutrients.tsx";
import { DayWater } from "./day_water.tsx";
import { DayTraining } from "./day_training.tsx";
import { DayBody } from "./day_body.tsx";

export function Today({ date }: { date: string }): ReactNode {
  const view = useDay(date);
  return (
    <Page title={dateTitle(date)} actions={<DayPicker date={date} />}>
      <div className="columns">
        <div className="column">
          <Energy view={view} />
          <DayFood date={date} />
          <DayWater date={date} view={view} />
          <DayNutrients date={date} view={view} />
        </div>
        <div className="column">
          <DayTraining date={date} view={view} />
          <DayBody date={date} />
        </div>
      </div>
    </Page>
  );
}

function DayPicker({ date }: { date: string }): ReactNode {
  const open = (it: string): void => go(it === today() ? "/" : `/day/${it}`);
  return (
    <div className="day-picker">
      <IconButton icon="left" label={`Previous day, ${longDate(addDays(date, -1))}`} onClick={() => open(addDays(date, -1))} />
      <input type="date" aria-label="Day" value={date} onChange={(event) => event.target.value && open(event.target.value)} />
      <IconButton icon="right" label={`Next day, ${longDate(addDays(date, 1))}`} onClick={() => open(addDays(date, 1))} />
    </div>
  );
}

const MACROS = [
  ["protein_g", "Protein"],
  ["carbs_g", "Carbs"],
  ["fat_g", "Fat"],
] as const;

function Energy({ view }: { view: DayView | undefined }): ReactNode {
  const units = useUnits();
  const { planned, actual, adherence } = view?.diet ?? { planned: undefined, actual: undefined, adherence: null };
  const goal = planned?.energy_kcal ?? 0;
  const eaten = actual?.energy_kcal ?? 0;
  const left = goal - eaten;
  const unit = units.energy === "kj" ? "kJ" : "kcal";
  return (
    <Card className="energy">
      <div className="energy-row">
        <p className="big">
          <strong>{whole(units.shownEnergy(eaten))}</strong>
          <span>{goal > 0 ? ` of ${whole(units.shownEnergy(goal))} ${unit}` : ` ${unit} eaten`}</span>
        </p>
        {goal > 0 && <p className="left">{left >= 0 ? `${whole(units.shownEnergy(left))} left` : `${whole(units.shownEnergy(-left))} over`}</p>}
      </div>
      {goal > 0 && <Bar label="Energy" value={eaten} goal={goal} />}
      <div className="macros">
        {MACROS.map(([name, label]) => {
          const [value, aim] = [actual?.[name] ?? 0, planned?.[name] ?? 0];
          return (
            <div key={name}>
              <p>
                <span>{label}</span> <strong>{whole(value)}</strong>
                {aim > 0 ? ` / ${whole(aim)} g` : " g"}
              </p>
              {aim > 0 && <Bar label={label} value={value} goal={aim} />}
            </div>
          );
        })}
      </div>
      {adherence !== null && <p className="adherence">{Math.round(adherence)} % of the plan’s macros met</p>}
    </Card>
  );
}

function Bar({ label, value, goal }: { label: string; value: number; goal: number }): ReactNode {
  const percent = (100 * value) / goal;
  return (
    <div className={`meter ${percent > 105 ? "over" : ""}`} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={Math.round(goal)} aria-valuenow={Math.round(Math.min(value, goal))} aria-valuetext={`${Math.round(percent)} % of the plan`}>
      <i style={{ width: `${Math.min(percent, 100)}%` }} />
    </div>
  );
}

