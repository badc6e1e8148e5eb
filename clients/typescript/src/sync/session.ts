/** Session of a device: sign-in, authenticated requests, and one token refresh at a time. */
import { hex, sha256, utf8 } from "../core/bytes.ts";
import { parseObject } from "../core/json.ts";
import { AccountDeleted, Offline, RequestRejected, SignedOut, UnsentWork } from "../errors.ts";
import { CONTRACTS } from "../contract/contracts.ts";
import { SMALL_TABLES, getMeta, setMeta, type Tokens } from "../local/meta.ts";
import { allEntries } from "../local/outbox.ts";
import { unansweredOffers } from "../local/offers.ts";
import { allRejected } from "../local/rejected.ts";
import { recordsTable } from "../local/records.ts";
import { assignNaturalIds } from "../local/rekey.ts";
import type { Store } from "../storage/store.ts";
import type { Transaction } from "../storage/transaction.ts";
import { responseError, type Request, type Response, type Transport } from "./transport.ts";
import { notUnderstood } from "./wire.ts";

const REFRESH_TRIES = 3;
/** Codes of a 401 for a wrong proof in the request: the token itself is valid. */
const REAUTHENTICATION = ["invalid_credentials", "invalid_code", "invalid_id_token", "invalid_passkey"];

export class Session {
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #sleep: (ms: number) => Promise<void>;
  #refreshing: Promise<void> | undefined;

  constructor(store: Store, transport: Transport, sleep: (ms: number) => Promise<void>) {
    this.#store = store;
    this.#transport = transport;
    this.#sleep = sleep;
  }

  /** Response to a request without a token; throws for anything but a success. */
  async publicCall(request: Request): Promise<Response> {
    const response = await this.#transport.send(request);
    const error = responseError(response.status, response.text, response.header("retry-after"));
    if (error) throw error;
    return response;
  }

  /** Response to a request of the signed-in user; an expired token is refreshed. */
  call(request: Request): Promise<Response> {
    return this.#authorized(request, (it) => this.#transport.send(it), (it) => Promise.resolve(it.text));
  }

