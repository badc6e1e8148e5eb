/** Plates on a barbell for a weight. */
import { useState, type ReactNode } from "react";
import { PLATES_KG, PLATES_LB, plateLoad } from "@trackforge/client";
import { useUnits } from "../lib/database.tsx";
import { useLocal } from "../lib/local_state.ts";
import { shown } from "../lib/numbers.ts";
import { NumberField } from "../ui/basics.tsx";
import { Dialog } from "../ui/dialog.tsx";

export function PlatesDialog({ weightKg, onClose }: { weightKg: number | undefined; onClose: () => void }): ReactNode {
  const units = useUnits();
  const isPounds = units.weight === "lb";
  const [bar, setBar] = useLocal(`bar:${units.weight}`, isPounds ? 45 : 20);
  const [target, setTarget] = useState(weightKg === undefined ? undefined : units.shownWeight(weightKg));
  const isKnown = target !== undefined && !Number.isNaN(target) && target <= 2000 && !Number.isNaN(bar);
  const load = isKnown ? plateLoad(target, bar, isPounds ? PLATES_LB : PLATES_KG) : undefined;
  return (
    <Dialog title="Plates" onClose={onClose}>
      <div className="form-grid">
        <NumberField label={`Weight in ${units.weight}`} value={target} onNumber={setTarget} />
        <NumberField label={`Bar in ${units.weight}`} value={bar} onNumber={(it) => setBar(it ?? 0)} />
      </div>
      {load && (
        <p role="status">
          {load.perSide.length > 0 ? <>On each side: <strong>{load.perSide.map((it) => shown(it)).join(" + ")}</strong></> : "The bar alone"}
          {load.weight !== target && <> makes {shown(load.weight)} {units.weight}</>}
        </p>
      )}
    </Dialog>
  );
}
