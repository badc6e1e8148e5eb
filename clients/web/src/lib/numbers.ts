/** Numbers as people type and read them. */
import type { Units } from "@trackforge/client";

/** Number of a text with a decimal point or comma; undefined for an empty text, NaN for anything else. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim().replace(",", ".").replace("−", "-");
  if (trimmed === "") return undefined;
  return /^-?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : NaN;
}

/** Number with at most that many decimals, without trailing zeros. */
export function shown(value: number | null | undefined, decimals = 1): string {
  if (value === null || value === undefined) return "";
  return String(Number(value.toFixed(decimals)));
}

/** Whole number with thousands separated. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
}

/** Energy in the user's unit, such as `2 000 kcal`. */
export function energyText(units: Units, kilocalories: number): string {
  return `${whole(units.shownEnergy(kilocalories))} ${units.energy === "kj" ? "kJ" : "kcal"}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
