/** Marks of a chart's axis. */

/** Two to seven round values from at most `low` to at least `high`. */
export function ticksOf(low: number, high: number): number[] {
  const spread = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(spread / 3));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => spread / it <= 4)!;
  const ticks: number[] = [];
  const decimals = Math.max(-Math.floor(Math.log10(step)), 0);
  for (let at = Math.floor(low / step); at <= Math.ceil(high / step); at++) ticks.push(Number((at * step).toFixed(decimals)));
  if (ticks.length === 1) return [-1, 0, 1].map((it) => Number((ticks[0]! + it * step).toFixed(decimals)));
  return ticks;
}
