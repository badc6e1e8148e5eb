/** Photographs of menus, nutrition labels and workout sheets: drafts to confirm. */
import { useState, type ReactNode } from "react";
import { useSyncStatus } from "@trackforge/client/react";
import { foodFields, setFields, type DishDraft, type ExerciseDraft, type FoodDraft } from "@trackforge/client/ocr";
import { useDb, useUnits } from "../lib/database.tsx";
import { today } from "../lib/dates.ts";
import { slotOf } from "../lib/food.ts";
import { counted } from "../lib/numbers.ts";
import { readPhoto, shrunk, type Drafts, type Kind } from "../lib/ocr.ts";
import { go } from "../lib/route.ts";
import { Button, Card, Empty, Field, Form, NumberField, Page, Segments, Select, SignInFirst } from "../ui/basics.tsx";
import { useMessages } from "../ui/dialog.tsx";
import { setText } from "./workout_exercise.tsx";

export function Photo(): ReactNode {
  const db = useDb();
  const isSignedIn = useSyncStatus(db).signIn === "signed in";
  const [kind, setKind] = useState<Kind>("menu");
  const [read, setRead] = useState<Drafts>();
  const [isReading, setReading] = useState(false);
  const submit = async (data: FormData): Promise<void> => {
    setRead(undefined);
    setReading(true);
    try {
      setRead(await readPhoto(db, kind, await shrunk(data.get("photo") as File)));
    } finally {
      setReading(false);
    }
  };
  if (!isSignedIn) return <Page title="Read a photo" backTo="/more"><SignInFirst icon="camera">The server reads the photo: sign in first.</SignInFirst></Page>;
  return (
    <Page title="Read a photo" backTo="/more">
      <Card>
        <Segments label="What it shows" value={kind} options={[["menu", "A menu"], ["label", "A nutrition label"], ["workout", "A workout sheet"]]} onChange={(it) => { setKind(it); setRead(undefined); }} />
        <Form onSubmit={submit}>
          <div className="field">
            <label htmlFor="photo">Photo</label>
            <input id="photo" name="photo" type="file" accept="image/*" required />
          </div>
          <Button type="submit" kind="primary" icon="camera">{isReading ? "Reading …" : "Read it"}</Button>
        </Form>
      </Card>
      {read && isEmpty(read) && <Empty icon="camera">Nothing was recognized.</Empty>}
      {read?.dishes.map((it, at) => <DishForm key={at} dish={it} />)}
      {read?.barcodes.flatMap((code) => code.foods.map((food) => <Empty key={food.id} icon="check">Barcode {code.barcode}: you have {food.name} already.</Empty>))}
      {read?.foods.map((it, at) => <FoodForm key={at} food={it} />)}
      {read && read.exercises.length > 0 && <WorkoutForm exercises={read.exercises} />}
    </Page>
  );
}

function isEmpty({ dishes, exercises, foods }: Drafts): boolean {
  return dishes.length + exercises.length + foods.length === 0;
}

function DishForm({ dish }: { dish: DishDraft }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { say } = useMessages();
  const [name, setName] = useState(dish.name);
  const [energy, setEnergy] = useState(dish.energy_kcal ?? undefined);
  const [isLogged, setLogged] = useState(false);
  const log = async (): Promise<void> => {
    const macros = (["protein_g", "carbs_g", "fat_g"] as const).flatMap((it) => (dish[it] === null ? [] : [[it, dish[it]]]));
    await db.food_logs.put({
      date: today(), slot: slotOf(new Date()), name, eaten_at: new Date().toISOString(),
      ...(energy !== undefined && { energy_kcal: energy }), ...Object.fromEntries(macros),
    });
    setLogged(true);
    say(`${name} logged.`);
  };
  return (
    <Card>
      <Form onSubmit={log}>
        <div className="form-grid">
          <Field label="Dish" value={name} required onChange={(event) => setName(event.target.value)} />
          <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={energy === undefined ? undefined : units.shownEnergy(energy)} required onNumber={(it) => setEnergy(it === undefined || Number.isNaN(it) ? it : units.storedEnergy(it))} />
        </div>
        <Button type="submit" disabled={isLogged} icon={isLogged ? "check" : "plus"}>{isLogged ? "Logged" : "I ate it"}</Button>
      </Form>
    </Card>
  );
}

