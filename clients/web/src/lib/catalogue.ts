/** Built-in foods and exercises: downloaded once, then offline; renewed in the background each day. */
import type { Serving } from "@trackforge/client";

export interface Nutrients {
  readonly energy_kcal?: number | null;
  readonly protein_g?: number | null;
  readonly carbs_g?: number | null;
  readonly fat_g?: number | null;
}

export interface CatalogueFood extends Nutrients {
  readonly id: string;
  readonly name: string;
  readonly servings?: readonly Serving[];
}

export interface CatalogueExercise {
  readonly id: string;
  readonly name: string;
  readonly category?: string | null;
  readonly equipment?: string | null;
  readonly primary_muscles?: readonly string[];
  readonly data?: { readonly instructions?: readonly string[] };
}

const CACHE = "catalogue";
const DAY_MS = 86_400_000;

/** Entries of one kind by id, from the cache or the server; a failure is tried again at the next call. */
class Kind<T extends { readonly id: string }> {
  readonly #path: string;
  #entries: Promise<ReadonlyMap<string, T>> | undefined;

  constructor(name: string) {
    this.#path = `/api/v1/catalogue/${name}`;
  }

  entries(): Promise<ReadonlyMap<string, T>> {
    this.#entries ??= this.#load().catch((error: unknown) => {
      this.#entries = undefined;
      throw error;
    });
    return this.#entries;
  }

  async #load(): Promise<ReadonlyMap<string, T>> {
    const cache = await caches.open(CACHE);
    const cached = await cache.match(this.#path, { ignoreVary: true });
    if (!cached) return mapOf(await this.#download(cache));
    const age = Date.now() - Date.parse(cached.headers.get("date") ?? "");
    if (!(age < DAY_MS)) void this.#download(cache).catch(() => undefined); // for the next start
    return mapOf(cached);
  }

  async #download(cache: Cache): Promise<Response> {
    const response = await fetch(this.#path, { cache: "no-cache" });
    if (!response.ok) throw new Error(`The catalogue cannot be loaded (${response.status}).`);
    await cache.put(this.#path, response.clone());
    return response;
  }
}

async function mapOf<T extends { readonly id: string }>(response: Response): Promise<ReadonlyMap<string, T>> {
  const { entries } = (await response.json()) as { entries: T[] };
  return new Map(entries.map((entry) => [entry.id, entry]));
}

export const builtInFoods = new Kind<CatalogueFood>("foods");
export const builtInExercises = new Kind<CatalogueExercise>("exercises");
