/**
 * A device driven over standard input, for tests in other languages: one JSON command a line,
 * `{"do": "put", …}`, answered by `{"value": …}` or `{"error": name, "detail": …, "retryable": …}`.
 */
import { createInterface } from "node:readline";
import { Retryable, TrackForgeError, open, statusText, type Collection, type Database, type Options } from "../src/index.ts";
import { Account } from "../src/account/index.ts";
import * as ocr from "../src/ocr.ts";
import * as push from "../src/push.ts";
import { Recorder } from "../src/recorder.ts";
import { nodeSqlite } from "../src/storage/node_sqlite.ts";
import { ORIGIN, SoftAuthenticator } from "./soft_authenticator.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Command = any;

let recorder: Recorder | undefined;
const [path, url, pushChanges, pullLimit] = process.argv.slice(2) as [string, string, string, string];
const options: Options = {
  url,
  storage: nodeSqlite(path),
  pushChanges: Number(pushChanges),
  pullLimit: Number(pullLimit),
  sleep: async () => {},
};
const db: Database = await open(options);

const account = new Account(db, { passkeys: new SoftAuthenticator(ORIGIN), deviceName: "tablet" });
type Methods = { [method: string]: (...values: unknown[]) => unknown };

const commands: { [name: string]: (command: Command) => unknown } = {
  register: ({ email, password }) => db.register(email, password),
  login: ({ email, password }) => db.login(email, password),
  put: ({ collection, data }) => of(collection).put(data),
  patch: ({ collection, id, data }) => of(collection).patch(id, data),
  delete: ({ collection, id }) => of(collection).delete(id),
  get: async ({ collection, id }) => (await of(collection).get(id)) ?? null,
  all: ({ collection }) => of(collection).all(),
  day: ({ date }) => db.day(date),
  push: () => db.push(),
  pull: () => db.pull(),
  sync: () => db.sync(),
  wake: ({ budget = {} }) => db.wake(budget),
  devices: () => db.devices(),
  forgetDevice: ({ id }) => db.forgetDevice(id),
  explain: ({ question }) => db.explain(question),
  pushConfig: () => push.pushConfig(db),
  setPushKey: ({ key }) => push.setPushKey(db, key),
  deletePushKey: () => push.deletePushKey(db),
  readPhotograph: ({ kind, base64 }) => {
    const read = { menu: ocr.readMenu, workout: ocr.readWorkout, label: ocr.readLabel }[kind as "menu" | "workout" | "label"];
    return read(db, new Blob([Buffer.from(base64, "base64")]), { pollMs: 50 });
  },
  digest: () => db.digest(),
  check: () => db.check(),
  history: ({ collection, id }) => db.history(collection, id),
  trash: ({ collection }) => db.trash(collection),
  restore: ({ collection, id, version }) => db.restore(collection, id, version),
  status: () => ({ ...db.status(), text: statusText(db.status()) }),
  rejected: () => db.rejected(),
  account: ({ method, with: values = [] }) => (account as unknown as Methods)[method]!(...values),
  loginPasskey: ({ email, password }) => db.login(email, password).catch((error) => account.loginPasskey(error)),
  loginSecond: ({ email, password, code }) => db.login(email, password).catch((error) => db.loginSecond(error, code)),
  record: ({ device }) => db.record((recorder = new Recorder(device))),
  tape: () => recorder?.tape(),
  start: () => db.start(),
  stop: () => db.stop(),
};

function of(name: string): Collection<object> {
  return (db as unknown as { [collection: string]: Collection<object> })[name]!;
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  let answer: object;
  try {
    answer = { value: (await commands[command.do]!(command)) ?? null };
  } catch (error) {
    if (!(error instanceof TrackForgeError)) console.error(error);
    const { name, message } = error as Error;
    answer = { error: name, detail: message, retryable: error instanceof Retryable };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await db.close();
