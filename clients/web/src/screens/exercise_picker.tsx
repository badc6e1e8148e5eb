/** Choice of an exercise: search, those done before, or a new one. */
import { useState, type ReactNode } from "react";
import type { Exercise } from "@trackforge/client";
import { useDb } from "../lib/database.tsx";
import { useExerciseIndex } from "../lib/exercises.ts";
import { Button, Field, Form, Select } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";

export function ExercisePicker({ onChoose, onClose }: { onChoose: (id: string) => void; onClose: () => void }): ReactNode {
  const [text, setText] = useState("");
  const [isNew, setNew] = useState(false);
  const index = useExerciseIndex();
  const found = index.search(text, 50);
  if (isNew) return <NewExercise name={text.trim()} onSaved={onChoose} onClose={onClose} />;
  return (
    <Dialog title="Add exercise" onClose={onClose}>
      <div className="search">
        <Icon name="search" />
        <input type="search" aria-label="Search exercises" placeholder="Search exercises" value={text} autoFocus onChange={(event) => setText(event.target.value)} />
      </div>
      <ul className="rows scrolling" aria-label="Exercises found">
        {found.map((it) => (
          <li key={it.id}>
            <button type="button" className="row" onClick={() => onChoose(it.id)}>
              <span className="row-text">
                <span>{it.name}</span>
                <small>{[it.primary_muscles?.join(", "), it.equipment].filter(Boolean).join(" · ")}</small>
              </span>
              <Icon name="plus" />
            </button>
          </li>
        ))}
        {found.length === 0 && <li className="quiet pad">No exercise has this name.</li>}
      </ul>
      <Button icon="plus" onClick={() => setNew(true)}>New exercise{text.trim() && ` “${text.trim()}”`}</Button>
    </Dialog>
  );
}

const CATEGORIES = [
  ["strength", "Strength"], ["cardio", "Cardio"], ["stretching", "Stretching"], ["plyometrics", "Plyometrics"], ["other", "Other"],
] as const;

const EQUIPMENT = ["", "barbell", "dumbbell", "machine", "cable", "kettlebells", "bands", "body only", "other"];

function NewExercise({ name, onSaved, onClose }: { name: string; onSaved: (id: string) => void; onClose: () => void }): ReactNode {
  const db = useDb();
  const save = async (data: FormData): Promise<void> => {
    const text = (key: string): string => String(data.get(key) ?? "").trim();
    const muscles = text("muscles").split(",").map((it) => it.trim().toLowerCase()).filter(Boolean);
    const id = await db.exercises.put({
      name: text("name"),
      category: text("category") as NonNullable<Exercise["category"]>,
      ...(text("equipment") && { equipment: text("equipment") }),
      ...(muscles.length > 0 && { primary_muscles: muscles }),
    });
    onSaved(id);
  };
  return (
    <Dialog title="New exercise" onClose={onClose}>
      <Form onSubmit={save}>
        <Field label="Name" name="name" defaultValue={name} required maxLength={500} autoFocus />
        <div className="form-grid">
          <Select label="Category" name="category" options={CATEGORIES} />
          <Select label="Equipment" name="equipment" options={EQUIPMENT.map((it) => [it, it || "–"] as const)} />
        </div>
        <Field label="Muscles, separated by commas" name="muscles" placeholder="chest, triceps" />
        <Button type="submit" kind="primary">Save</Button>
      </Form>
    </Dialog>
  );
}
