/** The user's account: password, address, second factors, sign-in with a provider. */
import type { Client } from "../client.ts";
import { AccountDeleted, SecondFactorRequired } from "../errors.ts";
import type { CodeFlow } from "./code_flow.ts";
import { browserPasskeys, type PasskeyProvider } from "./passkeys.ts";

/** Options of `new Account`. */
export interface AccountOptions {
  /** Makes and proves passkeys; by default the browser's `navigator.credentials`. */
  readonly passkeys?: PasskeyProvider;
  /** Name of this device in the list of sessions. */
  readonly deviceName?: string;
}

/** A passkey of the user. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** An identity provider of the server. */
export interface Provider {
  readonly name: string;
  readonly issuer: string;
  readonly client_ids: readonly string[];
}

/** A linked identity of the user at a provider. */
export interface Identity {
  readonly provider: string;
  readonly email: string | null;
  readonly created_at: string;
}

/** A session of the user: a device that is signed in. */
export interface SessionItem {
  readonly id: string;
  readonly device_name: string | null;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly current: boolean;
}

/** Use of each quota: `used` of `quota`. */
export interface Usage {
  readonly [name: string]: { readonly used: number; readonly quota: number };
}

/** Calls throw `RequestRejected` with the server's `code`; those that sign in also `SecondFactorRequired`. */
export class Account {
  readonly #db: Client;
  readonly #passkeys: PasskeyProvider;
  readonly #device: { readonly device_name?: string };

  constructor(db: Client, { passkeys = browserPasskeys(), deviceName }: AccountOptions = {}) {
    this.#db = db;
    this.#passkeys = passkeys;
    this.#device = deviceName ? { device_name: deviceName } : {};
  }

  /** Requests a mail with a link for a new password; an unknown address gets the same answer. */
  async forgotPassword(email: string): Promise<void> {
    await this.#db.publicRequest("POST", "/auth/password/forgot", { email });
  }

  /** Sets a new password with the `token` of the link; all sessions end (`invalid_link`). */
  async resetPassword(token: string, password: string): Promise<void> {
    await this.#db.publicRequest("POST", "/auth/password/reset", { token, password });
  }

  /** Requests a mail with a link that verifies the address. */
  async requestVerification(): Promise<void> {
    await this.#db.request("POST", "/auth/email/verification");
  }

  /** Verifies an address, or completes a change of it, with the `token` of the link (`invalid_link`). */
  async verifyEmail(token: string): Promise<void> {
    await this.#db.publicRequest("POST", "/auth/email/verify", { token });
  }

  /** Changes the password and ends all other sessions (`invalid_credentials`). */
  async changePassword(password: string, newPassword: string): Promise<void> {
    await this.#db.request("PUT", "/users/me/password", { password, new_password: newPassword });
  }

  /** Changes the address, or sends the new one a link that does (`invalid_credentials`, `email_taken`). */
  async changeEmail(password: string, email: string): Promise<void> {
    await this.#db.request("PUT", "/users/me/email", { password, email });
  }

