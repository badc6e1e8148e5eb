/** Trend of the body weight, by the server's formula (sync_server/progress/trends.py). */
import { daysBetween } from "./dates.ts";

export interface Weighing {
  readonly date: string;
  readonly value: number;
}

const DECAY_A_DAY = 0.9;

/** Moving average after each weighing, oldest first: `trend += (1 − 0.9^days) × (weight − trend)`. */
export function weightTrend(weighings: readonly Weighing[]): Weighing[] {
  let [trend, last] = [0, ""];
  return weighings.map(({ date, value }) => {
    trend = last === "" ? value : trend + (1 - DECAY_A_DAY ** daysBetween(last, date)) * (value - trend);
    last = date;
    return { date, value: trend };
  });
}

/** Slope of the least-squares line, per week; undefined with fewer than two days. */
export function slopeAWeek(points: readonly Weighing[]): number | undefined {
  if (points.length < 2) return undefined;
  const days = points.map((it) => daysBetween(points[0]!.date, it.date));
  const mean = (values: readonly number[]): number => values.reduce((sum, it) => sum + it, 0) / values.length;
  const [middle, height] = [mean(days), mean(points.map((it) => it.value))];
  const spread = days.reduce((sum, day) => sum + (day - middle) ** 2, 0);
  const product = points.reduce((sum, it, at) => sum + (days[at]! - middle) * (it.value - height), 0);
  return spread === 0 ? undefined : (7 * product) / spread;
}
