/** Routes in the fragment of the address: the server has one page, offline or not. */
import { useSyncExternalStore } from "react";

export interface Route {
  /** Segments of the path, as `["day", "2026-11-23"]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

/** Route of the page, again after every navigation. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

export function go(path: string): void {
  location.hash = `#${path}`;
}

/** Replaces the page in the history, so that "back" skips it. */
export function replace(path: string): void {
  history.replaceState(null, "", `#${path}`);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

export function back(fallback: string): void {
  if (history.length > 1) history.back();
  else replace(fallback);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}
