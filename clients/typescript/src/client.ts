/** The client of one user on one device: local records, sync, status. */
import { Collection } from "./collection.ts";
import { CONTRACTS } from "./contract/contracts.ts";
import type { CollectionName, Tables } from "./contract/records.ts";
import type { DayLookups, DayOptions, DayView } from "./core/day_view.ts";
import { naturalId } from "./core/ids.ts";
import type { ForeignWrite } from "./local/accept.ts";
import type { Fields } from "./core/json.ts";
import { Offline, Retryable, SecondFactorRequired, TrackForgeError } from "./errors.ts";
import { SMALL_TABLES, clockOf, getMeta, setMeta } from "./local/meta.ts";
import type { Stored } from "./local/query.ts";
import { allRejected, removeRejected, type Rejected } from "./local/rejected.ts";
import { createWriter, newId, writeAgain, type Surroundings, type Writer } from "./local/writer.ts";
import type { Driver } from "./storage/driver.ts";
import { Store } from "./storage/store.ts";
import { Transaction } from "./storage/transaction.ts";
import { Worker } from "./sync/background.ts";
import type { HistoryEntry, TrashEntry } from "./sync/history.ts";
import type { DeviceState, Explanation, Question } from "./sync/devices.ts";
import type { ExchangeSink } from "./sync/exchange.ts";
import { refreshLimits } from "./sync/limits.ts";
import { Offers } from "./sync/offers.ts";
import { Pull, forgetVersions } from "./sync/pull.ts";
import { Push, type Counts } from "./sync/push.ts";
import { errorCode, reportHeader } from "./sync/report.ts";
import { Session } from "./sync/session.ts";
import { statusOf, type Status } from "./sync/status.ts";
import { follow, supportedLive, type Live } from "./sync/stream.ts";
import { Transport, type Fetch, type Response } from "./sync/transport.ts";
import type { WakeBudget, WakeResult } from "./sync/wake.ts";

/** Options of `open`. */
export interface Options {
  /** Address of the server, such as `https://sync.example.com`. */
  readonly url: string;
  /** Where records and unsent changes are stored: `memory()`, `indexedDb(…)`, `nodeSqlite(…)`. */
  readonly storage: Driver | Promise<Driver>;
  /** Kind of notifications; by default the best that the runtime has. */
  readonly live?: Live;
  /** Milliseconds between pulls, and between attempts to push, without notifications (60,000). */
  readonly intervalMs?: number;
  /** Version of the app and name of the device, for the lists of the user and of support. */
  readonly appVersion?: string;
  readonly deviceName?: string;
  /** Changes of one push at most (500). */
  readonly pushChanges?: number;
  /** Changes of one page of a pull; by default 1,000 of the first, so that something is shown soon, then the server's maximum. */
  readonly pullLimit?: number;
  /** Replacements for tests, and for runtimes that lack them. */
  readonly fetch?: Fetch;
  /** Milliseconds since 1970; the device's clock by default. */
  readonly now?: () => number;
  /** Random bytes; `crypto.getRandomValues` by default. */
  readonly random?: (length: number) => Uint8Array;
  /** A pause; `setTimeout` by default. */
  readonly sleep?: (ms: number) => Promise<void>;
}

const onDemand = () => import("./on_demand.ts");

/** A client with its collections: `db.workout_sets`, `db.foods`, … */
export type Database = Client & { readonly [K in CollectionName]: Collection<Tables[K]> };

/** Opens the local database; works without a network and before the first sign-in. */
export async function open(options: Options): Promise<Database> {
  const store = await Store.open(await options.storage, SMALL_TABLES);
  const client = new Client(store, options);
  await client.prepare();
  const collections = (Object.keys(CONTRACTS) as CollectionName[]).map((name) => [
    name,
    new Collection<object>(store, name, (work) => client.write(work)),
  ]);
  return Object.assign(client, Object.fromEntries(collections)) as Database;
}

/** A client without its collections; `open` makes one with them. */
export class Client {
  readonly #store: Store;
  readonly #around: Surroundings;
  readonly #session: Session;
  readonly #pull: Pull;
  readonly #push: Push;
  readonly #transport: Transport;
  readonly #options: Options;
  #background: { abort: AbortController; ended: Promise<unknown> } | undefined;

