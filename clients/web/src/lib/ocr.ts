/** Reading of photographs by their kind, and photographs that a slow network carries. */
import { readLabel, readMenu, readWorkout, type BarcodeRead, type DishDraft, type ExerciseDraft, type FoodDraft } from "@trackforge/client/ocr";
import type { Database } from "@trackforge/client";

export type Kind = "menu" | "workout" | "label";

/** Drafts of a photograph; those of the kinds that it is not are empty. */
export interface Drafts {
  readonly dishes: readonly DishDraft[];
  readonly exercises: readonly ExerciseDraft[];
  readonly foods: readonly FoodDraft[];
  readonly barcodes: readonly BarcodeRead[];
}

const NONE: Drafts = { dishes: [], exercises: [], foods: [], barcodes: [] };

/** Drafts of a photograph; throws an error in words if it cannot be read. */
export async function readPhoto(db: Database, kind: Kind, photo: Blob): Promise<Drafts> {
  if (kind === "menu") return { ...NONE, dishes: (await readMenu(db, photo)).items };
  if (kind === "workout") return { ...NONE, exercises: (await readWorkout(db, photo)).items };
  const { items: foods, barcodes } = await readLabel(db, photo);
  return { ...NONE, foods, barcodes };
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