  /** Deletes the account with all its data; local records stay (`invalid_credentials`). */
  async deleteAccount(password: string): Promise<void> {
    await this.#db.request("DELETE", "/users/me", { password });
    await this.#db.request("GET", "/users/me").catch((error: unknown) => {
      if (!(error instanceof AccountDeleted)) throw error;
    });
  }

  /**
   * Everything that the server stores of the account, as lines of JSON. Without the password the
   * session must have begun within 15 minutes (`recent_login_required`).
   */
  export(password?: string): Promise<string> {
    return password === undefined
      ? this.#db.requestText("GET", "/users/me/export")
      : this.#db.requestText("POST", "/users/me/export", { password });
  }

  /** What the account stores, and how much it may: records, bytes, sessions, devices and others. */
  async usage(): Promise<Usage> {
    return (await this.#db.request("GET", "/users/me/usage")) as Usage;
  }

  /** Sessions of the user, with the names of their devices. */
  sessions(): Promise<SessionItem[]> {
    return this.#list("/auth/sessions", "sessions");
  }

  /** Signs out another device (`not_found`). */
  async endSession(id: string): Promise<void> {
    await this.#db.request("DELETE", `/auth/sessions/${id}`);
  }

  /** State of the authenticator app, and the number of unused recovery codes. */
  async totpStatus(): Promise<{ enabled: boolean; recovery_codes_left: number }> {
    return (await this.#db.request("GET", "/auth/totp")) as { enabled: boolean; recovery_codes_left: number };
  }

  /** Secret for an authenticator app, and its link for a QR code (`recent_login_required`). */
  async beginTotp(): Promise<{ secret: string; uri: string }> {
    return (await this.#db.request("POST", "/auth/totp")) as { secret: string; uri: string };
  }

  /** Enables the authenticator app with a code of it, and ends all other sessions; the recovery codes. */
  confirmTotp(code: string): Promise<string[]> {
    return this.#codes("/auth/totp/confirm", { code });
  }

  /** Recovery codes that replace the earlier ones (`invalid_code`). */
  newRecoveryCodes(code: string): Promise<string[]> {
    return this.#codes("/auth/totp/recovery-codes", { code });
  }

  /** Removes the authenticator app; takes one of its codes. */
  async removeTotp(code: string): Promise<void> {
    await this.#db.request("DELETE", "/auth/totp", { code });
  }

  /** Passkeys of the account. */
  passkeys(): Promise<Passkey[]> {
    return this.#list("/auth/passkeys", "passkeys");
  }

  /**
   * Adds a passkey; recovery codes if it is the first second factor, else none. Throws what the
   * provider throws if the person declines (`recent_login_required`, `passkeys_unavailable`).
   */
  async addPasskey(name?: string): Promise<string[]> {
    const options = (await this.#db.request("POST", "/auth/passkeys/options")) as PublicKeyCredentialCreationOptionsJSON;
    const credential = await this.#passkeys.create(options);
    return this.#codes("/auth/passkeys/confirm", { credential, ...(name && { name }) });
  }

  /** Removes a passkey. */
  async removePasskey(id: string): Promise<void> {
    await this.#db.request("DELETE", `/auth/passkeys/${id}`);
  }

  /** Completes a sign-in with a passkey (`invalid_passkey`, `invalid_challenge`). */
  async loginPasskey({ challenge, passkeyOptions, email }: SecondFactorRequired): Promise<void> {
    if (!passkeyOptions) throw new TypeError("The account has no passkey: its methods are in `methods`.");
    const credential = await this.#passkeys.get(passkeyOptions);
    await this.#db.signInWith("/auth/login/second", { challenge, credential }, email);
  }

  /** Providers that sign in to this server, for an app's buttons. */
  async providers(): Promise<Provider[]> {
    return ((await this.#db.publicRequest("GET", "/auth/oidc/providers")) as { providers: Provider[] }).providers;
  }

  /** Signs in with an ID token of the platform's sign-in (`email_taken`: sign in and `linkIdentity`). */
  loginWith(provider: string, idToken: string, nonce: string): Promise<void> {
    return this.#db.signInWith("/auth/oidc", { provider, id_token: idToken, nonce, ...this.#device });
  }

  /** Signs in with the code that the provider sent the page back with; `flow` is that of `beginCodeFlow`. */
  loginWithCode(provider: string, code: string, flow: CodeFlow): Promise<void> {
    return this.#db.signInWith("/auth/oidc/code", {
      provider,
      code,
      client_id: flow.clientId,
      code_verifier: flow.codeVerifier,
      redirect_uri: flow.redirectUri,
      nonce: flow.nonce,
      ...this.#device,
    });
  }

  /** Sign-ins at providers that are linked with the account. */
  identities(): Promise<Identity[]> {
    return this.#list("/auth/oidc/identities", "identities");
  }

  /** Lets an identity sign in to this account (`recent_login_required`, `identity_taken`). */
  async linkIdentity(provider: string, idToken: string, nonce: string): Promise<void> {
    await this.#db.request("POST", "/auth/oidc/identities", { provider, id_token: idToken, nonce });
  }

  /** Ends the link with a provider. */
  async unlinkIdentity(provider: string): Promise<void> {
    await this.#db.request("DELETE", `/auth/oidc/identities/${provider}`);
  }

  async #list<T>(path: string, member: string): Promise<T[]> {
    return ((await this.#db.request("GET", path)) as { [member: string]: T[] })[member]!;
  }

  async #codes(path: string, body: object): Promise<string[]> {
    return ((await this.#db.request("POST", path, body)) as { recovery_codes: string[] }).recovery_codes;
  }
}
