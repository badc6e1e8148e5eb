/**
 * Connector for PowerSync's client SDKs: they download from a TrackForge Sync server as they are,
 * and upload through `POST /sync/push`.
 *
 *     const connector = new TrackForgeConnector({ url: "https://sync.example.com", tokens });
 *     await db.connect(connector);
 */
import type {
  AbstractPowerSyncDatabase,
  CrudEntry,
  PowerSyncBackendConnector,
  PowerSyncCredentials,
} from "@powersync/common";

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

export interface Rejected {
  collection: string;
  id: string;
  error: { code: string; detail: string; errors?: Record<string, unknown> };
}

export interface Options {
  /** Address of the server, without a path. */
  url: string;
  tokens: Tokens;
  /** Stores the new pair after each refresh: an old refresh token works only once. */
  onTokens?: (tokens: Tokens) => void | Promise<void>;
  /** Reports changes that the server will never accept; they are not sent again. */
  onRejected?: (rejected: Rejected[]) => void | Promise<void>;
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type FieldType = { type: string };
interface Config {
  limits: { push_changes: number };
  collections: Record<string, { fields: Record<string, FieldType>; groups: string[][] }>;
}

const OPERATIONS = { PUT: "put", PATCH: "patch", DELETE: "delete" } as const;

export class TrackForgeConnector implements PowerSyncBackendConnector {
  private readonly options: Options;
  private tokens: Tokens;
  private config: Promise<Config> | undefined;
  private lastClock = 0;
  /** Distinguishes the keys of this connector, whose batches are not stored, from earlier ones. */
  private readonly run = crypto.randomUUID();
  /** The last push, until it is answered: the same bytes go under the same key. */
  private unanswered: { key: string; body: string } | undefined;

  constructor(options: Options) {
    this.options = options;
    this.tokens = options.tokens;
  }

  /** Credentials for the next connection, from the refresh token. */
  async fetchCredentials(): Promise<PowerSyncCredentials> {
    await this.refresh();
    return {
      endpoint: `${this.options.url}/api/v1/powersync`,
      token: this.tokens.access_token,
    };
  }

  /** Sends everything that waits in the upload queue, a batch at a time. */
  async uploadData(db: AbstractPowerSyncDatabase): Promise<void> {
    const config = await this.serverConfig();
    const limit = config.limits.push_changes;
    for (let batch; (batch = await db.getCrudBatch(limit)); ) {
      const clientId = await db.getClientId();
      const entries = batch.crud.map((entry) => entry.toJSON());
      const key = await sha256(JSON.stringify([this.run, clientId, ...entries]));
      if (this.unanswered?.key !== key) {
        const changes = (await Promise.all(batch.crud.map((entry) => this.change(db, entry, config)))).flat();
        this.unanswered = { key, body: JSON.stringify({ device_id: clientId, changes }) };
      }
      const answer = await this.push(this.unanswered);
      this.unanswered = undefined;
      const rejected = answer.results.filter((result) => result.status === "rejected");
      if (rejected.length) await this.options.onRejected?.(rejected as unknown as Rejected[]);
      await batch.complete();
    }
  }

  /** Exchanges the refresh token for a new pair; several callers at once get the same one. */
  private async refresh(): Promise<void> {
    const { refresh_token } = this.tokens;
    const response = await this.fetch("/auth/refresh", {
      method: "POST",
      headers: { "Idempotency-Key": await sha256(refresh_token) },
      body: JSON.stringify({ refresh_token }),
    });
    if (!response.ok) throw await failure(response);
    this.tokens = await response.json();
    await this.options.onTokens?.(this.tokens);
  }

  private async push({ key, body }: {
    key: string;
    body: string;
  }): Promise<{ results: { status: string }[]; server_clock: number }> {
    const response = await this.authorized("/sync/push", {
      method: "POST",
      headers: { "Idempotency-Key": key, "Sent-At": String(Date.now() * 1000) },
      body,
    });
    return response.json();
  }

  /**
   * The change that an entry of the upload queue asks for; none for an edit of a row that is deleted
   * later in the queue. A patch has the whole of each group that it names, from the row.
   */
  private async change(db: AbstractPowerSyncDatabase, entry: CrudEntry, config: Config): Promise<object[]> {
    const op = OPERATIONS[entry.op];
    const change = { collection: entry.table, id: entry.id, op, clock: this.clock() };
    if (op === "delete") return [change];
    const { fields = {}, groups = [] } = config.collections[entry.table] ?? {};
    let data: Record<string, unknown> = entry.opData ?? {};
    const named = groups.filter((group) => group.some((name) => name in data)).flat();
    if (op === "patch" && named.length > 0) {
      const table = entry.table.replaceAll('"', '""');
      const row = await db.getOptional<Record<string, unknown>>(`SELECT * FROM "${table}" WHERE id = ?`, [entry.id]);
      if (!row) return [];
      const present = named.filter((name) => name in row).map((name) => [name, row[name]]);
      data = { ...Object.fromEntries(present), ...data };
    }
    const values = Object.entries(data).map(([name, value]) => [name, fromSqlite(value as Json, fields[name]?.type)]);
    return [{ ...change, data: Object.fromEntries(values) }];
  }

  /** Microseconds since 1970, later than every clock given before. */
  private clock(): number {
    this.lastClock = Math.max(Date.now() * 1000, this.lastClock + 1);
    return this.lastClock;
  }

  /** Limits and the types of all fields; asked for once. */
  private serverConfig(): Promise<Config> {
    this.config ??= this.authorized("/sync/config").then((response) => response.json());
    this.config.catch(() => (this.config = undefined));
    return this.config;
  }

  /** A request with the access token, repeated once with a new one when that has expired. */
  private async authorized(path: string, init: RequestInit = {}): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const headers = { ...init.headers, Authorization: `Bearer ${this.tokens.access_token}` };
      const response = await this.fetch(path, { ...init, headers });
      if (response.ok) return response;
      if (response.status !== 401 || attempt > 0) throw await failure(response);
      await this.refresh();
    }
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { "Content-Type": "application/json", ...init.headers };
    return fetch(`${this.options.url}/api/v1${path}`, { ...init, headers });
  }
}

/** SQLite has neither flags nor lists: they are 0 or 1, and JSON text. */
function fromSqlite(value: Json, type: string | undefined): Json {
  if (value === null) return null;
  if (type === "boolean") return Boolean(value);
  if ((type === "array" || type === "object") && typeof value === "string") return JSON.parse(value);
  return value;
}

async function failure(response: Response): Promise<Error> {
  const problem = await response.json().catch(() => ({}));
  return new Error(`${response.status} ${problem.code ?? ""}: ${problem.detail ?? response.statusText}`);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
