/** Pull: pages of changes from the device's cursor, each stored in one transaction. */
import { CONTRACTS, SCHEMA_VERSION } from "../contract/contracts.ts";
import { RequestRejected, UpgradeRequired } from "../errors.ts";
import { clockOf, getMeta, observe, setMeta } from "../local/meta.ts";
import { correctClock } from "../local/outbox.ts";
import { collectOffers, collectReplaced, confirmHistory, newestSuperseded, offerUnconfirmed, unansweredOffers } from "../local/offers.ts";
import { dropServerState, hasLaterWrites, recordsTable, rowOf, storeRecord, type RecordRow } from "../local/records.ts";
import type { Store } from "../storage/store.ts";
import type { Transaction } from "../storage/transaction.ts";
import type { Offers } from "./offers.ts";
import type { Session } from "./session.ts";
import { parsePull, type PullPage } from "./wire.ts";

const COLLECTIONS = Object.keys(CONTRACTS);
const TOMBSTONE_LIFETIME_US = 180 * 86_400_000_000;

export interface PullSettings {
  /** Changes of one page. */
  readonly limit: number;
  readonly offers: Offers;
  wallUs(): number;
  /** Header of the device's state. */
  report(): { [name: string]: string };
}

interface Pulled {
  readonly count: number;
  /** True if the cursor had expired: everything was pulled from the beginning. */
  readonly isRestarted: boolean;
}

/** Number of changes of a page, and true if no other follows. */
export interface Stored {
  readonly count: number;
  readonly isEnd: boolean;
}

/** State of the device before a page is requested. */
export interface Position {
  readonly cursor: string | undefined;
  readonly deviceId: string;
  readonly etag: readonly [query: string, etag: string] | undefined;
  readonly sentUs: number;
  /** Newest state that a push result has replaced. */
  readonly superseded: string | undefined;
}

export class Pull {
  readonly #store: Store;
  readonly #session: Session;
  readonly #settings: PullSettings;
  #running: Promise<unknown> | undefined;

  constructor(store: Store, session: Session, settings: PullSettings) {
    this.#store = store;
    this.#session = session;
    this.#settings = settings;
  }

  /** Number of changes; pulls to the end. A pull that is already running is awaited first. */
  async all(): Promise<number> {
    return (await this.#allInTurn()).count;
  }

  /** Pulls collections from the beginning, all without a list; unsent writes stay. */
  async fromStart(collections?: readonly string[]): Promise<void> {
    // Only the old cursor tells that the server was restored.
    const { cursor } = await this.position();
    const isRestarted = cursor !== undefined && (await this.#allInTurn()).isRestarted;
    if (collections) {
      for (const name of collections) await this.again(name);
    } else if (!isRestarted) {
      await this.#store.transaction((tx) => resetCursor(tx));
      await this.all();
    }
  }

  /** Pulls one collection from the beginning; the device's own cursor stays. */
  async again(collection: string): Promise<void> {
    const before = await this.#versions(collection);
    const pulled = new Set<string>();
    let cursor: string | undefined;
    for (let hasMore = true; hasMore; ) {
      const { deviceId } = await this.position();
      const page = parsePull((await this.#get(query({ cursor, deviceId, collections: [collection], limit: this.#settings.limit }))).text);
      await this.#store.transaction((tx) => {
        for (const record of page.changes) {
          // The server may have been restored: its versions count, not those of this device.
          const row = rowOf(tx, collection, record.id);
          if (row && row.version > record.version) tx.set(recordsTable(collection), record.id, { ...row, version: 0 });
          storeRecord(tx, record);
        }
      });
      page.changes.forEach((record) => pulled.add(record.id));
      cursor = page.cursor;
      hasMore = page.hasMore;
    }
    await this.#store.transaction((tx) => {
      for (const [id, version] of before) {
        // A push in the meantime may have stored a newer state than the last page.
        if (!pulled.has(id) && rowOf(tx, collection, id)?.version === version) dropServerState(tx, collection, id);
      }
    });
  }

