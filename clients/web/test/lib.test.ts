/** Pure modules: search, dates, trend, records, plans. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, clockText, dateTitle, durationText, isDate, weekOf, weekday } from "../src/lib/dates.ts";
import { copyOf, logOf, recentFoods, slotOf, type Log } from "../src/lib/food.ts";
import { nutrientName, nutrientUnit } from "../src/lib/nutrients.ts";
import { counted, energyText, parseNumber, shown, whole } from "../src/lib/numbers.ts";
import { plannedSets } from "../src/lib/next_sets.ts";
import { canRevise, copiedWeek, revisePlan, shoppingList, type WholePlan } from "../src/lib/plan_copies.ts";
import { streakOf } from "../src/lib/streaks.ts";
import { plannedItems, slotOfMeal } from "../src/lib/plan.ts";
import { plannedDay, prescription } from "../src/lib/program.ts";
import { SearchIndex } from "../src/lib/search.ts";
import { exerciseRecords, lastTime, oneRepMax, setVolume, type DoneSet, type Session } from "../src/lib/training.ts";
import { slopeAWeek, weightTrend } from "../src/lib/trend.ts";
import { ticksOf } from "../src/lib/ticks.ts";
import { ago } from "../src/lib/moments.ts";

test("energy has its thousands apart, in the user's unit", () => {
  const units = (energy: "kcal" | "kj") => ({ energy, shownEnergy: (it: number) => it * (energy === "kj" ? 4.184 : 1) }) as never;
  assert.equal(energyText(units("kcal"), 1902.4), "1\u202f902 kcal");
  assert.equal(energyText(units("kj"), 100), "418 kJ");
});

test("days of a calendar have no time zone", () => {
  assert.equal(addDays("2026-03-29", 1), "2026-03-30"); // clocks change in Europe
  assert.equal(addDays("2026-01-01", -1), "2025-12-31");
  assert.equal(weekday("2026-11-23"), 1);
  assert.equal(weekOf("2026-11-29"), "2026-11-23");
  assert.equal(weekOf("2026-11-28", 7), "2026-11-22");
  assert.deepEqual(["2026-02-29x", "2026-13-01", "2026-11-23"].map(isDate), [false, false, true]);
  assert.equal(dateTitle("2026-11-22", "2026-11-23"), "Yesterday");
  assert.equal(durationText(3900), "1 h 05 min");
  assert.equal(clockText(90), "1:30");
});

test("numbers are read with a point or a comma, and nothing else", () => {
  assert.equal(parseNumber(" 82,5 "), 82.5);
  assert.equal(parseNumber(""), undefined);
  for (const text of ["1e5", "0x10", "1.2.3", "abc", "-"]) assert.ok(Number.isNaN(parseNumber(text)), text);
  assert.equal(parseNumber("-20"), -20);
  assert.equal(shown(80.1 + 0.2), "80.3");
  assert.equal(whole(12345.6), "12\u202f346");
  assert.equal(counted(1, "set"), "1 set");
});

test("every word of a search begins a word of the name; plain and often used foods come first", () => {
  const index = new SearchIndex([
    { name: "Babyfood, apple-banana juice" },
    { name: "Bananas, dehydrated, or banana powder" },
    { name: "Bananas, raw" },
    { name: "Crème brûlée", brand: "Mill" },
    { name: "Banana bread", weight: 3 },
  ]);
  assert.deepEqual(index.search("banan").map((it) => it.name).slice(0, 2), ["Banana bread", "Bananas, raw"]);
  assert.deepEqual(index.search("mill creme").map((it) => it.name), ["Crème brûlée"]);
  assert.deepEqual(index.search("banana zebra"), []);
});

test("the trend is the one of the server's example", () => {
  // 0.9 a day: 80 → 80 + (1 − 0.9)·(81 − 80) → … after a gap of two days 1 − 0.81 of the rest.
  const trend = weightTrend([
    { date: "2026-11-20", value: 80 },
    { date: "2026-11-21", value: 81 },
    { date: "2026-11-23", value: 79 },
  ]);
  assert.deepEqual(trend.map((it) => Number(it.value.toFixed(6))), [80, 80.1, 79.891]);
  const line = [0, 1, 2, 3].map((day) => ({ date: addDays("2026-11-20", day), value: 80 - day * 0.1 }));
  assert.ok(Math.abs(slopeAWeek(line)! + 0.7) < 1e-9);
  assert.equal(slopeAWeek(line.slice(0, 1)), undefined);
});

function set(id: string, session_id: string, position: number, rest: Partial<DoneSet> = {}): DoneSet {
  return { id, session_id, exercise_id: "press", position, ...rest };
}

test("records: Epley up to twelve repetitions, warm-ups do not count, the earlier of equals wins", () => {
  assert.equal(oneRepMax(set("a", "s", 1, { reps: 1, weight_kg: 100 })), 100);
  assert.equal(oneRepMax(set("a", "s", 1, { reps: 10, weight_kg: 90 })), 120);
  assert.equal(oneRepMax(set("a", "s", 1, { reps: 13, weight_kg: 90 })), undefined);
  assert.equal(setVolume(set("a", "s", 1, { reps: 8, kind: "warmup", weight_kg: 40 })), 0);
  assert.equal(setVolume(set("a", "s", 1, { reps: 8 }), 75), 600);
  assert.equal(setVolume(set("a", "s", 1, { reps: 8, weight_kg: -20 })), 0);
  const sessions: Session[] = [
    { id: "late", date: "2026-11-23", name: "Push" },
    { id: "early", date: "2026-11-16", name: "Push" },
  ];
  const sets = [
    set("1", "late", 1, { reps: 5, weight_kg: 100 }),
    set("2", "early", 1, { reps: 5, weight_kg: 100 }),
    set("3", "early", 2, { reps: 5, weight_kg: 120, kind: "warmup" }),
  ];
  const [record] = exerciseRecords(sessions, sets);
  assert.equal(record!.heaviest!.id, "2");
  assert.deepEqual(record!.course.map((it) => it.date), ["2026-11-16", "2026-11-23"]);
  assert.deepEqual(lastTime("press", sessions[0]!, sessions, sets).map((it) => it.id), ["2", "3"]);
  assert.deepEqual(lastTime("press", sessions[1]!, sessions, sets), []);
});

test("a log keeps the nutrients of its amount; a copy keeps nothing of its plan", () => {
  const oats = { id: "oats", name: "Oats", energy_kcal: 389, protein_g: 16.9, carbs_g: null, fat_g: 6.9 };
  const log = logOf(oats, 80, { date: "2026-11-23", slot: "breakfast" });
  assert.deepEqual(log, {
    date: "2026-11-23", slot: "breakfast", food_id: "oats", grams: 80, name: "Oats", energy_kcal: 311.2, protein_g: 13.52, fat_g: 5.52,
  });
  const stored = { id: "1", ...log, planned: true, meal_id: "m" } as Log;
  assert.deepEqual(copyOf(stored, "2026-11-24", "lunch"), { ...log, date: "2026-11-24", slot: "lunch" });
  assert.equal(slotOf(new Date(2026, 10, 23, 12)), "lunch");
  const logs = [stored, { ...stored, id: "2", date: "2026-11-22" }, { ...stored, id: "3", food_id: "rice", name: "Rice" }];
  assert.deepEqual(recentFoods(logs, "2026-11-01").map((it) => [it.log.id, it.count]), [["1", 2], ["3", 1]]);
});

test("plans give their items on their days, and programs their workouts", () => {
  const plan = { id: "p", name: "Cut", active: true, days_of_week: [1], starts_on: "2026-11-20" };
  const meal = { id: "m", plan_id: "p", name: "Breakfast", position: 1 };
  const item = { id: "i", meal_id: "m", food_id: "oats", grams: 80, position: 1 };
  assert.deepEqual(plannedItems("2026-11-23", [plan], [meal], [item]), [{ mealId: "m", foodId: "oats", grams: 80, slot: "breakfast" }]);
  assert.deepEqual(plannedItems("2026-11-24", [plan], [meal], [item]), []);
  assert.deepEqual(plannedItems("2026-11-16", [plan], [meal], [item]), []);
  assert.equal(slotOfMeal({ ...meal, name: "Meal 3", time: "18:30" }), "dinner");
  const program = { id: "g", name: "Three days", active: true, split: { "1": "Push" }, days: [{ name: "Push", exercises: [] }] };
  assert.equal(plannedDay([program], "2026-11-23")?.day.name, "Push");
  assert.equal(plannedDay([program], "2026-11-24"), undefined);
  assert.equal(prescription({ exercise_id: "e", sets: 3, reps_min: 6, reps_max: 8 }), "3 × 6–8");
});

test("the ticks of a chart are round and enclose its values", () => {
  for (const [low, high] of [[79.2, 82.8], [0, 4485], [80, 80], [0.1, 0.4], [-3, 5]] as const) {
    const ticks = ticksOf(low, high);
    assert.ok(ticks[0]! <= low && ticks.at(-1)! >= high, `${ticks}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 7, `${ticks}`);
  }
});

test("a log has the nutrients of its amount, and nutrients have readable names", () => {
  const food = { id: "a", name: "Lentils", fiber_g: 8, nutrients: { iron_mg: 3.3 } };
  assert.deepEqual(logOf(food, 50, { date: "2026-11-23" }).nutrients, { fiber_g: 4, iron_mg: 1.65 });
  assert.equal(logOf({ id: "a", name: "Salt" }, 50, { date: "2026-11-23" }).nutrients, undefined);
  assert.deepEqual(["vitamin_b12_ug", "omega_3_g", "fiber_g"].map(nutrientName), ["Vitamin B12", "Omega 3", "Fibre"]);
  assert.equal(nutrientUnit("vitamin_b12_ug"), "µg");
});

test("moments in words use the largest unit", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const before = (seconds: number): string => ago(new Date(now - seconds * 1000).toISOString(), now);
  assert.deepEqual([59, 60, 7_199, 86_400, 3 * 86_400, 70 * 86_400, 800 * 86_400].map(before), [
    "just now", "1 minute ago", "1 hour ago", "1 day ago", "3 days ago", "2 months ago", "2 years ago",
  ]);
  assert.equal(ago(null), "never");
});

const WHOLE_PLAN = {
  plan: { id: "p", name: "Cut", days_of_week: [1, 3], starts_on: "2026-11-02", ends_on: "2026-12-31" },
  meals: [{ id: "m", plan_id: "p", name: "Lunch", position: 1 }],
  items: [{ id: "i", meal_id: "m", food_id: "oats", grams: 80, position: 1 }],
} as unknown as WholePlan;

test("a plan is changed from a day on by a copy, and the old one ends before", () => {
  const written: unknown[] = [];
  const table = (name: string): object => ({
    put: (data: object) => (written.push(["put", name, data]), `new ${name}`),
    patch: (id: string, data: object) => written.push(["patch", name, id, data]),
  });
  const writer = Object.fromEntries(["diet_plans", "meals", "meal_items"].map((name) => [name, table(name)]));
  assert.equal(revisePlan(writer as never, WHOLE_PLAN, "2026-11-30"), "new diet_plans");
  assert.deepEqual(written, [
    ["patch", "diet_plans", "p", { ends_on: "2026-11-29" }],
    ["put", "diet_plans", { name: "Cut", days_of_week: [1, 3], starts_on: "2026-11-30", ends_on: "2026-12-31" }],
    ["put", "meals", { plan_id: "new diet_plans", name: "Lunch", position: 1 }],
    ["put", "meal_items", { meal_id: "new meals", food_id: "oats", grams: 80, position: 1 }],
  ]);
  const starts = ["2026-11-02", "2026-11-03", "2026-12-31", "2027-01-01"];
  assert.deepEqual(starts.map((it) => canRevise(WHOLE_PLAN.plan, it)), [false, true, true, false]);
});

test("a shopping list has the days of the plan; a copied week keeps its days", () => {
  assert.deepEqual(shoppingList(WHOLE_PLAN, "2026-11-23"), { days: 2, grams: new Map([["oats", 160]]) });
  assert.deepEqual(shoppingList(WHOLE_PLAN, "2027-01-04"), { days: 0, grams: new Map() });
  const logs = ["2026-11-22", "2026-11-23", "2026-11-29", "2026-11-30"].map((date) => ({ id: date, date, name: "X" }));
  assert.deepEqual(copiedWeek(logs as Log[], "2026-11-23", "2026-12-07").map((it) => it.date), ["2026-12-07", "2026-12-13"]);
});

test("streaks end with today or yesterday", () => {
  const days = ["2026-11-20", "2026-11-21", "2026-11-23", "2026-11-22", "2026-11-26"];
  assert.deepEqual(streakOf(days, "2026-11-27", 1), { current: 1, longest: 4 });
  assert.deepEqual(streakOf(days, "2026-11-28", 1), { current: 0, longest: 4 });
  assert.deepEqual(streakOf(["2026-11-16", "2026-11-23", "2026-11-23"], "2026-11-30", 7), { current: 2, longest: 2 });
  assert.deepEqual(streakOf([], "2026-11-30", 1), { current: 0, longest: 0 });
});

test("next sets follow from the earlier sessions of the program", () => {
  const prescribed = { exercise_id: "squat", sets: 1, reps_min: 5, progression: { kind: "linear" as const } };
  const session = (id: string, date: string, program: string): Session => ({ id, date, name: "A", program_id: program });
  const sessions = [session("1", "2026-11-20", "p"), session("2", "2026-11-21", "other"), session("3", "2026-11-23", "p")];
  const done = (id: string, weight_kg: number): DoneSet => ({ id: `s${id}`, session_id: id, exercise_id: "squat", position: 1, reps: 5, weight_kg });
  const sets = [done("1", 60), done("2", 100), done("3", 62.5)];
  assert.deepEqual(plannedSets(prescribed, session("4", "2026-11-25", "p"), sessions, sets)?.sets, [{ reps: 5, weight_kg: 65 }]);
  assert.equal(plannedSets(prescribed, sessions[2]!, sessions, sets)?.reason, "increase");
  assert.equal(plannedSets({ ...prescribed, progression: null }, sessions[2]!, sessions, sets), undefined);
});
