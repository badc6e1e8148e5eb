/** Errors of the client, by the reaction that an app can have. None discards unsent writes. */
import type { FieldErrors } from "./core/validate.ts";

/** An error of the client; its message is a sentence for users. */
export class TrackForgeError extends Error {
  /** Name of the class, which a minifier shortens: compare with `instanceof`. */
  override get name(): string {
    return this.constructor.name;
  }
}

/** A write that the contract does not allow; nothing was stored. `errors` has messages by field. */
export class InvalidRecord extends TrackForgeError {
  readonly collection: string;
  readonly errors: FieldErrors;

  constructor(collection: string, errors: FieldErrors) {
    const texts = Object.entries(errors).map(([field, messages]) => `${field}: ${messages.join(" ")}`);
    super(`Invalid ${collection}: ${texts.join("; ")}`);
    this.collection = collection;
    this.errors = errors;
  }
}

/** A patch or delete of a record that is not on this device: put it, or sync first. */
export class UnknownRecord extends TrackForgeError {}

/** A query with an unknown field, or a value that cannot be compared. */
export class InvalidQuery extends TrackForgeError {}

/** Unsent writes of another user are on this device: sign in as that user, or open another database. */
export class UnsentWork extends TrackForgeError {}

/** No session: sign in. Unsent writes wait until the same user signs in again. */
export class SignedOut extends TrackForgeError {}

/** The account was deleted on the server; local records are still on this device. */
export class AccountDeleted extends SignedOut {}

/** This version of the app is too old to pull: it still pushes; update it. */
export class UpgradeRequired extends TrackForgeError {}

/** A temporary failure; the background sync tries again by itself. */
export class Retryable extends TrackForgeError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** No response: no network, or the connection broke off. */
export class Offline extends Retryable {}

/** The server or a proxy cannot process the request now. */
export class Unavailable extends Retryable {}

/**
 * The account has a second factor: ask for its code, and call `loginSecond(error, code)`; with
 * `passkeyOptions`, `loginPasskey(error)` of `@trackforge/client/account` asks for a passkey.
 */
export class SecondFactorRequired extends TrackForgeError {
  readonly challenge: string;
  /** Of `totp`, `passkey` and `recovery_code`. */
  readonly methods: readonly string[];
  readonly passkeyOptions: PublicKeyCredentialRequestOptionsJSON | undefined;
  /** Address of the sign-in. */
  email = "";

  constructor(detail: string, challenge: string, methods: readonly string[] = [], passkeyOptions?: object) {
    super(detail);
    this.challenge = challenge;
    this.methods = methods;
    this.passkeyOptions = passkeyOptions as PublicKeyCredentialRequestOptionsJSON | undefined;
  }
}

/** The server rejected the request with a problem document (RFC 9457). */
export class RequestRejected extends TrackForgeError {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problem: { readonly [member: string]: unknown };

  constructor(status: number, code: string, detail: string, problem: { [member: string]: unknown }) {
    super(`${detail} (${code})`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.problem = problem;
  }
}
