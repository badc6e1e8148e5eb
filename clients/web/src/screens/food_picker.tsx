/** Choice of a food and its amount, for a plan or a draft. */
import { useState, type ReactNode } from "react";
import type { AnyFood } from "../lib/food.ts";
import { Button, Form, NumberField } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { FoodRow, useFoodIndex } from "./add_food.tsx";
import { Nutrients, Servings } from "./amount_dialog.tsx";

interface Props {
  readonly title: string;
  readonly onChoose: (food: AnyFood, grams: number) => Promise<unknown>;
  readonly onClose: () => void;
}

export function FoodPicker({ title, onChoose, onClose }: Props): ReactNode {
  const [text, setText] = useState("");
  const [food, setFood] = useState<AnyFood>();
  const [grams, setGrams] = useState<number | undefined>(100);
  const { index, ownIds } = useFoodIndex();
  if (food) {
    return (
      <Dialog title={food.name} onClose={onClose}>
        <Form onSubmit={() => onChoose(food, grams ?? 0)}>
          <NumberField label="Amount in grams" value={grams} autoFocus onNumber={setGrams} />
          <Servings food={food} onChoose={setGrams} />
          <Nutrients food={food} grams={grams} />
          <Button type="submit" kind="primary" disabled={!grams}>Add</Button>
        </Form>
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="search">
        <Icon name="search" />
        <input type="search" aria-label="Search foods" placeholder="Search foods" value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      </div>
      <ul className="rows scrolling" aria-label="Foods found">
        {index.search(text, 40).map((it) => <FoodRow key={it.id} food={it} isOwn={ownIds.has(it.id)} onChoose={() => setFood(it)} />)}
      </ul>
    </Dialog>
  );
}
