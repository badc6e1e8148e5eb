/** Passkeys in WebAuthn's JSON form: the browser's, or those of a provider for other runtimes. */

/** React Native and tests have one of their own; the JSON is that of the platforms' APIs. */
export interface PasskeyProvider {
  /** Makes a passkey: the platform's response. */
  create(options: PublicKeyCredentialCreationOptionsJSON): Promise<object>;
  /** Signs a challenge: the platform's response. */
  get(options: PublicKeyCredentialRequestOptionsJSON): Promise<object>;
}

/** Passkeys of the browser; throws its DOMException if the person declines. */
export function browserPasskeys(): PasskeyProvider {
  return {
    async create(options) {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return json(await credentials().create({ publicKey }));
    },
    async get(options) {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      return json(await credentials().get({ publicKey }));
    },
  };
}

function credentials(): CredentialsContainer {
  const found = globalThis.navigator?.credentials;
  if (!found) throw new TypeError("This runtime has no passkeys: pass a provider of its platform as `passkeys`.");
  return found;
}

function json(credential: Credential | null): object {
  if (!credential) throw new TypeError("The browser gave no passkey.");
  return (credential as PublicKeyCredential).toJSON() as object;
}
