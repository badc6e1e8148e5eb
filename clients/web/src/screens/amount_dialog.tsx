/** Amount of a food: grams, or household measures of it. */
import { useState, type ReactNode } from "react";
import { useDb, useUnits } from "../lib/database.tsx";
import { today } from "../lib/dates.ts";
import { SLOTS, logOf, portion, type AnyFood, type Slot } from "../lib/food.ts";
import { energyText, shown } from "../lib/numbers.ts";
import { back } from "../lib/route.ts";
import { Button, Form, NumberField, Select } from "../ui/basics.tsx";
import { Dialog, useMessages } from "../ui/dialog.tsx";

interface Props {
  readonly food: AnyFood;
  /** Amount of the last time. */
  readonly grams: number | undefined;
  readonly date: string;
  readonly slot: Slot;
  readonly onClose: () => void;
}

export function AmountDialog({ food, grams, date, slot, onClose }: Props): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const [amount, setAmount] = useState<number | undefined>(grams ?? food.servings?.[0]?.grams ?? 100);
  const [chosenSlot, setSlot] = useState(slot);
  const save = async (): Promise<void> => {
    const eaten = date === today() ? { eaten_at: new Date().toISOString() } : {};
    const id = await db.food_logs.put(logOf(food, amount ?? 0, { date, slot: chosenSlot, ...eaten }));
    say(`${food.name} logged.`, () => run(() => db.food_logs.delete(id)));
    onClose();
    back(`/day/${date}`);
  };
  return (
    <Dialog title={food.name} onClose={onClose}>
      <Form onSubmit={save}>
        <NumberField label="Amount in grams" value={amount} autoFocus onNumber={setAmount} />
        <Servings food={food} onChoose={setAmount} />
        <Nutrients food={food} grams={amount} />
        <Select label="Meal" value={chosenSlot} options={SLOTS} onChange={(event) => setSlot(event.target.value as Slot)} />
        <Button type="submit" kind="primary" disabled={!amount}>Log it</Button>
      </Form>
    </Dialog>
  );
}

export function Servings({ food, onChoose }: { food: AnyFood; onChoose: (grams: number) => void }): ReactNode {
  const servings = food.servings ?? [];
  if (servings.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label="Servings">
      {servings.map(({ name, grams }) => (
        <button key={`${name} ${grams}`} type="button" onClick={() => onChoose(grams)}>
          {name} · {shown(grams)} g
        </button>
      ))}
    </div>
  );
}

export function Nutrients({ food, grams }: { food: AnyFood; grams: number | undefined }): ReactNode {
  const units = useUnits();
  const amounts = portion(food, grams || 0);
  return (
    <dl className="nutrients">
      <div><dt>Energy</dt><dd>{amounts.energy_kcal === undefined ? "?" : energyText(units, amounts.energy_kcal)}</dd></div>
      <div><dt>Protein</dt><dd>{amounts.protein_g === undefined ? "?" : `${shown(amounts.protein_g)} g`}</dd></div>
      <div><dt>Carbs</dt><dd>{amounts.carbs_g === undefined ? "?" : `${shown(amounts.carbs_g)} g`}</dd></div>
      <div><dt>Fat</dt><dd>{amounts.fat_g === undefined ? "?" : `${shown(amounts.fat_g)} g`}</dd></div>
    </dl>
  );
}
