/** View of a day from the records of this device; a module of its own, loaded at its first use. */
import { dayView, type DayLookups, type DayOptions, type DayView } from "../core/day_view.ts";
import type { Fields } from "../core/json.ts";
import type { Transaction } from "../storage/transaction.ts";
import { dayRecords } from "./day_records.ts";
import { rowOf, visibleState } from "./records.ts";

export function localDay(
  tx: Transaction,
  date: string,
  { lookups, options, nowUs }: { lookups: Partial<DayLookups>; options: DayOptions; nowUs: number },
): DayView {
  const own = (name: string, id: string): Fields | undefined => {
    const state = visibleState(rowOf(tx, name, id));
    return state && !state.deleted ? state.data : undefined;
  };
  const all: DayLookups = {
    food: (id) => own("foods", id) ?? lookups.food?.(id),
    equipment: (id) => own("exercises", id)?.["equipment"] ?? lookups.equipment?.(id),
  };
  return dayView(date, dayRecords(tx, date, nowUs), all, options);
}
