/** Drafts from photographs of menus, workout sheets and nutrition labels: `@trackforge/client/ocr`. */
import type { Client } from "./client.ts";
import type { Food, WorkoutSet } from "./contract/records.ts";
import { Retryable, TrackForgeError } from "./errors.ts";

/** A photograph: a JPEG, PNG or WebP, or a file of React Native by its address. */
export type Photograph = Blob | { readonly uri: string; readonly name: string; readonly type: string };

/** Left, top, right, bottom in pixels of the upright image. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** An own or a built-in food or exercise with a similar name: a suggestion, never a fact. */
export interface OcrMatch {
  /** Id of the food or exercise. */
  readonly id: string;
  /** Catalogue that it is of, such as `own`. */
  readonly source: string;
  /** Its name. */
  readonly name: string;
  /** Similarity, from 0 to 1. */
  readonly score: number;
}

/** Place of a draft in the photograph, and the engine's own estimate of its reading, from 0 to 1. */
export interface Seen {
  /** Confidence of the whole draft. */
  readonly confidence: number;
  /** Place of the whole draft. */
  readonly box: Box;
  /** Both of each field that was read. */
  readonly fields: { readonly [field: string]: { readonly confidence: number; readonly box: Box } };
}

/** A dish of a menu. */
export interface DishDraft extends Seen {
  /** Heading above it. */
  readonly section: string | null;
  /** Its name. */
  readonly name: string;
  /** Text below its name. */
  readonly description: string | null;
  /** Price in the currency. */
  readonly price: number | null;
  /** ISO 4217. */
  readonly currency: string | null;
  /** Energy in kilocalories. */
  readonly energy_kcal: number | null;
  /** Protein in grams. */
  readonly protein_g: number | null;
  /** Carbohydrate in grams. */
  readonly carbs_g: number | null;
  /** Fat in grams. */
  readonly fat_g: number | null;
  /** Foods with a similar name, the best first. */
  readonly matches: readonly OcrMatch[];
}

/** A set of a workout sheet. */
export interface SetDraft {
  /** Kind of set. */
  readonly kind: NonNullable<WorkoutSet["kind"]>;
  /** Repetitions. */
  readonly reps: number | null;
  /** Least repetitions of a range such as `8-10`. */
  readonly reps_min: number | null;
  /** Most repetitions of a range. */
  readonly reps_max: number | null;
  /** Load; negative is assistance. */
  readonly weight_kg: number | null;
  /** True if the load is added to the body's weight. */
  readonly bodyweight: boolean;
  /** Duration in seconds. */
  readonly duration_s: number | null;
  /** Distance in metres. */
  readonly distance_m: number | null;
  /** Rate of perceived exertion. */
  readonly rpe: number | null;
  /** Repetitions in reserve. */
  readonly rir: number | null;
  /** Rest in seconds. */
  readonly rest_s: number | null;
}

/** An exercise of a workout sheet with its sets. */
export interface ExerciseDraft extends Seen {
  /** Its name as written. */
  readonly exercise: string;
  /** Drafts with equal numbers form a superset. */
  readonly superset: number | null;
  /** Tempo, percentages and other remarks. */
  readonly notes: string | null;
  /** Its sets in their order. */
  readonly sets: readonly SetDraft[];
  /** Exercises with a similar name, the best first. */
  readonly matches: readonly OcrMatch[];
}

const NUTRIENTS = ["energy_kcal", "protein_g", "carbs_g", "fat_g", "fiber_g", "sugar_g", "saturated_fat_g", "sodium_mg"] as const;

/** The food of a nutrition label, per 100 g. */
export interface FoodDraft extends Seen, Readonly<Record<(typeof NUTRIENTS)[number], number | null>> {
  /** Always null: labels have no name, a person types it. */
  readonly name: string | null;
  /** The only barcode of the photograph. */
  readonly barcode: string | null;
  /** More nutrients, by their names in the nutrients of a food. */
  readonly nutrients: { readonly [name: string]: number };
  /** The printed size of a serving; a millilitre counts as a gram. */
  readonly servings: readonly { readonly name: string; readonly grams: number }[];
  /** Column that was read. */
  readonly basis: "100 g" | "100 ml" | "serving";
}

/** A barcode in the photograph, and the user's own foods that have it. */
export interface BarcodeRead {
  /** Its digits. */
  readonly barcode: string;
  /** Kind of barcode. */
  readonly format: "EAN-13" | "EAN-8" | "UPC-A" | "UPC-E";
  /** Own foods that have it: show them before another is stored. */
  readonly foods: readonly OcrMatch[];
}

/** What was read in a photograph: drafts for a person to confirm. */
export interface Read<T> {
  /** Id of the reading. */
  readonly id: string;
  /** Engine that read it. */
  readonly provider: string;
  /** Size of the upright image in pixels. */
  readonly image: { readonly width: number; readonly height: number };
  /** The drafts, from top to bottom. */
  readonly items: readonly T[];
  /** Lines that belong to no draft: a missing one may be among them. */
  readonly unread: readonly string[];
}

/** What was read in a nutrition label. */
export interface LabelRead extends Read<FoodDraft> {
  /** Barcodes in the photograph. */
  readonly barcodes: readonly BarcodeRead[];
}

/** State of a reading that has not ended. */
export interface OcrProgress {
  /** Readings before this one in the queue. */
  readonly ahead: number;
  /** Number of attempts. */
  readonly attempts: number;
}

