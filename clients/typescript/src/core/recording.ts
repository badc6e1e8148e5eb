/** Recordings of workouts by watches, phones, apps and people, as they are compared. */
import { CONFUSED, FAMILY_PARTS, FAMILY_WORDS, SIMILAR } from "../contract/activities.ts";
import type { Fields } from "./json.ts";

/** Recorders in their default order: those who log sets come first. */
export const RECORDERS = ["hand", "app", "watch", "phone"];

/** Workout session of one source, which is empty for the user's hand. Times are seconds. */
export interface Recording {
  readonly id: string;
  readonly source: string;
  readonly recorder: string;
  readonly family: string | undefined;
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Sums of the sets; undefined if they have none. */
  readonly lengthS: number | undefined;
  readonly distanceM: number | undefined;
  /** Ids of recordings that were joined to this one. */
  readonly parts: readonly string[];
}

export function recordingOf(session: Fields, sets: readonly Fields[]): Recording {
  const source = text(session["source"]);
  const exercises = sets.map((it) => text(it["exercise_name"]));
  const isLifted = sets.some((it) => Boolean(it["reps"]));
  return {
    id: text(session["id"]),
    source,
    recorder: source ? text(session["recorded_by"]) || "app" : "hand",
    family: isLifted ? "strength" : familyOf(text(session["name"]), exercises),
    start: seconds(session["started_at"]),
    end: seconds(session["ended_at"]),
    lengthS: sum(sets, "duration_s"),
    distanceM: sum(sets, "distance_m"),
    parts: [],
  };
}

/** Length in seconds, above 0; that of timed sets of strength says little. */
export function lengthOf({ start, end, family, lengthS }: Recording): number | undefined {
  if (start !== undefined && end !== undefined) return end > start ? end - start : undefined;
  return family === "strength" ? undefined : lengthS;
}

/** True if two recordings of these families at one time may be of one workout. */
export function isCompatible(family: string | undefined, other: string | undefined): boolean {
  return family === undefined || other === undefined || family === other || isPair(CONFUSED, family, other);
}

/** True if two recordings of these families on one day may be of one workout. */
export function isSimilar(family: string, other: string): boolean {
  return family === other || isPair(SIMILAR, family, other);
}

function isPair(pairs: readonly (readonly string[])[], one: string, other: string): boolean {
  return pairs.some((it) => it.includes(one) && it.includes(other));
}

/** Family of a workout, undefined if its words name none or several. */
function familyOf(name: string, exercises: readonly string[]): string | undefined {
  const named = familiesOf(name);
  if (named.size === 1) return [...named][0];
  const done = [...new Set(exercises.flatMap((it) => [...familiesOf(it)]))];
  const found = named.size > 0 ? done.filter((it) => named.has(it)) : done;
  return found.length === 1 ? found[0] : undefined;
}

function familiesOf(name: string): Set<string> {
  const lower = name.toLowerCase().replaceAll("ß", "ss"); // as Python's casefold
  const found = new Set<string>();
  for (const word of lower.match(/[\p{L}\p{N}]+/gu) ?? []) {
    for (const [family, words] of Object.entries(FAMILY_WORDS)) if (words.includes(word)) found.add(family);
  }
  for (const [part, family] of Object.entries(FAMILY_PARTS)) if (lower.includes(part)) found.add(family);
  if (found.has("walking")) found.delete("foot"); // a walk on a trail is a walk
  return found;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function seconds(value: unknown): number | undefined {
  return value ? Date.parse(text(value)) / 1000 : undefined;
}

function sum(sets: readonly Fields[], name: string): number | undefined {
  return sets.reduce((total, it) => total + (Number(it[name]) || 0), 0) || undefined;
}
