/** The push key of this device, by which the server wakes its app up: `@trackforge/client/push`. */
import type { Client } from "./client.ts";
import type { PushKeyState } from "./sync/devices.ts";

export type { PushKeyState };

/** A key at a push service; `toJSON()` of a `PushSubscription` has `endpoint` and `keys`. */
export type PushKey =
  | { readonly kind: "webpush" | "unifiedpush"; readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } }
  | { readonly kind: "fcm" | "apns"; readonly token: string };

/** Push services that the server sends to. */
export interface PushConfig {
  /** Kinds of keys that the server sends to. */
  readonly kinds: readonly PushKey["kind"][];
  /** The server's key for subscriptions, base64url; null without Web Push. */
  readonly vapid_public_key: string | null;
}

/** Push services of the server. */
export async function pushConfig(db: Client): Promise<PushConfig> {
  const { push } = (await db.publicRequest("GET", "/sync/config")) as { push?: PushConfig };
  return push ?? { kinds: [], vapid_public_key: null };
}

/**
 * Sets the key of this device: it is woken up while it is behind, by messages without contents.
 * Call it at each start of the app, and `db.wake()` when a message arrives. The key ends with the
 * sign-in. Throws `RequestRejected` (`push_unavailable`).
 */
export async function setPushKey(db: Client, key: PushKey): Promise<PushKeyState> {
  return (await db.request("PUT", `/sync/devices/${db.deviceId}/push`, key)) as PushKeyState;
}

/** Deletes the key: this device is woken up no more. Throws `RequestRejected` (`not_found`). */
export async function deletePushKey(db: Client): Promise<void> {
  await db.request("DELETE", `/sync/devices/${db.deviceId}/push`);
}

/** The parts of a browser's `ServiceWorkerRegistration` that a subscription needs. */
export interface PushRegistration {
  /** The browser's `PushManager`. */
  readonly pushManager: PushSubscriber;
}

/** The parts of a browser's `PushManager` that a subscription needs. */
export interface PushSubscriber {
  /** Subscribes the browser at its push service, or returns its subscription. */
  subscribe(options: { userVisibleOnly: boolean; applicationServerKey: string }): Promise<SubscriptionJson>;
}

/** The part of a browser's `PushSubscription` that a key is made of. */
export interface SubscriptionJson {
  /** Subscription with its `endpoint` and `keys`. */
  toJSON(): object;
}

/**
 * Subscribes a web app at the browser's push service and sets the key: `registration` is
 * `await navigator.serviceWorker.ready`. Null if the server does not send Web Push.
 */
export async function subscribe(db: Client, registration: PushRegistration): Promise<PushKeyState | null> {
  const { kinds, vapid_public_key: applicationServerKey } = await pushConfig(db);
  if (!kinds.includes("webpush") || applicationServerKey === null) return null;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { endpoint, keys } = subscription.toJSON() as { endpoint: string; keys: { p256dh: string; auth: string } };
  return setPushKey(db, { kind: "webpush", endpoint, keys });
}