  /** Open response of the signed-in user, for streams. */
  open(request: Request, signal: AbortSignal): Promise<globalThis.Response> {
    return this.#authorized(
      request,
      async (it) => {
        const response = await this.#transport.open(it, signal);
        return Object.assign(response, { header: (name: string) => response.headers.get(name) });
      },
      (it) => it.text(),
    );
  }

  /** Access token; throws SignedOut without one. */
  token(): string {
    const tokens = this.#meta("tokens");
    if (tokens) return tokens.access_token;
    if (this.#meta("signedOutBy") === "account_deleted") throw new AccountDeleted("The account was deleted.");
    throw new SignedOut("Nobody is signed in on this device: call login() or register().");
  }

  /** Exchanges the refresh token; does nothing if `stale` is no longer the access token. */
  refresh(stale: string): Promise<void> {
    this.#refreshing ??= this.#refresh(stale).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Refresh token of the present session: at a sign-in it shows that the device is known. */
  refreshToken(): string | undefined {
    return this.#meta("tokens")?.refresh_token;
  }

  /** Stores the tokens of a sign-in. The first user owns the writes that were made before. */
  async signIn(response: Response, email: string): Promise<void> {
    const tokens = tokensOf(response);
    const id = subject(tokens.access_token);
    await this.#store.transaction((tx) => {
      const owner = getMeta(tx, "user");
      if (owner && owner.id !== id) empty(tx, owner.email);
      setMeta(tx, "tokens", tokens);
      setMeta(tx, "signedOutBy", undefined);
      if (getMeta(tx, "lastFailure")?.code === "signed_out") setMeta(tx, "lastFailure", undefined);
      setMeta(tx, "user", { id, email });
      if (!owner) assignNaturalIds(tx, id);
    });
  }

  signOut(by: "user" | "server" | "account_deleted"): Promise<void> {
    return this.#store.transaction((tx) => {
      setMeta(tx, "tokens", undefined);
      setMeta(tx, "signedOutBy", by);
    });
  }

  async #authorized<R extends { status: number; header(name: string): string | null }>(
    request: Request,
    send: (request: Request) => Promise<R>,
    textOf: (response: R) => Promise<string>,
  ): Promise<R> {
    for (let isFresh = false; ; isFresh = true) {
      const token = this.token();
      const headers = { ...request.headers, Authorization: `Bearer ${token}` };
      const response = await send({ ...request, headers });
      if (response.status < 300 || response.status === 304) return response;
      const error = responseError(response.status, await textOf(response), response.header("retry-after"))!;
      if (error instanceof AccountDeleted) await this.signOut("account_deleted");
      const isExpired = error instanceof RequestRejected && error.status === 401 && !REAUTHENTICATION.includes(error.code);
      if (!isExpired) throw error;
      if (isFresh) throw new SignedOut(error.detail);
      await this.refresh(token);
    }
  }

  async #refresh(stale: string): Promise<void> {
    const before = this.#meta("tokens");
    if (!before) return void this.token();
    if (before.access_token !== stale) return;
    try {
      const tokens = tokensOf(await this.#sendRefresh(before.refresh_token));
      await this.#store.transaction((tx) => {
        // Another tab may have stored a successor, or signed out.
        if (getMeta(tx, "tokens")?.refresh_token === before.refresh_token) setMeta(tx, "tokens", tokens);
      });
    } catch (error) {
      if (error instanceof AccountDeleted) await this.signOut("account_deleted");
      if (!(error instanceof RequestRejected) || error.status !== 401) throw error;
      await this.signOut("server");
      throw new SignedOut(error.detail);
    }
  }

  /**
   * The key is derived from the token: after a lost response, a crash, or in two tabs at once, the
   * same token gets the same successor. Another key would be treated as theft.
   */
  async #sendRefresh(token: string): Promise<Response> {
    const request: Request = {
      method: "POST",
      path: "/auth/refresh",
      headers: { "Idempotency-Key": hex(sha256(utf8(token))) },
      body: JSON.stringify({ refresh_token: token }),
    };
    for (let triesLeft = REFRESH_TRIES - 1; ; triesLeft--) {
      try {
        return await this.publicCall(request);
      } catch (error) {
        // The server repeats a lost response for 60 s only, so try again at once.
        if (!(error instanceof Offline) || triesLeft === 0) throw error;
        await this.#sleep(500 + Math.random() * 1000);
      }
    }
  }

  #meta<K extends "tokens" | "signedOutBy">(key: K) {
    return this.#store.table("meta").get(key) as (K extends "tokens" ? Tokens : string) | undefined;
  }
}

/** Removes everything of the former user; throws UnsentWork if something of it was never sent. */
function empty(tx: Transaction, email: string): void {
  if (allEntries(tx).length > 0 || allRejected(tx).length > 0 || unansweredOffers(tx).length > 0) {
    throw new UnsentWork(`Changes of ${email} on this device are not sent yet: sign in as ${email} first.`);
  }
  for (const table of [...SMALL_TABLES, ...Object.keys(CONTRACTS).map(recordsTable)]) {
    for (const [key] of tx.entries(table)) {
      if (table !== "meta" || !["deviceId", "clock", "sequence"].includes(key)) tx.set(table, key, undefined);
    }
  }
}

function tokensOf(response: Response): Tokens {
  const { access_token, refresh_token } = parseObject(response.text) ?? {};
  if (typeof access_token !== "string" || typeof refresh_token !== "string") {
    throw notUnderstood("sign-in");
  }
  return { access_token, refresh_token };
}

/** User id in a JWT, without verification. */
function subject(token: string): string {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const sub = parseObject(atob(payload))?.["sub"];
  if (typeof sub !== "string") throw notUnderstood("sign-in");
  return sub;
}
