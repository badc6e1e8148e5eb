/** Plates on a barbell for a weight, in any unit. */
import { round } from "./round.ts";

/** Usual plates in kilograms. */
export const PLATES_KG: readonly number[] = [25, 20, 15, 10, 5, 2.5, 1.25];
/** Usual plates in pounds. */
export const PLATES_LB: readonly number[] = [45, 35, 25, 10, 5, 2.5];

/** Plates of each side of a barbell, and the weight with the bar. */
export interface PlateLoad {
  /** Plates of one side, the heaviest first. */
  readonly perSide: readonly number[];
  /** Weight of the bar with both sides. */
  readonly weight: number;
}

/**
 * Load nearest to a weight without exceeding it, of as few plates as possible, heavy ones first. `pairs` limits the
 * pairs of a plate; without it there are enough of all. Weights count to 0.01.
 */
export function plateLoad(
  target: number,
  bar: number,
  plates: readonly number[],
  pairs?: ReadonlyMap<number, number>,
): PlateLoad {
  const room = Math.max(round(((target - bar) * 100) / 2 - 0.25), 0);
  const best = new Map<number, readonly number[]>([[0, []]]);
  for (const plate of [...plates].sort((left, right) => right - left)) {
    const size = round(plate * 100);
    const fitting = Math.floor(room / size);
    const limit = pairs ? Math.min(pairs.get(plate) ?? 0, fitting) : fitting;
    const smaller = [...best]; // without those that this size adds
    for (const [load, chosen] of smaller) {
      for (let count = 1; count <= limit && load + count * size <= room; count++) {
        const known = best.get(load + count * size);
        const candidate = [...chosen, ...Array<number>(count).fill(plate)];
        if (!known || isBetter(candidate, known)) best.set(load + count * size, candidate);
      }
    }
  }
  const heaviest = Math.max(...best.keys());
  return { perSide: best.get(heaviest)!, weight: round(bar + (heaviest * 2) / 100, 2) };
}

function isBetter(left: readonly number[], right: readonly number[]): boolean {
  if (left.length !== right.length) return left.length < right.length;
  const at = left.findIndex((it, index) => it !== right[index]);
  return at >= 0 && left[at]! > right[at]!;
}
