/** Pull: pages of changes from the device's cursor, each stored in one transaction. */
import { CONTRACTS, SCHEMA_VERSION } from "../contract/contracts.ts";
import { RequestRejected, UpgradeRequired } from "../errors.ts";
import { META, clockOf, getMeta, observe, setMeta, type Meta } from "../local/meta.ts";
import { correctClock } from "../local/outbox.ts";
import { collectOffers, collectReplaced, confirmHistory, newestSuperseded, offerUnconfirmed, unansweredOffers } from "../local/offers.ts";
import { dropServerState, hasLaterWrites, recordsTable, rowOf, storeRecord, type RecordRow } from "../local/records.ts";
import type { Store } from "../storage/store.ts";
import type { Transaction } from "../storage/transaction.ts";
import type { Offers } from "./offers.ts";
import type { Session } from "./session.ts";
import type { Response } from "./transport.ts";
import { Turns } from "./turns.ts";
import { parsePull, type PullPage } from "./wire.ts";

const COLLECTIONS = Object.keys(CONTRACTS);
/** Changes of the first page of a full pull, so that something is shown soon. */
const FIRST_PAGE = 1000;
const TOMBSTONE_LIFETIME_US = 180 * 86_400_000_000;

export interface PullSettings {
  /** Changes of one page; by default few of the first, and as many as the server allows of the others. */
  readonly limit: number | undefined;
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

/** A page under way. */
interface Requested {
  readonly position: Position;
  readonly response: Promise<Response>;
}

interface StoredPage extends Stored {
  /** The page that follows, requested already. */
  readonly next?: Requested | undefined;
}

/** State of the device before a page is requested. */
export interface Position {
  readonly cursor: string | undefined;
  readonly deviceId: string;
  readonly etag: readonly [query: string, etag: string] | undefined;
  /** By the device's clock, uncorrected: a response may correct it while the next is under way. */
  readonly sentWallUs: number;
  /** Newest state that a push result has replaced. */
  readonly superseded: string | undefined;
}

export class Pull {
  readonly #store: Store;
  readonly #session: Session;
  readonly #settings: PullSettings;
  readonly #turns = new Turns();

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
    const { pullAgain } = await import("../on_demand.ts");
    await pullAgain(this.#store, collection, async (cursor) => {
      const { deviceId } = await this.position();
      return parsePull((await this.#get(this.#path(cursor, deviceId, [collection]))).text);
    });
  }

  /** One page; an expired cursor makes the next one the first. */
  page(): Promise<Stored> {
    return this.#turns.run(async () => {
      await this.#settings.offers.sendAll();
      try {
        return await this.#page(false);
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
    return this.#turns.run(() => this.#all());
  }

  async #all(): Promise<Pulled> {
    let count = 0;
    let isRestarted = false;
    await this.#settings.offers.repeat();
    let next: Requested | undefined;
    for (;;) {
      // A page that was requested before offers were sent lacks their results.
      if (await this.#settings.offers.sendAll()) next = undefined;
      let result;
      try {
        result = await this.#page(true, next);
        next = result.count > 0 ? result.next : undefined; // without changes it was not stored
      } catch (error) {
        next = undefined;
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

  /** Stores a page, and requests the one that follows it if `goesOn`. */
  async #page(goesOn: boolean, requested?: Requested): Promise<StoredPage> {
    const { position, response } = requested ?? this.#request(await this.position());
    const { status, text, header } = await response;
    if (status === 304) {
      const { wallUs } = this.#settings;
      await this.#store.transaction((tx) => {
        confirmHistory(tx, position.superseded);
        setMeta(tx, "pulledAt", wallUs() + clockOf(tx).offset);
      });
      return { count: 0, isEnd: true };
    }
    const page = parsePull(text);
    // The server makes the next page while this one is stored.
    const next = goesOn && page.hasMore ? this.#request({ ...position, cursor: page.cursor, sentWallUs: this.#settings.wallUs() }) : undefined;
    next?.response.catch(() => undefined); // read only if this page was stored
    await new Promise((resolve) => setTimeout(resolve)); // Node sends a request only after this turn
    return { ...(await this.store(page, position, header("etag"))), next };
  }

  #request(position: Position): Requested {
    const { cursor, deviceId, etag } = position;
    const path = this.#path(cursor, deviceId);
    return { position, response: this.#get(path, etag?.[0] === path ? { "If-None-Match": etag[1] } : {}) };
  }

  #path(cursor: string | undefined, deviceId: string, collections = COLLECTIONS): string {
    const limits = this.#store.table(META).get("limits") as Meta["limits"] | undefined;
    const limit = this.#settings.limit ?? (cursor ? limits?.pull_limit : undefined) ?? FIRST_PAGE;
    return `/sync/pull?${new URLSearchParams(members({ cursor, deviceId, limit, collections }) as {})}`;
  }

  /** Stores a page that was requested from a position, of a pull or of a combined request. */
  store(page: PullPage, position: Position, newEtag: string | null = null): Promise<Stored> {
    const { wallUs } = this.#settings;
    const { cursor, deviceId, sentWallUs, superseded } = position;
    return this.#store.transaction((tx) => {
      correctClock(tx, page.serverClock, sentWallUs + clockOf(tx).offset, wallUs());
      // The cursor was reset, or another tab was faster: drop this page.
      if (getMeta(tx, "cursor") !== cursor) return { count: 0, isEnd: false };
      if (cursor === undefined) collectReplaced(tx);
      confirmHistory(tx, superseded);
      const isUnfinished = storePage(tx, page, cursor === undefined, wallUs() + clockOf(tx).offset);
      // Of the end only, where the next request is the same.
      setMeta(tx, "etag", newEtag !== null && page.cursor === cursor ? [this.#path(cursor, deviceId), newEtag] : undefined);
      setMeta(tx, "pulledAt", wallUs() + clockOf(tx).offset);
      setMeta(tx, "upgradeRequired", undefined);
      return { count: page.changes.length, isEnd: !page.hasMore && !isUnfinished };
    }, true);
  }

  position(): Promise<Position> {
    return this.#store.transaction((tx) => ({
      cursor: startingCursor(tx),
      deviceId: getMeta(tx, "deviceId")!,
      etag: getMeta(tx, "etag"),
      // Without a cursor the server cannot tell that it was restored.
      superseded: getMeta(tx, "cursor") === undefined ? undefined : newestSuperseded(tx),
      sentWallUs: this.#settings.wallUs(),
    }));
  }

  #get(path: string, headers: { [name: string]: string } = {}) {
    return this.#session.call({ method: "GET", path, headers: { ...headers, ...this.#settings.report() } });
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
  let newest = 0;
  for (const record of page.changes) {
    const row = rowOf(tx, record.collection, record.id);
    // Accepted before the first pull, and lost by the server since.
    if (row?.generation === 0 && row.version < 0 && hasLaterWrites(row, record)) offerUnconfirmed(tx, record.collection, record.id);
    storeRecord(tx, record);
    newest = Math.max(newest, record.clock);
  }
  observe(tx, "pulled", newest);
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
  return { ...parameters, ...(cursor && { cursor }) };
}
