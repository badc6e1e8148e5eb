/** Display units: records are metric, this module converts for screens and input. */
import { round } from "./round.ts";
import type { Profile } from "../contract/records.ts";

export const KG_PER_LB = 0.45359237;
export const CM_PER_INCH = 2.54;
export const KJ_PER_KCAL = 4.184;
const INCHES_PER_FOOT = 12;
const STORED_DECIMALS = 2;
const FEET = /^\s*(\d+)\s*(?:'|ft|′)\s*(?:(\d+(?:[.,]\d+)?)\s*(?:"|''|in|″)?)?\s*$/i;

/** Units of a profile, metric by default. `shown…` convert for the screen, `stored…` an input. */
export class Units {
  readonly weight: "kg" | "lb";
  readonly height: "cm" | "in";
  readonly energy: "kcal" | "kj";

  constructor(units: { weight?: "kg" | "lb"; height?: "cm" | "in"; energy?: "kcal" | "kj" } = {}) {
    this.weight = units.weight ?? "kg";
    this.height = units.height ?? "cm";
    this.energy = units.energy ?? "kcal";
  }

  /** Units of a profile; metric without one. */
  static of(profile: Profile | null | undefined): Units {
    return new Units({
      weight: profile?.weight_unit ?? "kg",
      height: profile?.height_unit ?? "cm",
      energy: profile?.energy_unit ?? "kcal",
    });
  }

  /** Kilograms in the user's unit, to 0.1. */
  shownWeight(kilograms: number): number {
    return round(this.weight === "lb" ? kilograms / KG_PER_LB : kilograms, 1);
  }

  /** Input in the user's unit as kilograms, to 0.01. */
  storedWeight(typed: number): number {
    return stored(this.weight === "lb" ? typed * KG_PER_LB : typed);
  }

  /** Centimetres in the user's unit, to 0.1. */
  shownHeight(centimetres: number): number {
    return round(this.height === "in" ? centimetres / CM_PER_INCH : centimetres, 1);
  }

  /** Input as centimetres; `5'11"` is feet and inches in any unit. */
  storedHeight(typed: number | string): number {
    if (typeof typed === "string") {
      const feet = FEET.exec(typed);
      if (feet) {
        const inches = Number((feet[2] ?? "0").replace(",", "."));
        return stored((Number(feet[1]) * INCHES_PER_FOOT + inches) * CM_PER_INCH);
      }
      typed = typed.trim() ? Number(typed.replace(",", ".")) : NaN;
    }
    return stored(this.height === "in" ? typed * CM_PER_INCH : typed);
  }

  /** Kilocalories in the user's unit; kilojoules are whole. */
  shownEnergy(kilocalories: number): number {
    return this.energy === "kj" ? round(kilocalories * KJ_PER_KCAL) : round(kilocalories, 1);
  }

  /** Input in the user's unit as kilocalories, to 0.01. */
  storedEnergy(typed: number): number {
    return stored(this.energy === "kj" ? typed / KJ_PER_KCAL : typed);
  }

  /** Weight as text, such as `81.4 kg`. */
  weightText(kilograms: number): string {
    return `${this.shownWeight(kilograms)} ${this.weight}`;
  }

  /** Height as text, such as `180 cm` or `5'11"`. */
  heightText(centimetres: number): string {
    if (this.height === "cm") return `${this.shownHeight(centimetres)} cm`;
    const inches = round(centimetres / CM_PER_INCH);
    return `${Math.floor(inches / INCHES_PER_FOOT)}'${inches % INCHES_PER_FOOT}"`;
  }

  /** Energy as text, such as `2000 kcal`. */
  energyText(kilocalories: number): string {
    return `${round(this.shownEnergy(kilocalories))} ${this.energy === "kj" ? "kJ" : "kcal"}`;
  }
}

function stored(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number.`);
  return round(value, STORED_DECIMALS);
}
