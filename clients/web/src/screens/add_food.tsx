/** Logging of food: search, recent foods, quick entries, barcodes, copies of another day. */
import { useMemo, useState, type ReactNode } from "react";
import { useQuery } from "@trackforge/client/react";
import { useBuiltInFoods, useDb, useUnits } from "../lib/database.tsx";
import { addDays, dateTitle } from "../lib/dates.ts";
import { recentFoods, slotName, type AnyFood, type Log, type Slot } from "../lib/food.ts";
import { energyText, shown } from "../lib/numbers.ts";
import { back } from "../lib/route.ts";
import { SearchIndex } from "../lib/search.ts";
import { Button, Empty, Page, Segments } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { AmountDialog } from "./amount_dialog.tsx";
import { BarcodeButton } from "./barcode.tsx";
import { CopyDay } from "./copy_day.tsx";
import { FoodDialog } from "./food_dialog.tsx";
import { QuickAdd } from "./quick_add.tsx";

type Tab = "search" | "quick" | "copy";

export function AddFood({ date, slot }: { date: string; slot: Slot }): ReactNode {
  const [tab, setTab] = useState<Tab>("search");
  return (
    <Page title={`Add to ${slotName(slot).toLowerCase()}`} backTo={`/day/${date}`}>
      <p className="subtitle">{dateTitle(date)}</p>
      <Segments label="Way of logging" value={tab} onChange={setTab} options={[["search", "Foods"], ["quick", "Quick add"], ["copy", "Copy a day"]]} />
      {tab === "search" && <Search date={date} slot={slot} />}
      {tab === "quick" && <QuickAdd date={date} slot={slot} />}
      {tab === "copy" && <CopyDay date={date} slot={slot} />}
    </Page>
  );
}

function Search({ date, slot }: { date: string; slot: Slot }): ReactNode {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<{ food: AnyFood; grams?: number }>();
  const [newFood, setNewFood] = useState<{ name?: string; barcode?: string }>();
  const { index, ownIds, isReady } = useFoodIndex();
  const found = text.trim() === "" ? [] : index.search(text);
  const findBarcode = (barcode: string): void => {
    const own = index.search("", Infinity).find((it) => "barcode" in it && it.barcode === barcode);
    if (own) setChosen({ food: own });
    else setNewFood({ barcode });
  };
  return (
    <>
      <div className="search">
        <Icon name="search" />
        <input type="search" aria-label="Search foods" placeholder="Search foods" value={text} autoFocus onChange={(event) => setText(event.target.value)} />
        <BarcodeButton onBarcode={findBarcode} />
      </div>
      {text.trim() === "" ? (
        <Recent date={date} slot={slot} onChoose={(food, grams) => setChosen({ food, ...(grams !== undefined && { grams }) })} />
      ) : (
        <ul className="rows card" aria-label="Foods found">
          {found.map((food) => (
            <FoodRow key={food.id} food={food} isOwn={ownIds.has(food.id)} onChoose={() => setChosen({ food })} />
          ))}
          {found.length === 0 && <li className="quiet pad">{isReady ? "No food has this name." : "The food list is not on this device yet: it loads when you are online."}</li>}
        </ul>
      )}
      <div className="buttons">
        <Button icon="plus" onClick={() => setNewFood({ name: text.trim() })}>New food{text.trim() && ` “${text.trim()}”`}</Button>
      </div>
      {chosen && <AmountDialog food={chosen.food} grams={chosen.grams} date={date} slot={slot} onClose={() => setChosen(undefined)} />}
      {newFood && (
        <FoodDialog initial={newFood} onClose={() => setNewFood(undefined)} onSaved={(food) => { setNewFood(undefined); setChosen({ food }); }} />
      )}
    </>
  );
}

/** Own foods first, then the catalogue; often logged ones rank higher. */
export function useFoodIndex(): { index: SearchIndex<AnyFood & { weight?: number }>; ownIds: ReadonlySet<string>; isReady: boolean } {
  const db = useDb();
  const own = useQuery(db.foods.query());
  const logs = useQuery(db.food_logs.query());
  const builtIn = useBuiltInFoods();
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const { food_id: id } of logs ?? []) if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
    const weighted = (food: AnyFood, bonus: number): AnyFood & { weight?: number } => {
      const count = counts.get(food.id) ?? 0;
      return bonus + count === 0 ? food : { ...food, weight: bonus + Math.log2(1 + count) * 0.7 };
    };
    const foods = [...(own ?? []).map((it) => weighted(it, 1)), ...[...(builtIn?.values() ?? [])].map((it) => weighted(it, 0))];
    return { index: new SearchIndex(foods), ownIds: new Set(own?.map((it) => it.id)), isReady: builtIn !== undefined };
  }, [own, logs, builtIn]);
}

export function FoodRow({ food, isOwn, onChoose }: { food: AnyFood; isOwn: boolean; onChoose: () => void }): ReactNode {
  const units = useUnits();
  const brand = "brand" in food ? food.brand : undefined;
  const detail = [brand, isOwn && "My food", food.energy_kcal != null && `${energyText(units, food.energy_kcal)} per 100 g`];
  return (
    <li>
      <button type="button" className="row" onClick={onChoose}>
        <span className="row-text">
          <span>{food.name}</span>
          <small>{detail.filter(Boolean).join(" · ")}</small>
        </span>
        <Icon name="plus" />
      </button>
    </li>
  );
}

const RECENT_DAYS = 90;

function Recent({ date, slot, onChoose }: { date: string; slot: Slot; onChoose: (food: AnyFood, grams?: number) => void }): ReactNode {
  const db = useDb();
  const { run, say } = useMessages();
  const logs = useQuery(db.food_logs.query());
  const own = useQuery(db.foods.query());
  const builtIn = useBuiltInFoods();
  const recent = useMemo(() => recentFoods(logs ?? [], addDays(date, -RECENT_DAYS)), [logs, date]);
  if (logs && recent.length === 0) {
    return <Empty icon="apple">Search above, or add something quickly. What you log appears here the next time.</Empty>;
  }
  const choose = (log: Log): void => {
    const food = own?.find((it) => it.id === log.food_id) ?? (log.food_id ? builtIn?.get(log.food_id) : undefined);
    if (food) return onChoose(food, log.grams);
    run(async () => {
      const { name, energy_kcal, protein_g, carbs_g, fat_g, food_id, grams } = log;
      const id = await db.food_logs.put({ date, slot, ...clean({ name, energy_kcal, protein_g, carbs_g, fat_g, food_id, grams }) });
      say(`${name ?? "Food"} logged.`, () => run(() => db.food_logs.delete(id)));
      back(`/day/${date}`);
    });
  };
  return (
    <section>
      <h2 className="list-title">Recent</h2>
      <ul className="rows card">
        {recent.map(({ log, count }) => (
          <li key={log.id}>
            <button type="button" className="row" onClick={() => choose(log)}>
              <span className="row-text">
                <span>{log.name ?? "Food"}</span>
                <small>{[log.grams !== undefined && `${shown(log.grams)} g`, count > 1 && `${count} times`].filter(Boolean).join(" · ")}</small>
              </span>
              <Icon name="plus" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function clean<T extends object>(fields: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
