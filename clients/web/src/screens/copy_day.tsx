/** Copy of another day's food, or of some of it. */
import { useState, type ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { addDays } from "../lib/dates.ts";
import { SLOTS, copyOf, slotName, type Log, type Slot } from "../lib/food.ts";
import { counted, energyText } from "../lib/numbers.ts";
import { copiedWeek } from "../lib/plan_copies.ts";
import { back } from "../lib/route.ts";
import { Button, Card, Field, Form } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

export function CopyDay({ date, slot }: { date: string; slot: Slot }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run, say } = useMessages();
  const [from, setFrom] = useState(addDays(date, -1));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const position = (it: Log): number => SLOTS.findIndex(([name]) => name === it.slot);
  const logs = [...(useQuery(db.food_logs.where({ date: from })) ?? [])].sort((left, right) => position(left) - position(right));
  const week = useQuery(db.food_logs.where("date", ">=", from).where("date", "<=", addDays(from, 6))) ?? [];
  const chosen = logs.filter((it) => !left.has(it.id));
  const toggle = (id: string): void => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  const copy = async (): Promise<void> => {
    const ids = await db.write((writer) => chosen.map((it) => writer.food_logs.put(copyOf(it, date, it.slot ?? slot))));
    say(`${counted(ids.length, "food")} copied.`, () => run(() => db.write((writer) => ids.forEach((id) => writer.food_logs.delete(id)))));
    back(`/day/${date}`);
  };
  const copyWeek = async (): Promise<void> => {
    const ids = await db.write((writer) => copiedWeek(week, from, date).map((it) => writer.food_logs.put(it)));
    say(`${counted(ids.length, "food")} copied to seven days.`, () => run(() => db.write((writer) => ids.forEach((id) => writer.food_logs.delete(id)))));
    back(`/day/${date}`);
  };
  return (
    <Card>
      <Form onSubmit={copy}>
        <Field label="Copy from" type="date" value={from} max={addDays(date, 365)} onChange={(event) => event.target.value && setFrom(event.target.value)} />
        {logs.length === 0 && <p className="quiet">Nothing was logged on that day.</p>}
        <ul className="rows checks">
          {logs.map((log) => (
            <li key={log.id}>
              <label className="row">
                <input type="checkbox" checked={!left.has(log.id)} onChange={() => toggle(log.id)} />
                <span className="row-text">
                  <span>{log.name ?? "Food"}</span>
                  <small>{slotName(log.slot)}</small>
                </span>
                {log.energy_kcal !== undefined && <span className="number">{energyText(units, log.energy_kcal)}</span>}
              </label>
            </li>
          ))}
        </ul>
        <Button type="submit" kind="primary" icon="copy" disabled={chosen.length === 0}>Copy {counted(chosen.length, "food")}</Button>
        {week.length > logs.length && <Button icon="copy" onClick={() => run(copyWeek)}>Copy the seven days from then: {counted(week.length, "food")}</Button>}
      </Form>
    </Card>
  );
}
