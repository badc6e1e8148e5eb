/** Streaks of days and weeks, by the server's formula (sync_server/progress/streaks.py). */
import { daysBetween } from "./dates.ts";

export interface Streak {
  readonly current: number;
  readonly longest: number;
}

/**
 * Consecutive periods of `step` days, given by their first days. The current streak ends with the
 * period of `asOf` or the one before, since that is not over.
 */
export function streakOf(days: Iterable<string>, asOf: string, step: 1 | 7): Streak {
  let [longest, length, last] = [0, 0, ""];
  for (const day of [...new Set(days)].filter((it) => it <= asOf).sort()) {
    length = last !== "" && daysBetween(last, day) === step ? length + 1 : 1;
    longest = Math.max(longest, length);
    last = day;
  }
  const current = last !== "" && daysBetween(last, asOf) <= step ? length : 0;
  return { current, longest };
}