  /** One page; an expired cursor makes the next one the first. */
  page(): Promise<Stored> {
    return this.#inTurn(async () => {
      await this.#settings.offers.sendAll();
      try {
        return await this.#page();
      } catch (error) {
        await this.#restart(error);
        return { count: 0, isEnd: false };
      }
    });
  }

  /** The `pull` part of a combined request. */
  part({ cursor, deviceId }: Position, limit: number): { [name: string]: string | number } {
    return members({ cursor, deviceId, limit, collections: COLLECTIONS });
  }

  #allInTurn(): Promise<Pulled> {
    return this.#inTurn(() => this.#all());
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running) await this.#running.catch(() => undefined);
    const running = work().finally(() => (this.#running = undefined));
    this.#running = running;
    return running;
  }

  async #all(): Promise<Pulled> {
    let count = 0;
    let isRestarted = false;
    await this.#settings.offers.repeat();
    for (;;) {
      await this.#settings.offers.sendAll();
      let result;
      try {
        result = await this.#page();
      } catch (error) {
        if (isRestarted) throw error;
        await this.#restart(error);
        isRestarted = true;
        continue;
      }
      count += result.count;
      if (result.isEnd) return { count, isRestarted };
    }
  }

  /** Stores that this version of the app is too old to pull. */
  noteUpgrade(): Promise<void> {
    return this.#store.transaction((tx) => setMeta(tx, "upgradeRequired", true));
  }

  /** Makes the next page the first if the cursor has expired; throws any other error. */
  async #restart(error: unknown): Promise<void> {
    if (error instanceof UpgradeRequired) await this.noteUpgrade();
    const isExpired = error instanceof RequestRejected && ["cursor_expired", "invalid_cursor"].includes(error.code);
    if (!isExpired) throw error;
    await this.#store.transaction((tx) => resetCursor(tx, error.problem["restored_version"]));
  }

  async #page(): Promise<Stored> {
    const { wallUs, limit } = this.#settings;
    const position = await this.position();
    const { cursor, deviceId, etag, superseded } = position;
    const path = query({ cursor, deviceId, limit, collections: COLLECTIONS });
    const response = await this.#get(path, etag?.[0] === path ? { "If-None-Match": etag[1] } : {});
    if (response.status === 304) {
      await this.#store.transaction((tx) => {
        confirmHistory(tx, superseded);
        setMeta(tx, "pulledAt", wallUs() + clockOf(tx).offset);
      });
      return { count: 0, isEnd: true };
    }
    return this.store(parsePull(response.text), position, response.header("etag"));
  }

  /** Stores a page that was requested from a position, of a pull or of a combined request. */
  store(page: PullPage, position: Position, newEtag: string | null = null): Promise<Stored> {
    const { wallUs, limit } = this.#settings;
    const { cursor, deviceId, sentUs, superseded } = position;
    const path = query({ cursor, deviceId, limit, collections: COLLECTIONS });
    return this.#store.transaction((tx) => {
      correctClock(tx, page.serverClock, sentUs, wallUs());
      // The cursor was reset, or another tab was faster: drop this page.
      if (getMeta(tx, "cursor") !== cursor) return { count: 0, isEnd: false };
      if (cursor === undefined) collectReplaced(tx);
      confirmHistory(tx, superseded);
      const isUnfinished = storePage(tx, page, cursor === undefined, wallUs() + clockOf(tx).offset);
      const next = query({ cursor: page.cursor, deviceId, limit, collections: COLLECTIONS });
      setMeta(tx, "etag", newEtag !== null && !page.hasMore && next === path ? [path, newEtag] : undefined);
      setMeta(tx, "pulledAt", wallUs() + clockOf(tx).offset);
      setMeta(tx, "upgradeRequired", undefined);
      return { count: page.changes.length, isEnd: !page.hasMore && !isUnfinished };
    });
  }

  position(): Promise<Position> {
    return this.#store.transaction((tx) => ({
      cursor: startingCursor(tx),
      deviceId: getMeta(tx, "deviceId")!,
      etag: getMeta(tx, "etag"),
      // Without a cursor the server cannot tell that it was restored.
      superseded: getMeta(tx, "cursor") === undefined ? undefined : newestSuperseded(tx),
      sentUs: this.#settings.wallUs() + clockOf(tx).offset,
    }));
  }

  #get(path: string, headers: { [name: string]: string } = {}) {
    return this.#session.call({ method: "GET", path, headers: { ...headers, ...this.#settings.report() } });
  }

  async #versions(collection: string): Promise<Map<string, number>> {
    const rows = (await this.#store.load(recordsTable(collection))) as Map<string, RecordRow>;
    return new Map([...rows].filter(([, row]) => row.base).map(([id, row]) => [id, row.version]));
  }
}

