/** Measurements of one device, in Node or in a browser. Times are milliseconds. */
import { open, type Database, type Driver } from "../src/index.ts";

export interface Measured {
  first_sync_ms: number;
  records: number;
  reopen_ms: number;
  write_ms: number;
  emit_ms: number;
  /** Processor time of the device's process, from its start to the end. */
  cpu_ms: number;
}

export interface Login {
  readonly url: string;
  readonly email: string;
  readonly password: string;
}

const WRITES = 200;
const WATCHED = 10_000;
const EMITS = 20;

/** First sync of a user's records into a storage, then reads and writes on it. */
export async function measure(login: Login, connect: () => Promise<Driver>): Promise<Omit<Measured, "cpu_ms">> {
  let db = await open({ url: login.url, storage: connect() });
  await db.login(login.email, login.password);
  const startedAt = performance.now();
  const records = await db.pull();
  const first_sync_ms = performance.now() - startedAt;
  await db.close();
  const reopenedAt = performance.now();
  db = await open({ url: login.url, storage: connect() });
  const sets = await db.workout_sets.query().count();
  const reopen_ms = performance.now() - reopenedAt;
  if (sets < WATCHED) throw new Error(`${sets} sets are too few`);
  const write_ms = median(await writes(db));
  const emit_ms = median(await emits(db));
  await db.close();
  return { first_sync_ms, records, reopen_ms, write_ms, emit_ms };
}

async function writes(db: Database): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < WRITES; n++) {
    const startedAt = performance.now();
    await db.workout_sessions.put({ date: "2026-11-23", name: `Day ${n}` });
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** From the commit of a write to the callback of a query over WATCHED rows, which sorts them anew. */
async function emits(db: Database): Promise<number[]> {
  const first = (await db.workout_sets.query().first())!;
  const last = (await db.workout_sets.query().limit(WATCHED).all()).at(-1)!;
  const query = db.workout_sets.where("id", "<=", last.id).orderBy("position");
  const times: number[] = [];
  let emitted: () => void = () => undefined;
  await new Promise<void>((resolve) => {
    emitted = resolve;
    query.watch(() => emitted());
  });
  for (let n = 0; n < EMITS; n++) {
    const startedAt = performance.now();
    const isEmitted = new Promise<void>((resolve) => (emitted = resolve));
    await db.workout_sets.patch(first.id, { rpe: 1 + (n % 19) / 2 });
    await isEmitted;
    times.push(performance.now() - startedAt);
  }
  return times;
}

function median(times: number[]): number {
  return times.sort((left, right) => left - right)[Math.floor(times.length / 2)]!;
}
