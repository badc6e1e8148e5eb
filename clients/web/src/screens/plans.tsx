/** Diet plans and training programs. */
import type { ReactNode } from "react";
import type { DietPlan, Program, Stored } from "@trackforge/client";
import { useQuery } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { WEEKDAYS } from "../lib/dates.ts";
import { counted, energyText } from "../lib/numbers.ts";
import { go } from "../lib/route.ts";
import { Button, Card, Empty, LinkRow, Page } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

export function Plans(): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run } = useMessages();
  const plans = useQuery(db.diet_plans.orderBy("name"));
  const programs = useQuery(db.programs.orderBy("name"));
  const describePlan = (it: Stored<DietPlan>): string =>
    [it.active === false && "Off", daysText(it.days_of_week), it.target_energy_kcal && energyText(units, it.target_energy_kcal)].filter(Boolean).join(" · ");
  const describeProgram = (it: Stored<Program>): string =>
    [!it.active && "Off", counted(it.days?.length ?? 0, "workout")].filter(Boolean).join(" · ");
  const addPlan = async (): Promise<void> => {
    const id = await db.diet_plans.put({ name: "New plan", days_of_week: [1, 2, 3, 4, 5, 6, 7] });
    go(`/plan/${id}`);
  };
  const addProgram = async (): Promise<void> => {
    const id = await db.programs.put({ name: "New program", active: true, days: [{ name: "Workout A", exercises: [] }] });
    go(`/program/${id}`);
  };
  return (
    <Page title="Plans and programs" backTo="/more">
      <Card title="Diet plans" action={<Button kind="quiet" icon="plus" onClick={() => run(addPlan)}>New plan</Button>}>
        {plans?.length === 0 && <Empty icon="apple">A plan has targets for its days, and meals that you log with one tap.</Empty>}
        <div className="rows">
          {plans?.map((it) => <LinkRow key={it.id} href={`#/plan/${it.id}`} title={it.name} detail={describePlan(it)} />)}
        </div>
      </Card>
      <Card title="Training programs" action={<Button kind="quiet" icon="plus" onClick={() => run(addProgram)}>New program</Button>}>
        {programs?.length === 0 && <Empty icon="train">A program has your workouts with their exercises, and their weekdays.</Empty>}
        <div className="rows">
          {programs?.map((it) => <LinkRow key={it.id} href={`#/program/${it.id}`} title={it.name} detail={describeProgram(it)} />)}
        </div>
      </Card>
    </Page>
  );
}

function daysText(days: readonly number[]): string {
  if (days.length === 7) return "Every day";
  return [...days].sort().map((it) => WEEKDAYS[it - 1]).join(", ");
}