/** Options of a reading. */
export interface ReadOptions {
  /** Cancels the reading: its promise rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called while the reading waits or runs. */
  readonly onProgress?: (progress: OcrProgress) => void;
  /** Milliseconds between questions to the server (500). */
  readonly pollMs?: number;
  /** Milliseconds after which the reading counts as too slow (180,000). */
  readonly timeoutMs?: number;
}

const BETTER = "Take another photograph with more light, straight from above.";
const FAILURES = {
  not_a_menu: "This is a receipt: photograph the menu itself.",
  not_a_label: "This is a receipt: photograph the nutrition label itself.",
  too_slow: "Reading the photograph takes too long. Send a part of it, or try again later.",
  reader_died: `The photograph could not be read. ${BETTER}`,
  given_up: `The photograph could not be read. ${BETTER}`,
  image_gone: "The server has the photograph no more: send it again.",
  cancelled: "The reading was cancelled: send the photograph again.",
};

/** Code of a failed reading. */
export type OcrFailure = keyof typeof FAILURES;

/** A photograph that could not be read; the message says what its user can do. */
export class NotRead extends TrackForgeError {
  /** Code of the failure. */
  readonly failure: OcrFailure;

  constructor(failure: OcrFailure) {
    super(FAILURES[failure] ?? FAILURES.given_up);
    this.failure = failure;
  }
}

/**
 * Dishes of a menu. Throws `NotRead`, `RequestRejected` for an image that the server does not accept,
 * and `Offline` or `Unavailable`: then send the same photograph again, it is not read twice.
 */
export function readMenu(db: Client, photograph: Photograph, options?: ReadOptions): Promise<Read<DishDraft>> {
  return read(db, "menu", photograph, options);
}

/** Exercises of a workout sheet with their sets. Throws as `readMenu` does. */
export function readWorkout(db: Client, photograph: Photograph, options?: ReadOptions): Promise<Read<ExerciseDraft>> {
  return read(db, "workout", photograph, options);
}

/** Food of a nutrition label, and the barcodes beside it. Throws as `readMenu` does. */
export function readLabel(db: Client, photograph: Photograph, options?: ReadOptions): Promise<LabelRead> {
  return read(db, "label", photograph, options);
}

/** Fields of a confirmed food, without its name: `db.foods.put({ ...foodFields(draft), name })`. */
export function foodFields(draft: FoodDraft): Omit<Food, "name"> {
  const { barcode, nutrients, servings } = draft;
  const known = NUTRIENTS.flatMap((it) => (draft[it] === null ? [] : [[it, draft[it]]]));
  const more = {
    ...(barcode !== null && { barcode }),
    ...(Object.keys(nutrients).length > 0 && { nutrients }),
    ...(servings.length > 0 && { servings: [...servings] }),
  };
  // Amounts that the label lacks and a food must have are zero until a person has typed them.
  return { energy_kcal: 0, protein_g: 0, carbs_g: 0, fat_g: 0, ...Object.fromEntries(known), ...more };
}

/** Fields of a confirmed set; of a range of repetitions the greater number. */
export function setFields(draft: SetDraft): Partial<WorkoutSet> {
  const { kind, reps, reps_max, weight_kg, duration_s, distance_m, rpe, rir, rest_s } = draft;
  const fields = { kind, reps: reps ?? reps_max, weight_kg, duration_s, distance_m, rpe, rir, rest_s };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}

interface Job {
  readonly id: string;
  readonly state: "queued" | "reading" | "done" | "failed" | "cancelled";
  readonly progress: OcrProgress;
  readonly failure: OcrFailure | null;
  readonly result: unknown;
}

async function read<T>(db: Client, kind: string, photograph: Photograph, options: ReadOptions = {}): Promise<T> {
  const { signal, onProgress, pollMs = 500, timeoutMs = 180_000 } = options;
  signal?.throwIfAborted();
  const form = new FormData();
  form.append("image", photograph as Blob);
  let job = (await db.request("POST", `/ocr/${kind}`, form, { Prefer: "respond-async" })) as Job | (T & { items: unknown });
  for (const startedAt = Date.now(); ; job = await later(db, job, pollMs)) {
    if ("items" in job) return job; // this photograph was read before
    if (job.result) return job.result as T;
    if (job.state === "failed" || job.state === "cancelled") throw new NotRead(job.failure ?? "cancelled");
    const isLate = Date.now() - startedAt > timeoutMs;
    if (isLate || signal?.aborted) await cancel(db, job);
    signal?.throwIfAborted();
    if (isLate) throw new NotRead("too_slow");
    onProgress?.(job.progress);
  }
}

/** The job after a pause; as it was if the network is away. */
async function later(db: Client, job: Job, pollMs: number): Promise<Job> {
  await new Promise((resolve) => setTimeout(resolve, pollMs));
  try {
    return (await db.request("GET", `/ocr/jobs/${job.id}`)) as Job;
  } catch (error) {
    if (error instanceof Retryable) return job;
    throw error;
  }
}

/** Cancels the job on the server, which deletes it after a day in any case. */
async function cancel(db: Client, job: Job): Promise<void> {
  try {
    await db.request("DELETE", `/ocr/jobs/${job.id}`);
  } catch (error) {
    if (!(error instanceof TrackForgeError)) throw error;
  }
}
