/** The local database of the app, its profile and units, for all screens. */
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { Units, open, type Database, type DayView, type Profile, type Stored } from "@trackforge/client";
import { indexedDb } from "@trackforge/client/indexeddb";
import { useQuery } from "@trackforge/client/react";
import { APP_VERSION } from "./app_version.ts";
import { builtInExercises, builtInFoods, type CatalogueExercise, type CatalogueFood } from "./catalogue.ts";

export const DATABASE_NAME = "logbook";

const Context = createContext<Database | undefined>(undefined);

export function openDatabase(): Promise<Database> {
  return open({ url: location.origin, storage: indexedDb(DATABASE_NAME), appVersion: APP_VERSION });
}

export function DatabaseProvider({ db, children }: { db: Database; children: ReactNode }): ReactNode {
  return <Context.Provider value={db}>{children}</Context.Provider>;
}

export function useDb(): Database {
  return useContext(Context)!;
}

/** Profile of the user; undefined until it is read or while there is none. */
export function useProfile(): Stored<Profile> | undefined {
  return useQuery(useDb().profile.query())?.[0];
}

export function useUnits(): Units {
  return Units.of(useProfile());
}

/** Value of a promise; undefined until it resolves, or if it fails. */
export function usePromise<T>(make: () => Promise<T>, dependencies: readonly unknown[]): T | undefined {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    let isCurrent = true;
    make().then((it) => isCurrent && setValue(it), () => undefined);
    return () => {
      isCurrent = false;
    };
  }, dependencies);
  return value;
}

export function useBuiltInFoods(): ReadonlyMap<string, CatalogueFood> | undefined {
  return usePromise(() => builtInFoods.entries(), []);
}

export function useBuiltInExercises(): ReadonlyMap<string, CatalogueExercise> | undefined {
  return usePromise(() => builtInExercises.entries(), []);
}

/** View of a day, computed on this device; again when something in it may have changed. */
export function useDay(date: string): DayView | undefined {
  const db = useDb();
  const foods = useBuiltInFoods();
  const exercises = useBuiltInExercises();
  const sessions = useQuery(db.workout_sessions.where({ date }));
  const ids = sessions?.map((it) => it.id) ?? [];
  const records = [
    sessions, useQuery(db.profile.query()),
    useQuery(db.workout_sets.where("session_id", "in", ids)), useQuery(db.food_logs.where({ date })),
    useQuery(db.body_metrics.where({ date })), useQuery(db.diet_plans.query()), useQuery(db.meals.query()),
    useQuery(db.meal_items.query()), useQuery(db.foods.query()), useQuery(db.exercises.query()),
    useQuery(db.water_logs.where({ date })), useQuery(db.nutrient_targets.query()),
  ];
  // Once for all tables: each would compute the view anew while the app starts.
  const isRead = records.every((it) => it !== undefined);
  const lookups = {
    food: (id: string) => foods?.get(id) as never,
    equipment: (id: string) => exercises?.get(id)?.equipment,
  };
  // Until then what was shown stays: a new workout makes another query of sets.
  const view = (): Promise<DayView> =>
    isRead ? db.day(date, lookups, { nutrients: true }) : new Promise(() => undefined);
  return usePromise(view, [db, date, foods, exercises, isRead, ...records]);
}