const MACROS = [["protein_g", "Protein"], ["carbs_g", "Carbohydrate"], ["fat_g", "Fat"]] as const;

function FoodForm({ food }: { food: FoodDraft }): ReactNode {
  const db = useDb();
  const units = useUnits();
  const { say } = useMessages();
  const [name, setName] = useState("");
  const [values, setValues] = useState({ energy_kcal: food.energy_kcal ?? undefined, protein_g: food.protein_g ?? undefined, carbs_g: food.carbs_g ?? undefined, fat_g: food.fat_g ?? undefined });
  const [isStored, setStored] = useState(false);
  const store = async (): Promise<void> => {
    const { energy_kcal = 0, protein_g = 0, carbs_g = 0, fat_g = 0 } = values;
    await db.foods.put({ ...foodFields(food), name, energy_kcal, protein_g, carbs_g, fat_g });
    setStored(true);
    say(`${name} stored.`);
  };
  return (
    <Card title="Per 100 g">
      <Form onSubmit={store}>
        <div className="form-grid">
          <Field label="Food" value={name} required onChange={(event) => setName(event.target.value)} />
          <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={values.energy_kcal === undefined ? undefined : units.shownEnergy(values.energy_kcal)} required onNumber={(it) => setValues({ ...values, energy_kcal: it === undefined || Number.isNaN(it) ? it : units.storedEnergy(it) })} />
          {MACROS.map(([field, label]) => (
            <NumberField key={field} label={`${label} in g`} value={values[field]} required onNumber={(it) => setValues({ ...values, [field]: it })} />
          ))}
        </div>
        <Button type="submit" disabled={isStored} icon={isStored ? "check" : "plus"}>{isStored ? "Stored" : "Store the food"}</Button>
      </Form>
    </Card>
  );
}

function WorkoutForm({ exercises }: { exercises: readonly ExerciseDraft[] }): ReactNode {
  const db = useDb();
  const { say } = useMessages();
  const units = useUnits();
  const [chosen, setChosen] = useState<readonly string[]>(exercises.map((it) => it.matches[0]?.id ?? ""));
  const [name, setName] = useState("Workout");
  const [date, setDate] = useState(today());
  const save = async (): Promise<void> => {
    const id = await db.write((writer) => {
      const session_id = writer.workout_sessions.put({ date, name });
      let position = 1;
      exercises.forEach((draft, at) => {
        const match = draft.matches.find((it) => it.id === chosen[at]);
        const exercise_id = match?.id ?? writer.exercises.put({ name: draft.exercise });
        for (const set of draft.sets) {
          writer.workout_sets.put({ session_id, exercise_id, exercise_name: match?.name ?? draft.exercise, position: position++, ...setFields(set) });
        }
      });
      return session_id;
    });
    say(`${counted(exercises.length, "exercise")} stored.`);
    go(`/workout/${id}`);
  };
  return (
    <Form onSubmit={save}>
      <Card>
        <div className="form-grid">
          <Field label="Name" value={name} required onChange={(event) => setName(event.target.value)} />
          <Field label="Day" type="date" value={date} required onChange={(event) => setDate(event.target.value)} />
        </div>
      </Card>
      {exercises.map((draft, at) => (
        <Card key={at} title={draft.exercise}>
          <Select
            label="Exercise"
            value={chosen[at] ?? ""}
            options={[...draft.matches.map((it) => [it.id, it.name] as const), ["", `New: ${draft.exercise}`]]}
            onChange={(event) => setChosen(chosen.map((it, index) => (index === at ? event.target.value : it)))}
          />
          <p className="quiet">{draft.sets.map((it) => setText(setFields(it), units)).join("  ·  ")}</p>
        </Card>
      ))}
      <Button type="submit" kind="primary">Store the workout</Button>
    </Form>
  );
}
