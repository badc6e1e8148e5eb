/** Change of a diet plan from a day on, and its shopping list. */
import { useState, type ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import { useBuiltInFoods, useDb } from "../lib/database.tsx";
import { addDays, today, weekOf } from "../lib/dates.ts";
import { counted, whole } from "../lib/numbers.ts";
import { canRevise, revisePlan, shoppingList, type WholePlan } from "../lib/plan_copies.ts";
import { replace } from "../lib/route.ts";
import { Button, Field, Form } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";

export function PlanActions({ whole: it }: { whole: WholePlan }): ReactNode {
  const [open, setOpen] = useState<"revise" | "list">();
  const close = (): void => setOpen(undefined);
  return (
    <div className="buttons">
      <Button icon="list" onClick={() => setOpen("list")}>Shopping list</Button>
      <Button icon="copy" onClick={() => setOpen("revise")}>Change from a day on</Button>
      {open === "list" && <ListDialog whole={it} onClose={close} />}
      {open === "revise" && <ReviseDialog whole={it} onClose={close} />}
    </div>
  );
}

function ReviseDialog({ whole: it, onClose }: { whole: WholePlan; onClose: () => void }): ReactNode {
  const db = useDb();
  const { say } = useMessages();
  const [start, setStart] = useState(today());
  const revise = async (): Promise<void> => {
    const id = await db.write((writer) => revisePlan(writer, it, start));
    say("This is the plan from that day on. Earlier days keep the old one.");
    onClose();
    replace(`/plan/${id}`);
  };
  return (
    <Dialog title="Change from a day on" onClose={onClose}>
      <Form onSubmit={revise}>
        <Field label="First day of the change" type="date" required value={start} onChange={(event) => setStart(event.target.value)} />
        {!canRevise(it.plan, start) && <p className="quiet">The plan has no day before this one, or has ended by then.</p>}
        <Button type="submit" kind="primary" disabled={!canRevise(it.plan, start)}>Continue as a new plan</Button>
      </Form>
    </Dialog>
  );
}

function ListDialog({ whole: it, onClose }: { whole: WholePlan; onClose: () => void }): ReactNode {
  const own = useQuery(useDb().foods.query()) ?? [];
  const builtIn = useBuiltInFoods();
  const [first, setFirst] = useState(addDays(weekOf(today()), 7));
  const { days, grams } = shoppingList(it, first);
  const nameOf = (id: string): string => own.find((food) => food.id === id)?.name ?? builtIn?.get(id)?.name ?? "Food";
  const lines = [...grams].map(([id, amount]) => [nameOf(id), amount] as const).sort(([left], [right]) => left.localeCompare(right));
  return (
    <Dialog title="Shopping list" onClose={onClose}>
      <Field label="Seven days from" type="date" value={first} onChange={(event) => event.target.value && setFirst(event.target.value)} />
      <p className="quiet">{counted(days, "day")} with this plan</p>
      <dl className="facts">
        {lines.map(([name, amount]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{whole(amount)} g</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
