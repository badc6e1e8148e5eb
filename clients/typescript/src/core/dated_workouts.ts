/** Recordings with a day and no time, matched with the workouts of that day. */
import { isSimilar, lengthOf, type Recording } from "./recording.ts";

/** Recordings of one workout. */
export type Workout = Recording[];

/** Ratios of lengths and of distances, at most; the second where nothing else is to choose from. */
const [MAX_RATIO, MAX_RATIO_OF_ONE] = [1.35, 2];

/**
 * Adds recordings to the most similar workouts that their source lacks, else as new ones. Those whose
 * family is known go first. Of the others one is added if a single workout is left that may be it.
 */
export function addDated(dated: readonly Recording[], workouts: Workout[]): void {
  const sources = [...new Set(dated.map((it) => it.source))].sort();
  for (const source of sources) {
    const left = new Set(dated.filter((it) => it.source === source));
    const known = [...left].filter((it) => it.family !== undefined);
    for (const [one, workout] of pairs(known, workouts)) {
      workout.push(one);
      left.delete(one);
    }
    const [unknown, ...more] = [...left].filter((it) => it.family === undefined);
    const [workout, ...others] = unknown && more.length === 0 ? candidates(unknown, workouts) : [];
    if (workout && others.length === 0) {
      workout.push(unknown!);
      left.delete(unknown!);
    }
    workouts.push(...[...left].map((it) => [it]));
  }
}

/** Pairs of recordings and workouts, the most similar first, each used once. */
function pairs(dated: readonly Recording[], workouts: readonly Workout[]): [Recording, Workout][] {
  const possible = dated.flatMap((one) => workouts.filter((it) => mayBe(one, it)).map((it) => [one, it] as const));
  const scored = possible.flatMap(([one, workout]) => {
    const rivals = possible.filter(([other, it]) => other === one || it === workout).length;
    const difference = differenceOf(one, workout, rivals === 1 ? MAX_RATIO_OF_ONE : MAX_RATIO);
    return difference === undefined ? [] : [{ one, workout, difference, isLogged: isLogged(workout) }];
  });
  // The sort is stable: of equal ones the first recording and the first workout come first.
  scored.sort((left, right) => Number(left.isLogged) - Number(right.isLogged) || left.difference - right.difference);
  const found = new Map<Recording, Workout>();
  const used = new Set<Workout>();
  for (const { one, workout } of scored) {
    if (found.has(one) || used.has(workout)) continue;
    found.set(one, workout);
    used.add(workout);
  }
  return [...found];
}

function mayBe(one: Recording, workout: Workout): boolean {
  return lacks(workout, one) && workout.some((it) => it.family !== undefined && isSimilar(it.family, one.family ?? ""));
}

/** Workouts that a recording without a family may be; never walks, which phones record alone. */
function candidates(one: Recording, workouts: readonly Workout[]): Workout[] {
  const possible = workouts.filter((it) => lacks(it, one) && it.some((each) => each.family !== "walking"));
  const limit = possible.length === 1 ? MAX_RATIO_OF_ONE : MAX_RATIO;
  return possible.filter((it) => differenceOf(one, it, limit) !== undefined);
}

/** True if the source has no recording of the workout. */
function lacks(workout: Workout, one: Recording): boolean {
  return workout.every((it) => it.source !== one.source);
}

/** True for a workout that was logged by a person, who seldom logs it twice. */
function isLogged(workout: Workout): boolean {
  return workout.some((it) => it.recorder === "hand" || it.recorder === "app");
}

/** Difference of lengths and distances to the closest recording; undefined if it is too great. */
function differenceOf(one: Recording, workout: Workout, limit: number): number | undefined {
  const found = workout.map((other) => distanceOf(one, other, limit)).filter((it) => it !== undefined);
  return found.length > 0 ? Math.min(...found) : undefined;
}

function distanceOf(one: Recording, other: Recording, limit: number): number | undefined {
  let total = 0;
  for (const [value, otherValue] of [[lengthOf(one), lengthOf(other)], [one.distanceM, other.distanceM]]) {
    if (!value || !otherValue || Math.min(value, otherValue) <= 0) continue;
    const ratio = Math.abs(Math.log(value / otherValue));
    if (ratio > Math.log(limit)) return undefined;
    total += ratio;
  }
  return total;
}
