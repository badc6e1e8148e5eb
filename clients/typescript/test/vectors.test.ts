/** The conformance vectors of tests/vectors. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CONTRACTS } from "../src/contract/contracts.ts";
import type { CollectionName } from "../src/contract/records.ts";
import { clockError, movedStamps, nextClock } from "../src/core/clock.ts";
import { completeFoodLog, completeGroups } from "../src/core/completion.ts";
import { dayView } from "../src/core/day_view.ts";
import { stateDigest, versionDigest } from "../src/core/digest.ts";
import { naturalId, timeOrderedId } from "../src/core/ids.ts";
import type { Json } from "../src/core/json.ts";
import { composed, mergedData, mergeWrite, overlay, type MergedRecord } from "../src/core/merge.ts";
import { plateLoad } from "../src/core/plates.ts";
import { nextSets } from "../src/core/progression.ts";
import { withSnapshot } from "../src/core/snapshot.ts";
import { countedSessions, sameWorkouts } from "../src/core/same_workouts.ts";
import { Units } from "../src/core/units.ts";
import { fieldErrors } from "../src/core/validate.ts";
import { SMALL_TABLES } from "../src/local/meta.ts";
import { offerUnconfirmed, unansweredOffers } from "../src/local/offers.ts";
import { hasLaterWrites, recordsTable, rowOf, storeRecord } from "../src/local/records.ts";
import { Transaction } from "../src/storage/transaction.ts";

const ID = "0192f0c4-6f0e-7c4e-9a53-000000000001";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Case = any;

function casesOf(name: string, member = "cases"): Case[] {
  const url = new URL(`../../../tests/vectors/${name}.json`, import.meta.url);
  const cases = JSON.parse(readFileSync(url, "utf8"))[member];
  assert.ok(cases.length > 0);
  return cases;
}

function contractOf(name: string) {
  return CONTRACTS[name as CollectionName];
}

function unpacked(value: Case): Case {
  if (Array.isArray(value)) return value.map(unpacked);
  if (value === null || typeof value !== "object") return value;
  if ("$repeat" in value) {
    const item = unpacked(value.$repeat);
    return value.text ? item.repeat(value.times) : Array(value.times).fill(item);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unpacked(item)]));
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.filter((_, i) => i !== at)).map((rest) => [item, ...rest]));
}

test("merges are equal in any order", () => {
  for (const { collection, writes, record } of casesOf("merge")) {
    const contract = contractOf(collection);
    for (const order of permutations<Case>(writes)) {
      let merged: MergedRecord | undefined;
      for (const write of order) {
        merged = mergeWrite(contract, merged, { ...write, stamp: [write.clock, write.device_id] });
      }
      const registers = Object.entries(merged!.registers).map(([name, { stamp }]) => [name, stamp]);
      assert.deepEqual(mergedData(merged!), record.data);
      assert.equal(merged!.deleted.value, record.deleted);
      assert.deepEqual(Object.fromEntries([...registers, ["", merged!.deleted.stamp]]), record.clocks);
    }
  }
});

test("patches are completed", () => {
  for (const { collection, stored, patch, completed } of casesOf("completion", "groups")) {
    assert.deepEqual(completeGroups(contractOf(collection), stored, patch), completed);
  }
  for (const { stored, patch, food, completed } of casesOf("completion", "food_logs")) {
    const withFood = completeFoodLog(stored, patch, () => food ?? undefined);
    assert.deepEqual(completeGroups(CONTRACTS.food_logs, stored, withFood), completed);
  }
  for (const { log, food, completed } of casesOf("completion", "snapshots")) {
    assert.deepEqual(withSnapshot(log, food ?? undefined), completed);
  }
});

test("clocks are stamped and corrected", () => {
  for (const it of casesOf("clocks", "stamps")) assert.equal(nextClock(it.now_us, it.last_seen), it.stamp);
  for (const it of casesOf("clocks", "corrections")) {
    const error = clockError(it.server_clock, it.sent_us, it.wall_us + it.offset);
    const unsent = error === 0 ? it.unsent : movedStamps(it.unsent, error, it.clock_sent);
    assert.deepEqual({ offset: it.offset + error, unsent }, it.after);
  }
});

test("ids are derived", () => {
  for (const { collection, user_id, data, id } of casesOf("ids", "derived")) {
    assert.equal(naturalId(collection, user_id, data) ?? null, id);
  }
  for (const { now_us, random_bits, id } of casesOf("ids", "time_ordered")) {
    const bytes = Uint8Array.from(random_bits.match(/../g).map((pair: string) => parseInt(pair, 16)));
    assert.equal(timeOrderedId(now_us, bytes), id);
  }
});

test("fields have the server's verdict", () => {
  for (const it of casesOf("validation", "fields")) {
    if (it.fraction) continue; // JavaScript cannot tell 5.0 from 5, and sends 5
    const value: Json = composed(unpacked(it.value));
    const errors = fieldErrors(contractOf(it.collection), "patch", ID, { [it.field]: value });
    assert.equal(Object.keys(errors).length === 0, it.valid, JSON.stringify(it).slice(0, 300));
  }
});

test("records have the server's verdict and stored form", () => {
  for (const { collection, data, canonical, errors } of casesOf("validation", "puts")) {
    const contract = contractOf(collection);
    const found = Object.keys(fieldErrors(contract, "put", ID, data)).sort();
    assert.deepEqual(found, errors ?? []);
    if (canonical) assert.deepEqual(overlay(contract, undefined, "put", data).data, canonical);
  }
});

test("digests are equal", () => {
  for (const { records, digest } of casesOf("digests", "states")) assert.equal(stateDigest(records), digest);
  for (const { versions, digest } of casesOf("digests", "versions")) assert.equal(versionDigest(versions), digest);
});

test("units are converted", () => {
  for (const { units, method, input, result } of casesOf("units")) {
    const name = method.replace(/_(.)/g, (_: string, letter: string) => letter.toUpperCase());
    const converted = (new Units(units) as Case)[name](input);
    assert.equal(converted, result, JSON.stringify({ units, method, input }));
  }
});

test("day views are computed", () => {
  for (const { date, records: stored, priority, foods, equipment, view } of casesOf("day_views")) {
    const lookups = { food: (id: string) => foods[id], equipment: (id: string) => equipment[id] };
    const records = { ...stored, priority };
    assert.deepEqual(dayView(date, records, lookups, { nutrients: true }), view);
    const { nutrients: _nutrients, ...usual } = view;
    assert.deepEqual(dayView(date, records, lookups), usual);
  }
});

test("a workout of several sources counts once", () => {
  for (const { sessions, sets, priority, same_as } of casesOf("same_workouts")) {
    const setsOf = ({ id }: Case): Case[] => sets.filter((it: Case) => it["session_id"] === id);
    assert.deepEqual(sameWorkouts(sessions, setsOf, priority), same_as);
  }
});

test("a workout that a watch recorded too counts once, by the user's priority", () => {
  const times = { date: "2026-11-23", name: "Push day", started_at: "2026-11-23T18:00:00Z", ended_at: "2026-11-23T19:00:00Z" };
  const sessions = [
    { id: "hand", ...times },
    { id: "watch", ...times, name: "Strength Training", source: "garmin", recorded_by: "watch" },
    { id: "other", ...times, date: "2026-11-22" },
  ];
  const sets = ["hand", "other"].map((session_id) => ({ session_id, reps: 5 }));
  const ids = (priority?: string[]): string[] => countedSessions(sessions, sets, priority).map((it) => it.id);
  assert.deepEqual(ids(), ["hand", "other"]);
  assert.deepEqual(ids(["watch"]), ["watch", "other"]);
});

test("records are offered to a restored server", () => {
  for (const { known, stored, change, has_later } of casesOf("offers")) {
    const tables = [...SMALL_TABLES, recordsTable(known.collection)].map((name) => [name, new Map()] as const);
    const tx = new Transaction(new Map(tables));
    storeRecord(tx, known);
    offerUnconfirmed(tx, known.collection, known.id);
    assert.deepEqual(unansweredOffers(tx).map(([, offer]) => JSON.parse(offer.change)), [change]);
    if (stored) assert.equal(hasLaterWrites(rowOf(tx, known.collection, known.id)!, stored), has_later);
  }
});

test("plates of a barbell", () => {
  for (const { target, bar, plates, pairs, per_side, weight } of casesOf("plates")) {
    assert.deepEqual(plateLoad(target, bar, plates, pairs ? new Map(pairs) : undefined), { perSide: per_side, weight });
  }
});

test("next sets of a program", () => {
  for (const { exercise, history, next } of casesOf("progressions")) assert.deepEqual(nextSets(exercise, history), next);
});
