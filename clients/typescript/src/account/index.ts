/** The user's account: `@trackforge/client/account`. */
export { Account, type AccountOptions, type Identity, type Passkey, type Provider, type SessionItem, type Usage } from "./account.ts";
export { beginCodeFlow, type CodeFlow } from "./code_flow.ts";
export { browserPasskeys, type PasskeyProvider } from "./passkeys.ts";
