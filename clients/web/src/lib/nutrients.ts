/** Names and units of nutrients, as people read them. */

const NAMES: { readonly [name: string]: string } = {
  energy_kcal: "Energy", protein_g: "Protein", carbs_g: "Carbohydrate", fat_g: "Fat", fiber_g: "Fibre", sugar_g: "Sugar",
  saturated_fat_g: "Saturated fat", sodium_mg: "Sodium", water_ml: "Water drunk", water_g: "Water in food",
};

/** Macros are shown elsewhere on the day. */
export const MACROS: ReadonlySet<string> = new Set(["energy_kcal", "protein_g", "carbs_g", "fat_g"]);

/** `Vitamin C` of `vitamin_c_mg`. */
export function nutrientName(name: string): string {
  const words = name.slice(0, name.lastIndexOf("_")).replaceAll("_", " ");
  const text = words.replace(/^(vitamin) (.+)$/, (_, first: string, rest: string) => `${first} ${rest.toUpperCase()}`);
  return NAMES[name] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

/** `mg`, `µg`, … */
export function nutrientUnit(name: string): string {
  return name.slice(name.lastIndexOf("_") + 1).replace("ug", "µg");
}
