/** Editor of an own food: nutrients per 100 g, servings, barcode. */
import { useState, type ReactNode } from "react";
import type { Food, Serving, Stored } from "@trackforge/client";
import { useDb, useUnits } from "../lib/database.tsx";
import { Button, Field, Form, IconButton, NumberField } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";

interface Props {
  readonly initial: Partial<Stored<Food>>;
  readonly onSaved: (food: Stored<Food>) => void;
  readonly onClose: () => void;
}

type Draft = Partial<Food>;

const MAIN = [["protein_g", "Protein"], ["carbs_g", "Carbs"], ["fat_g", "Fat"]] as const;
const MORE = [["fiber_g", "Fibre in g"], ["sugar_g", "Sugar in g"], ["saturated_fat_g", "Saturated fat in g"], ["sodium_mg", "Sodium in mg"]] as const;

export function FoodDialog({ initial, onSaved, onClose }: Props): ReactNode {
  const db = useDb();
  const units = useUnits();
  const [draft, setDraft] = useState<Draft>(initial);
  const set = (fields: Draft): void => setDraft({ ...draft, ...fields });
  const save = async (): Promise<void> => {
    const servings = draft.servings?.filter((it) => it.name.trim() !== "");
    const food = { ...draft, name: draft.name?.trim() ?? "", ...(servings && { servings }) } as Food;
    const id = initial.id ?? (await db.foods.put(food));
    if (initial.id !== undefined) {
      const { id: _id, ...fields } = food as Stored<Food>;
      await db.foods.patch(id, fields);
    }
    onSaved((await db.foods.get(id))!);
  };
  const energy = draft.energy_kcal == null ? undefined : units.shownEnergy(draft.energy_kcal);
  return (
    <Dialog title={initial.id ? "Edit food" : "New food"} onClose={onClose}>
      <Form onSubmit={save}>
        <Field label="Name" value={draft.name ?? ""} required maxLength={500} autoFocus onChange={(event) => set({ name: event.target.value })} />
        <Field label="Brand" value={draft.brand ?? ""} maxLength={500} onChange={(event) => set({ brand: event.target.value || null })} />
        <fieldset>
          <legend>Per 100 g</legend>
          <div className="form-grid">
            <NumberField label={`Energy in ${units.energy === "kj" ? "kJ" : "kcal"}`} value={energy} required onNumber={(it) => set({ energy_kcal: it === undefined || Number.isNaN(it) ? (it as number) : units.storedEnergy(it) })} />
            {MAIN.map(([name, label]) => (
              <NumberField key={name} label={`${label} in g`} value={draft[name]} required onNumber={(it) => set({ [name]: it })} />
            ))}
          </div>
        </fieldset>
        <details>
          <summary>More nutrients, servings, barcode</summary>
          <div className="form-grid">
            {MORE.map(([name, label]) => (
              <NumberField key={name} label={label} value={draft[name] ?? undefined} onNumber={(it) => set({ [name]: it ?? null })} />
            ))}
          </div>
          <ServingList servings={draft.servings ?? []} onChange={(servings) => set({ servings })} />
          <Field label="Barcode" value={draft.barcode ?? ""} inputMode="numeric" maxLength={64} onChange={(event) => set({ barcode: event.target.value || null })} />
          <Field label="Notes" value={draft.notes ?? ""} onChange={(event) => set({ notes: event.target.value || null })} />
        </details>
        <Button type="submit" kind="primary">Save</Button>
      </Form>
    </Dialog>
  );
}

function ServingList({ servings, onChange }: { servings: readonly Serving[]; onChange: (servings: Serving[]) => void }): ReactNode {
  const change = (at: number, fields: Partial<Serving>): void =>
    onChange(servings.map((it, index) => (index === at ? { ...it, ...fields } : it)));
  return (
    <fieldset>
      <legend>Servings</legend>
      {servings.map((serving, at) => (
        <div className="serving" key={at}>
          <Field label="Serving" placeholder="1 slice" value={serving.name} maxLength={200} onChange={(event) => change(at, { name: event.target.value })} />
          <NumberField label="Grams" value={serving.grams} onNumber={(it) => change(at, { grams: it ?? 0 })} />
          <IconButton icon="trash" label="Remove the serving" onClick={() => onChange(servings.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Button kind="quiet" icon="plus" onClick={() => onChange([...servings, { name: "", grams: 0 }])}>Serving</Button>
    </fieldset>
  );
}
