/** Service worker of the app: registration, and new versions. */
import { useSyncExternalStore } from "react";

let waiting: ServiceWorker | undefined;
const listeners = new Set<() => void>();

/** Registers the worker; the app starts offline from then on. */
export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const hadWorker = serviceWorker.controller !== null;
  let isReloading = false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (!hadWorker || isReloading) return;
    isReloading = true;
    location.reload();
  });
  const registration = await serviceWorker.register("worker.js", { scope: "./", updateViaCache: "none" });
  const follow = (worker: ServiceWorker | null): void => {
    const check = (): void => {
      if (worker?.state !== "installed" || !serviceWorker.controller) return;
      waiting = worker;
      listeners.forEach((listener) => listener());
    };
    check();
    worker?.addEventListener("statechange", check);
  };
  follow(registration.waiting);
  registration.addEventListener("updatefound", () => follow(registration.installing));
}

/** True once a new version is installed and waits for the restart. */
export function useUpdate(): boolean {
  return useSyncExternalStore(subscribe, () => waiting !== undefined);
}

export function applyUpdate(): void {
  waiting?.postMessage("activate");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
