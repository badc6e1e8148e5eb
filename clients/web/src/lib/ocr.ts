/** Reading of photographs: a job on the server, and the drafts that it makes. */
import type { Database, WorkoutSet } from "@trackforge/client";

export type Kind = "menu" | "workout" | "label";

export interface OcrMatch {
  readonly id: string;
  readonly name: string;
  readonly score: number;
}

export interface Dish {
  readonly name: string;
  readonly energy_kcal: number | null;
  readonly protein_g: number | null;
  readonly carbs_g: number | null;
  readonly fat_g: number | null;
  readonly matches: readonly OcrMatch[];
}

const NUTRIENTS = ["energy_kcal", "protein_g", "carbs_g", "fat_g", "fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg"] as const;

/** Food of a nutrition label, per 100 g. */
export type LabelFood = { readonly [name in (typeof NUTRIENTS)[number]]: number | null } & {
  readonly barcode: string | null;
  readonly nutrients: Record<string, number>;
  readonly servings: readonly { readonly name: string; readonly grams: number }[];
};

/** Fields of a food that a label has, besides its energy and macros, which a person confirms. */
export function labelFields(food: LabelFood): object {
  const known = NUTRIENTS.slice(4).flatMap((it) => (food[it] === null ? [] : [[it, food[it]]]));
  return {
    ...Object.fromEntries(known),
    ...(food.barcode !== null && { barcode: food.barcode }),
    ...(Object.keys(food.nutrients).length > 0 && { nutrients: food.nutrients }),
    ...(food.servings.length > 0 && { servings: food.servings }),
  };
}

export interface BarcodeRead {
  readonly barcode: string;
  readonly foods: readonly OcrMatch[];
}

export interface SetDraft {
  readonly kind: NonNullable<WorkoutSet["kind"]>;
  readonly reps: number | null;
  readonly reps_max: number | null;
  readonly weight_kg: number | null;
  readonly duration_s: number | null;
  readonly distance_m: number | null;
  readonly rpe: number | null;
  readonly rir: number | null;
}

export interface ExerciseDraft {
  readonly exercise: string;
  readonly notes: string | null;
  readonly sets: readonly SetDraft[];
  readonly matches: readonly OcrMatch[];
}

export interface Read<T> {
  readonly items: readonly T[];
  readonly barcodes?: readonly BarcodeRead[];
  readonly unread: readonly string[];
}

export type Draft = Dish & ExerciseDraft & LabelFood;

interface Job {
  readonly id: string;
  readonly state: "queued" | "reading" | "done" | "failed" | "cancelled";
  readonly failure: string | null;
  readonly result: Read<Draft> | null;
}

const POLL_MS = 1000;
const MAX_POLLS = 180;

/** Drafts of a photograph; throws an error in words if it cannot be read. */
export async function readPhoto(db: Database, kind: Kind, photo: Blob): Promise<Read<Draft>> {
  const form = new FormData();
  form.set("image", photo);
  let answer = (await db.request("POST", `/ocr/${kind}`, form, { Prefer: "respond-async" })) as Job | Read<Draft>;
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    if ("items" in answer) return answer;
    if (answer.result) return answer.result;
    if (answer.failure?.startsWith("not_a_")) throw new Error("This is a receipt: photograph the menu or the label itself.");
    if (answer.state === "failed" || answer.state === "cancelled") throw new Error("The photo could not be read. Try one with more light, straight from above.");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    answer = (await db.request("GET", `/ocr/jobs/${answer.id}`)) as Job;
  }
  throw new Error("Reading the photo takes too long: try again later. The server keeps it for a day.");
}

const MAX_EDGE = 2400;

/** Photograph of at most 2400 pixels, so that a slow network carries it. */
export async function shrunk(file: Blob): Promise<Blob> {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, MAX_EDGE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size < 4_000_000 && /jpeg|png|webp/.test(file.type)) return file;
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  } catch {
    return file; // the server says what is wrong with it
  }
}