  constructor(store: Store, options: Options) {
    const { now = Date.now, random = randomBytes, sleep = delay } = options;
    this.#store = store;
    this.#options = options;
    this.#around = { wallUs: () => Math.floor(now() * 1000), random };
    const wallUs = this.#around.wallUs;
    this.#transport = new Transport(options.url, options.fetch ?? ((url, init) => globalThis.fetch(url, init)));
    this.#session = new Session(store, this.#transport, sleep);
    const newKey = (): string => newId(this.#snapshot(), this.#around);
    const limits = { changes: options.pushChanges ?? 500, bytes: 1 << 20, newKey };
    const { appVersion, deviceName: name } = options;
    const report = (): { [name: string]: string } => reportHeader(this.#snapshot(), wallUs(), { name, appVersion });
    const offers = new Offers(store, this.#session, limits);
    this.#pull = new Pull(store, this.#session, { limit: options.pullLimit, offers, wallUs, report });
    this.#push = new Push(store, this.#session, {
      ...limits,
      wallUs,
      report,
      learnClock: () => this.#pull.all(),
      findRestore: () => this.#pull.all(),
      resync: (collections) => this.#pull.fromStart(collections),
    });
  }

  /** Gives a new database its device id. */
  async prepare(): Promise<void> {
    await this.#store.transaction((tx) => {
      if (getMeta(tx, "deviceId") === undefined) setMeta(tx, "deviceId", newId(tx, this.#around));
      setMeta(tx, "upgradeRequired", undefined); // this version of the app may be newer
      // Earlier versions did not store all stamps: a pull from the beginning brings them.
      if (!getMeta(tx, "hasStamps") && getMeta(tx, "cursor") !== undefined) forgetVersions(tx);
      setMeta(tx, "hasStamps", true);
    });
  }

  /** Id of this device, which is made with the database. */
  get deviceId(): string {
    return getMeta(this.#snapshot(), "deviceId")!;
  }

  /** Makes an account and signs in. */
  register(email: string, password: string, deviceName?: string): Promise<void> {
    return this.signInWith("/auth/register", { email, password, ...nameOf(deviceName) }, email);
  }

  /** Signs in; throws SecondFactorRequired if the account has a second factor. */
  login(email: string, password: string, deviceName?: string): Promise<void> {
    const known = this.#session.refreshToken();
    const body = { email, password, ...nameOf(deviceName), ...(known && { refresh_token: known }) };
    return this.signInWith("/auth/login", body, email);
  }

  /** Completes a sign-in with a code of the authenticator app, or a recovery code. */
  loginSecond({ challenge, email }: SecondFactorRequired, code: string): Promise<void> {
    return this.signInWith("/auth/login/second", { challenge, code }, email);
  }

  /** Signs in by a route that responds with tokens; without an address the server is asked for it. */
  async signInWith(path: string, body: object, email = ""): Promise<void> {
    const request = { method: "POST", path, body: JSON.stringify(body) };
    try {
      await this.#session.signIn(await this.#session.publicCall(request), email);
    } catch (error) {
      if (error instanceof SecondFactorRequired) error.email = email;
      throw error;
    }
    if (email === "") await this.#readEmail();
  }

  /** Ends the session on the server; records and unsent changes stay on this device. */
  async logout(): Promise<void> {
    await this.#session.call({ method: "POST", path: "/auth/logout", body: "{}" });
    await this.#session.signOut("user");
  }

  /** Several writes as one transaction, stored all or none. `work` must not wait for anything. */
  write<R>(work: (writer: Writer) => R): Promise<R> {
    return this.#store.transaction((tx) => work(createWriter(tx, this.#around)));
  }

  /**
   * Queues writes that another library has made already, each on its own. One that the contract does
   * not allow, or whose record is gone, joins the rejected ones, which are returned.
   */
  async accept(writes: readonly ForeignWrite[]): Promise<Rejected[]> {
    const { acceptWrites } = await onDemand();
    return this.#store.transaction((tx) => acceptWrites(tx, this.#around, writes));
  }

  /** Id of a new record: derived from what it is where the collection has a natural key, else random. */
  newId<N extends CollectionName>(collection: N, data: Partial<Tables[N]> = {}): string {
    const tx = this.#snapshot();
    const user = getMeta(tx, "user");
    return (user && naturalId(collection, user.id, data as Fields)) ?? newId(tx, this.#around);
  }

  /** Sends all unsent changes; counts by result. */
  push(): Promise<Counts> {
    return this.#recorded("failedPush", () => this.#push.all());
  }

  /** Receives all changes; their number. */
  pull(): Promise<number> {
    return this.#recorded("failedPull", async () => {
      const limits = refreshLimits(this.#session, this.#store, this.#around.wallUs());
      const [count] = await Promise.all([this.#pull.all(), limits]);
      return count;
    });
  }

  /** Pushes all, then pulls all; also pulls after a failed push, then throws its error. */
  async sync(): Promise<void> {
    const failure = await this.push().then(() => undefined, (error: unknown) => error);
    await this.pull();
    if (failure !== undefined) throw failure as Error;
  }

  /**
   * Syncs once within the time and the bytes that a phone's system grants an app in the background,
   * usually in one request. An app that is killed loses nothing: the next wake goes on.
   */
  async wake({ budgetMs = 25_000, budgetBytes = 1 << 20 }: Partial<WakeBudget> = {}): Promise<WakeResult> {
    const wallMs = (): number => this.#around.wallUs() / 1000;
    const { Wake } = await onDemand();
    const wake = new Wake(this.#session, this.#push, this.#pull, wallMs);
    return this.#recorded("failedPush", () => wake.run({ budgetMs, budgetBytes }));
  }

  /**
   * Syncs in the background: after local writes, on notifications of the server, and at intervals.
   * Of several tabs one does so for all.
   */
  start(): void {
    if (this.#background) return;
    const abort = new AbortController();
    const run = (): Promise<unknown> => this.#run(abort.signal);
    const locks = this.#store.name === undefined ? undefined : globalThis.navigator?.locks;
    const waiting = locks
      ? locks.request(`trackforge:${this.#store.name}`, { signal: abort.signal }, run)
      : run();
    const ended = waiting.catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
    this.#background = { abort, ended };
  }

  /** Ends the background sync; an interrupted push is repeated later. */
  async stop(): Promise<void> {
    const background = this.#background;
    this.#background = undefined;
    background?.abort.abort();
    await background?.ended;
  }

  /** Ends the sync and closes the storage; unsent changes wait for the next `open`. */
  async close(): Promise<void> {
    await this.stop();
    await this.#store.close();
  }

  /** Status of the sync; `statusText` makes sentences of it. */
  status(): Status {
    return statusOf(this.#snapshot(), this.#around.wallUs());
  }

  /** Calls back with the status: now, and after every change of it. */
  watchStatus(listener: (status: Status) => void): () => void {
    listener(this.status());
    return this.#store.listen((changes) => {
      if (SMALL_TABLES.some((table) => changes.has(table))) listener(this.status());
    });
  }

  /** Rejected changes with their reasons, oldest first. */
  rejected(): Rejected[] {
    return allRejected(this.#snapshot());
  }

  /** Drops a rejected change. */
  dismiss(rejected: Rejected): Promise<void> {
    return this.#store.transaction((tx) => removeRejected(tx, rejected.number));
  }

  /** Queues a rejected change again, with other data if given. */
  retry(rejected: Rejected, data: Fields = rejected.data): Promise<void> {
    return this.#store.transaction((tx) => {
      writeAgain(tx, this.#around, rejected.collection, rejected.id, rejected.op, data);
      removeRejected(tx, rejected.number);
    });
  }

  /**
   * View of a day (`YYYY-MM-DD`), computed from the local records. `lookups` gives built-in foods
   * and the equipment of built-in exercises; own ones come first.
   */
  async day(date: string, lookups: Partial<DayLookups> = {}, options: DayOptions = {}): Promise<DayView> {
    const { localDay } = await onDemand();
    const nowUs = this.#around.wallUs();
    return this.#store.transaction((tx) => localDay(tx, date, { lookups, options, nowUs }));
  }

  /** Names of the collections that differ from the server's; `repair` pulls them again. */
  async check({ repair = false } = {}): Promise<string[]> {
    const { differingCollections } = await onDemand();
    const differing = await differingCollections(this.#session, this.#store);
    if (!repair || differing.length === 0) return differing;
    await this.#pull.all(); // It notices a restored server, to which it offers what is newer.
    for (const name of differing) await this.#pull.again(name);
    return differingCollections(this.#session, this.#store);
  }

  /** Values that changes overwrote, deleted or lost of a record, from the server, the newest first. */
  async history<N extends CollectionName>(collection: N, id: string, { limit = 100 } = {}): Promise<HistoryEntry<Tables[N]>[]> {
    return (await onDemand()).readHistory(this.#session, collection, id, limit) as Promise<HistoryEntry<Tables[N]>[]>;
  }

  /** Deleted records that can be restored, from the server, the last deleted first. */
  async trash(collection?: CollectionName, { limit = 100 } = {}): Promise<TrashEntry[]> {
    return (await onDemand()).readTrash(this.#session, collection, limit);
  }

  /**
   * Writes an entry of the history or of the trash back, with what was deleted together with it, then
   * pulls: the restored record.
   */
  async restore<N extends CollectionName>(collection: N, id: string, version: number): Promise<Stored<Tables[N]>> {
    const record = await (await onDemand()).restore(this.#session, collection, id, version);
    await this.pull().catch((error: unknown) => {
      if (!(error instanceof Retryable)) throw error; // it is restored: the next pull receives it
    });
    return record as unknown as Stored<Tables[N]>;
  }

  /** Devices of the user, from the server, the last seen first, with what each last reported of itself. */
  async devices(): Promise<DeviceState[]> {
    return (await onDemand()).readDevices(this.#session);
  }

  /** Deletes what the server knows of a device; it is listed again if it syncs again. */
  async forgetDevice(id: string): Promise<void> {
    return (await onDemand()).forgetDevice(this.#session, id);
  }

  /** Causes why something is not there, from the server, the most likely first. */
  async explain(question: Question): Promise<Explanation> {
    return (await onDemand()).explain(this.#session, question);
  }

  /** SHA-256 of all live records, equal on devices with equal records. */
  async digest(): Promise<string> {
    const { localDigest } = await onDemand();
    return this.#store.transaction(localDigest);
  }

  /** Gives every exchange with the server to a recorder from now on; undefined ends it. */
  record(sink: ExchangeSink | undefined): void {
    this.#transport.sink = sink;
  }

  /**
   * Response to any other route below `/api/v1`, with the user's token: `db.request("GET", "/foods/search?q=oats")`.
   * A FormData or Blob is sent as it is, any other body as JSON.
   */
  async request(method: string, path: string, body?: unknown, headers?: { [name: string]: string }): Promise<unknown> {
    const text = await this.requestText(method, path, body, headers);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** As `request`, for responses that are no JSON, such as an export: their text. */
  async requestText(method: string, path: string, body?: unknown, headers?: { [name: string]: string }): Promise<string> {
    const response: Response = await this.#session.call({
      method,
      path,
      ...(headers && { headers }),
      ...(body !== undefined && { body: body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body) }),
    });
    return response.text;
  }

  /** Response to a route below `/api/v1` that needs no token. */
  async publicRequest(method: string, path: string, body?: object): Promise<unknown> {
    const { text } = await this.#session.publicCall({ method, path, ...(body && { body: JSON.stringify(body) }) });
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Stores the account's address for the status; without a response the status has none. */
  async #readEmail(): Promise<void> {
    const me = await this.request("GET", "/users/me").catch((error: unknown) => {
      if (!(error instanceof Retryable)) throw error;
    });
    const email = (me as { email?: string } | undefined)?.email;
    await this.#store.transaction((tx) => {
      const user = getMeta(tx, "user");
      if (user && email) setMeta(tx, "user", { ...user, email });
    });
  }

  async #recorded<T>(key: "failedPush" | "failedPull", attempt: () => Promise<T>): Promise<T> {
    try {
      const result = await attempt();
      await this.#store.transaction((tx) => {
        if (getMeta(tx, key)) setMeta(tx, key, undefined);
      });
      return result;
    } catch (error) {
      if (error instanceof TrackForgeError) await this.#fail(key, error, 0);
      throw error;
    }
  }

  #fail(key: "failedPush" | "failedPull", error: TrackForgeError, waitMs: number): Promise<void> {
    return this.#store.transaction((tx) => {
      const at = this.#around.wallUs() + clockOf(tx).offset;
      const text = error instanceof Offline ? "no connection to the server" : error.message;
      setMeta(tx, "lastFailure", { at, code: errorCode(error) });
      setMeta(tx, key, { at, text, nextTryAt: waitMs === 0 ? 0 : at + waitMs * 1000 });
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { intervalMs = 60_000, live = supportedLive() } = this.#options;
    const settings = { intervalMs, random: Math.random };
    const push = new Worker(() => this.push(), {
      ...settings,
      report: (error, ms) => void this.#fail("failedPush", error, ms),
    });
    const pull = new Worker(() => this.pull(), {
      ...settings,
      report: (error, ms) => void this.#fail("failedPull", error, ms),
    });
    const context = { session: this.#session, transport: this.#transport, onHead: () => pull.wake() };
    const workers = [push, pull];
    if (live !== "off") {
      // A failed stream is not reported: the pulls go on at their interval.
      const listen = (it: AbortSignal): Promise<void> => follow(live, { ...context, signal: it });
      workers.push(new Worker(listen, { ...settings, intervalMs: 1000, report: () => undefined }));
    }
    const stop = this.#store.listen((changes) => {
      if (changes.has("outbox")) push.wake();
      if (changes.get("meta")?.has("tokens")) workers.forEach((worker) => worker.wake());
    });
    await Promise.all(workers.map((worker) => worker.run(signal))).finally(stop);
  }

  /** Transaction over the small tables, which are always loaded, for reads. */
  #snapshot(): Transaction {
    return new Transaction(new Map(SMALL_TABLES.map((name) => [name, this.#store.table(name)])));
  }
}

function nameOf(device: string | undefined): { device_name?: string } {
  return device ? { device_name: device } : {};
}

function randomBytes(length: number): Uint8Array {
  if (!globalThis.crypto?.getRandomValues) {
    throw new TrackForgeError("This runtime has no crypto.getRandomValues: pass `random`, or import a polyfill.");
  }
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
