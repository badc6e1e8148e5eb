/** Water of a day: one tap for a glass or a bottle. */
import type { ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import type { DayView } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { today } from "../lib/dates.ts";
import { whole } from "../lib/numbers.ts";
import { Button, Card, IconButton } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";

const AMOUNTS = [250, 500] as const;

export function DayWater({ date, view }: { date: string; view: DayView | undefined }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const last = (useQuery(db.water_logs.where({ date })) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  const { min } = view?.nutrients?.["water_ml"] ?? { min: null };
  const drunk = view?.water?.ml ?? 0;
  const add = async (ml: number): Promise<void> => {
    const id = await db.water_logs.put({ date, ml, ...(date === today() && { at: new Date().toISOString() }) });
    say(`${ml} ml of water logged.`, () => run(() => db.water_logs.delete(id)));
  };
  return (
    <Card title="Water" action={<span className="sum">{whole(drunk)}{min ? ` of ${whole(min)}` : ""} ml</span>}>
      <div className="buttons">
        {AMOUNTS.map((ml) => (
          <Button key={ml} icon="water" onClick={() => run(() => add(ml))}>{ml} ml</Button>
        ))}
        {last && <IconButton icon="trash" label={`Remove the last ${whole(last.ml)} ml`} onClick={() => run(() => db.water_logs.delete(last.id))} />}
      </div>
    </Card>
  );
}
