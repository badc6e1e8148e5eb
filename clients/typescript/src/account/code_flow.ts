/** Begin of an OpenID Connect code flow with PKCE (RFC 7636), for pages. */
import { sha256, utf8 } from "../core/bytes.ts";

/** What the page stores, such as in `sessionStorage`, until the provider sends it back. */
export interface CodeFlow {
  readonly clientId: string;
  readonly redirectUri: string;
  /** To be compared with the `state` that comes back. */
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** A flow, and the query of the provider's authorization endpoint that begins it. */
export function beginCodeFlow(
  clientId: string,
  redirectUri: string,
  random: (length: number) => Uint8Array = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
): { readonly flow: CodeFlow; readonly query: URLSearchParams } {
  const secret = (): string => base64url(random(32));
  const flow = { clientId, redirectUri, state: secret(), nonce: secret(), codeVerifier: secret() };
  const query = new URLSearchParams({
    response_type: "code",
    scope: "openid email",
    client_id: clientId,
    redirect_uri: redirectUri,
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: base64url(sha256(utf8(flow.codeVerifier))),
    code_challenge_method: "S256",
  });
  return { flow, query };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
