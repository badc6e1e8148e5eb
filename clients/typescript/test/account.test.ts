/** The account against a scripted server; tests/typescript/test_account.py has the real one. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { Account, beginCodeFlow, browserPasskeys } from "../src/account/index.ts";
import { RequestRejected, SecondFactorRequired, memory, open, type Database } from "../src/index.ts";
import { FakeServer, NOW_MS } from "./fake_server.ts";
import { ORIGIN, SoftAuthenticator } from "./soft_authenticator.ts";

const LOGIN = "POST /auth/login";
const SECOND = "POST /auth/login/second";
const OPTIONS = { challenge: "Y2hhbGxlbmdl", rpId: "localhost", allowCredentials: [] };

let server: FakeServer;
let db: Database;

beforeEach(async () => {
  server = new FakeServer();
  db = await open({ url: "http://server", storage: memory(new Map()), fetch: server.fetch, now: () => NOW_MS, sleep: async () => {} });
});

function demandSecondFactor(more: object): void {
  const body = { code: "second_factor_required", detail: "A second factor is needed", challenge: "c-1", ...more };
  server.handlers[SECOND] = server.handlers[LOGIN]!;
  server.handlers[LOGIN] = () => ({ status: 401, body });
}

async function rejection(attempt: Promise<void>): Promise<unknown> {
  return attempt.then(() => undefined, (error: unknown) => error);
}

test("a known device shows its refresh token at the next sign-in", async () => {
  await db.login("ada@example.com", "secret");
  await db.login("ada@example.com", "secret");
  const sent = server.of(LOGIN).map((it) => JSON.parse(it.body).refresh_token);
  assert.deepEqual(sent, [undefined, "refresh-1"]);
});

test("a sign-in with a passkey sends what the authenticator signed", async () => {
  demandSecondFactor({ methods: ["passkey", "recovery_code"], passkey_options: OPTIONS });
  const error = await rejection(db.login("ada@example.com", "secret"));
  assert.ok(error instanceof SecondFactorRequired);
  assert.deepEqual(error.methods, ["passkey", "recovery_code"]);
  await new Account(db, { passkeys: new SoftAuthenticator(ORIGIN) }).loginPasskey(error);
  const { challenge, credential } = JSON.parse(server.of(SECOND)[0]!.body);
  assert.equal(challenge, "c-1");
  const client = JSON.parse(Buffer.from(credential.response.clientDataJSON, "base64url").toString());
  assert.equal(client.challenge, OPTIONS.challenge);
  assert.equal(db.status().email, "ada@example.com");
});

test("without a passkey, or a platform that has any, the app is told so", async () => {
  demandSecondFactor({ methods: ["totp"] });
  const error = (await rejection(db.login("ada@example.com", "secret"))) as SecondFactorRequired;
  await assert.rejects(new Account(db).loginPasskey(error), /no passkey/);
  await assert.rejects(browserPasskeys().get(OPTIONS), /PublicKeyCredential/);
});

test("a page's flow proves itself with what it began with", async () => {
  const { flow, query } = beginCodeFlow("client-1", "https://app.example.com/in");
  assert.equal(query.get("code_challenge"), createHash("sha256").update(flow.codeVerifier).digest("base64url"));
  assert.deepEqual([query.get("state"), query.get("nonce")], [flow.state, flow.nonce]);
  assert.equal(new Set([flow.state, flow.nonce, flow.codeVerifier]).size, 3);
  assert.match(flow.codeVerifier, /^[\w-]{43}$/);
  server.handlers["POST /auth/oidc/code"] = server.handlers[LOGIN]!;
  server.handlers["GET /users/me"] = () => ({ body: { email: "ada@example.com" } });
  await new Account(db, { deviceName: "page" }).loginWithCode("google", "code-1", flow);
  assert.deepEqual(JSON.parse(server.of("POST /auth/oidc/code")[0]!.body), {
    provider: "google", code: "code-1", client_id: "client-1", code_verifier: flow.codeVerifier,
    redirect_uri: "https://app.example.com/in", nonce: flow.nonce, device_name: "page",
  });
  assert.equal(db.status().email, "ada@example.com");
});

test("a rejected link has the server's code", async () => {
  server.handlers["POST /auth/password/reset"] = () => ({ status: 400, body: { code: "invalid_link", detail: "The link is unknown" } });
  const error = await rejection(new Account(db).resetPassword("token", "a long pass phrase"));
  assert.ok(error instanceof RequestRejected);
  assert.equal(error.code, "invalid_link");
});
