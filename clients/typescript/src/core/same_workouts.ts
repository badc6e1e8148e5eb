/** Workouts that were recorded more than once, by the server's rules (docs/reference/same-workouts.md). */
import { addDated, type Workout } from "./dated_workouts.ts";
import type { Fields } from "./json.ts";
import { RECORDERS, isCompatible, lengthOf, recordingOf, type Recording } from "./recording.ts";

const [MIN_SHARE, MIN_SHARE_OF_OTHERS] = [0.5, 0.8];
const [START_TOLERANCE_S, MAX_PAUSE_S] = [20 * 60, 10 * 60];
/** Recordings of a day that are compared: their number squared is the cost. */
const MAX_COMPARED = 100;

/**
 * Ids of the sessions of one day that do not count, each with the id of the one that does. Sessions
 * have their ids; `priority` is the profile's `source_priority.workouts`.
 */
export function sameWorkouts(
  sessions: readonly Fields[],
  setsOf: (session: Fields) => readonly Fields[],
  priority: readonly string[] = [],
): { [id: string]: string } {
  if (sessions.length < 2 || !sessions.some((it) => it["source"])) return {};
  const byRank = (left: Recording, right: Recording): number => compare(rank(left, priority), rank(right, priority));
  const compared = sessions.map((it) => recordingOf(it, setsOf(it))).sort(byRank).slice(0, MAX_COMPARED);
  const ordered = joined(compared).sort(byRank);
  const workouts: Workout[] = [];
  for (const one of ordered) if (one.start !== undefined) add(one, workouts);
  addDated(ordered.filter((it) => it.start === undefined), workouts);
  const found: { [id: string]: string } = {};
  for (const workout of workouts) {
    const [best, ...others] = workout.sort(byRank);
    for (const one of others) for (const id of [one.id, ...one.parts]) found[id] = best!.id;
  }
  return found;
}

/** Sessions of any days without those that do not count, of a workout that a better source recorded too. */
export function countedSessions<S extends Session, D extends { readonly session_id: string }>(
  sessions: readonly S[],
  sets: readonly D[],
  priority: readonly string[] = [],
): S[] {
  const recorded = new Set(sessions.filter((it) => it.source).map((it) => it.date));
  const byDay = grouped(sessions.filter((it) => recorded.has(it.date)), (it) => it.date);
  const days = [...byDay.values()].filter((it) => it.length > 1);
  const compared = new Set(days.flat().map((it) => it.id));
  const bySession = grouped(sets.filter((it) => compared.has(it.session_id)), (it) => it.session_id);
  const setsOf = (it: Fields): Fields[] => (bySession.get(String(it["id"])) ?? []) as unknown as Fields[];
  const same = new Set(days.flatMap((it) => Object.keys(sameWorkouts(it as unknown as Fields[], setsOf, priority))));
  return sessions.filter((it) => !same.has(it.id));
}

interface Session {
  readonly id: string;
  readonly date: string;
  readonly source?: string | null;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Adds a recording with a time to the workout that it overlaps most, else as a new one. */
function add(one: Recording, workouts: Workout[]): void {
  const shares = workouts.map((workout) => Math.max(...workout.map((other) => shareOf(one, other))));
  const greatest = Math.max(0, ...shares);
  if (greatest > 0) workouts[shares.indexOf(greatest)]!.push(one);
  else workouts.push([one]);
}

type Rank = readonly (number | string)[];

/** Rank of a recording; the lowest is the best. Its last part makes it unique. */
function rank(one: Recording, priority: readonly string[]): Rank {
  const names = [...priority, ...RECORDERS];
  const positions = [one.source, one.recorder].map((it) => names.indexOf(it)).filter((it) => it >= 0);
  const isTimed = one.start !== undefined && one.end !== undefined;
  const best = Math.min(names.length, ...positions);
  return [best, one.source ? 1 : 0, isTimed ? 0 : 1, -(lengthOf(one) ?? 0), one.source, one.id];
}

function compare(left: Rank, right: Rank): number {
  const place = left.findIndex((it, index) => it !== right[index]);
  return place < 0 ? 0 : left[place]! < right[place]! ? -1 : 1;
}

/** Recordings, with the parts of one that was paused as one: of a device, in short order. */
function joined(recordings: readonly Recording[]): Recording[] {
  const found: Recording[] = [];
  const last = new Map<string, number>();
  const key = (it: Recording): Rank => [it.start ?? 0, it.id];
  for (const one of [...recordings].sort((left, right) => compare(key(left), key(right)))) {
    const place = last.get(one.source);
    const before = place === undefined ? undefined : found[place]!;
    if (before && continues(one, before)) {
      const distanceM = (before.distanceM ?? 0) + (one.distanceM ?? 0) || undefined;
      found[place!] = { ...before, end: one.end, distanceM, parts: [...before.parts, one.id] };
    } else {
      last.set(one.source, found.push(one) - 1);
    }
  }
  return found;
}

function continues(one: Recording, before: Recording): boolean {
  if (!["watch", "phone"].includes(one.recorder) || one.family !== before.family) return false;
  if (one.start === undefined || one.end === undefined || before.end === undefined) return false;
  const pause = one.start - before.end;
  return pause >= 0 && pause <= MAX_PAUSE_S;
}

/**
 * Share of the shorter one during which both took place; 0 if they are not the same. Two of one
 * source are not: it records one at a time.
 */
function shareOf(one: Recording, other: Recording): number {
  if (one.start === undefined || other.start === undefined || one.source === other.source) return 0;
  const isAlike = isCompatible(one.family, other.family);
  if (one.end === undefined || other.end === undefined) {
    return isAlike && startsWithin(one.start, one.end, other.start, other.end) ? 1 : 0;
  }
  const shared = Math.min(one.end, other.end) - Math.max(one.start, other.start);
  const lengths = [one.end - one.start, other.end - other.start];
  const [shorter, longer] = [Math.min(...lengths), Math.max(...lengths)];
  if (shared <= 0 || shorter <= 0) return isAlike && one.start === other.start ? 1 : 0;
  const needed = isAlike ? MIN_SHARE * shorter : MIN_SHARE_OF_OTHERS * longer;
  return shared >= needed ? shared / shorter : 0;
}

/** True if both start together, or the one without an end starts within the other. */
function startsWithin(start: number, end: number | undefined, otherStart: number, otherEnd: number | undefined): boolean {
  if (Math.abs(start - otherStart) <= START_TOLERANCE_S) return true;
  if (end === undefined && otherEnd !== undefined) return otherStart <= start && start <= otherEnd;
  return otherEnd === undefined && end !== undefined && start <= otherStart && otherStart <= end;
}