/**
 * Makes the next pull start from the beginning; local records stay visible. `restoredVersion` is
 * that of the backup from which the server was restored, if it was.
 */
function resetCursor(tx: Transaction, restoredVersion?: unknown): void {
  if (typeof restoredVersion === "number") collectOffers(tx, restoredVersion);
  setMeta(tx, "cursor", undefined);
  setMeta(tx, "etag", undefined);
  suspectVersions(tx);
}

/** Cursor of the next page. Without one, what is accepted from here on is newer than the page. */
function startingCursor(tx: Transaction): string | undefined {
  const cursor = getMeta(tx, "cursor");
  if (cursor === undefined) suspectVersions(tx);
  return cursor;
}

/** Makes the server's versions count: it may have been restored. */
function suspectVersions(tx: Transaction): void {
  for (const collection of COLLECTIONS) {
    for (const [id, row] of tx.entries<RecordRow>(recordsTable(collection))) {
      if (row.version > 0) tx.set(recordsTable(collection), id, { ...row, version: -row.version });
    }
  }
}

/** Makes the next pull start from the beginning, and bring every record again. */
export function forgetVersions(tx: Transaction): void {
  resetCursor(tx);
  for (const collection of COLLECTIONS) {
    for (const [id, row] of tx.entries<RecordRow>(recordsTable(collection))) {
      tx.set(recordsTable(collection), id, { ...row, version: 0 });
    }
  }
}

/** Stores a page; true if a full pull ended and dropped records: one more pull is needed. */
function storePage(tx: Transaction, page: PullPage, isFirst: boolean, nowUs: number): boolean {
  if (isFirst) {
    // A full pull leaves out old tombstones: a record that none of its pages contains is deleted.
    setMeta(tx, "generation", (getMeta(tx, "generation") ?? 0) + 1);
    setMeta(tx, "rebuilding", true);
  }
  for (const record of page.changes) {
    const row = rowOf(tx, record.collection, record.id);
    // Accepted before the first pull, and lost by the server since.
    if (row?.generation === 0 && row.version < 0 && hasLaterWrites(row, record)) offerUnconfirmed(tx, record.collection, record.id);
  }
  for (const record of page.changes) storeRecord(tx, record);
  observe(tx, "pulled", page.changes.reduce((max, record) => Math.max(max, record.clock), 0));
  setMeta(tx, "cursor", page.cursor);
  return !page.hasMore && getMeta(tx, "rebuilding") === true && endRebuild(tx, nowUs);
}

/** True if records were dropped; one that was pushed meanwhile may be, and the next pull brings it. */
function endRebuild(tx: Transaction, nowUs: number): boolean {
  setMeta(tx, "rebuilding", undefined);
  setMeta(tx, "restoredVersion", undefined);
  const generation = getMeta(tx, "generation")!;
  let isDropped = false;
  for (const collection of COLLECTIONS) {
    for (const [id, row] of tx.entries<RecordRow>(recordsTable(collection))) {
      if (!row.base || row.generation >= generation) continue;
      // A full pull leaves out old tombstones: a server that is restored may need those of this device.
      if (row.base.deleted && row.clock > nowUs - TOMBSTONE_LIFETIME_US) continue;
      // Pushed before the first pull: without a cursor no restore was noticed.
      if (row.generation === 0) offerUnconfirmed(tx, collection, id);
      dropServerState(tx, collection, id);
      isDropped = true;
    }
  }
  return isDropped || unansweredOffers(tx).length > 0;
}

interface Parameters {
  readonly cursor: string | undefined;
  readonly deviceId: string;
  readonly limit: number;
  readonly collections: readonly string[];
}

function members({ cursor, deviceId, limit, collections }: Parameters): { [name: string]: string | number } {
  const parameters = { limit, day_views: "none", device_id: deviceId, schema_version: SCHEMA_VERSION, collections: collections.join() };
  return cursor === undefined ? parameters : { ...parameters, cursor };
}

function query(parameters: Parameters): string {
  return `/sync/pull?${Object.entries(members(parameters)).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&")}`;
}
