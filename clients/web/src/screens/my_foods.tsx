/** Own foods: list, editor, deletion. */
import { useState, type ReactNode } from "react";
import type { Food, Stored } from "@trackforge/client";
import { useQuery } from "@trackforge/client/react";
import { useDb, useUnits } from "../lib/database.tsx";
import { energyText } from "../lib/numbers.ts";
import { Button, Empty, IconButton, Page } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { FoodDialog } from "./food_dialog.tsx";

export function MyFoods(): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { run, say } = useMessages();
  const [edited, setEdited] = useState<Partial<Stored<Food>>>();
  const foods = useQuery(db.foods.orderBy("name"));
  const remove = async (food: Stored<Food>): Promise<void> => {
    await db.foods.delete(food.id);
    say(`${food.name} deleted. Logged days keep it.`, () => run(() => db.foods.put(food)));
  };
  return (
    <Page title="My foods" backTo="/more" actions={<Button kind="primary" icon="plus" onClick={() => setEdited({})}>New food</Button>}>
      {foods?.length === 0 && <Empty icon="apple">Foods that you add, for example by their barcode, are listed here. Built-in foods are found by the search.</Empty>}
      {foods && foods.length > 0 && (
        <ul className="rows card">
          {foods.map((food) => (
            <li key={food.id} className="row-with-action">
              <button type="button" className="row" onClick={() => setEdited(food)}>
                <span className="row-text">
                  <span>{food.name}</span>
                  <small>{[food.brand, `${energyText(units, food.energy_kcal)} per 100 g`].filter(Boolean).join(" · ")}</small>
                </span>
              </button>
              <IconButton icon="trash" label={`Delete ${food.name}`} onClick={() => run(() => remove(food))} />
            </li>
          ))}
        </ul>
      )}
      {edited && <FoodDialog initial={edited} onClose={() => setEdited(undefined)} onSaved={() => setEdited(undefined)} />}
    </Page>
  );
}
