/** Software authenticator with one passkey (ES256), as WebAuthn describes it. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import type { PasskeyProvider } from "../src/account/index.ts";

export const ORIGIN = "http://localhost:5173";
const PRESENT_AND_VERIFIED = 0x05;
const ATTESTED = 0x40;

export class SoftAuthenticator implements PasskeyProvider {
  readonly #origin: string;
  readonly #id = randomBytes(32);
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

  constructor(origin: string) {
    this.#origin = origin;
  }

  async create(options: PublicKeyCredentialCreationOptionsJSON): Promise<object> {
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.#id.length]), this.#id, coseKey(this.#keys.publicKey)]);
    const data = Buffer.concat([authenticatorData(options.rp.id!, ATTESTED), attested]);
    // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
    const attestation = Buffer.concat([
      Buffer.from([0xa3]), text("fmt"), text("none"), text("attStmt"), Buffer.from([0xa0]), text("authData"),
      Buffer.from([0x59, data.length >> 8, data.length & 0xff]), data,
    ]);
    return this.#credential({
      clientDataJSON: this.#clientData("webauthn.create", options.challenge).toString("base64url"),
      attestationObject: attestation.toString("base64url"),
    });
  }

  async get(options: PublicKeyCredentialRequestOptionsJSON): Promise<object> {
    const data = authenticatorData(options.rpId!);
    const clientData = this.#clientData("webauthn.get", options.challenge);
    const signed = Buffer.concat([data, createHash("sha256").update(clientData).digest()]);
    return this.#credential({
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: sign("sha256", signed, this.#keys.privateKey).toString("base64url"),
    });
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  #credential(response: object): object {
    const id = this.#id.toString("base64url");
    return { id, rawId: id, type: "public-key", response, clientExtensionResults: {} };
  }
}

function authenticatorData(domain: string, flags = 0): Buffer {
  const hash = createHash("sha256").update(domain).digest();
  return Buffer.concat([hash, Buffer.from([flags | PRESENT_AND_VERIFIED]), Buffer.alloc(4)]);
}

/** CBOR of a COSE key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: "jwk" });
  const bytes = (value: string | undefined): Buffer => Buffer.concat([Buffer.from([0x58, 32]), Buffer.from(value!, "base64url")]);
  return Buffer.concat([Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21]), bytes(x), Buffer.from([0x22]), bytes(y)]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
}
