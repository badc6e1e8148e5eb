/** Values of requests, with their errors. */
import { useEffect, useState } from "react";
import { messageOf } from "./messages.ts";

export interface Loaded<T> {
  readonly value?: T;
  readonly error?: string;
}

/** Value of a request, or its error in words; the former value stays while it is asked for again. */
export function useLoad<T>(make: () => Promise<T>, dependencies: readonly unknown[]): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({});
  useEffect(() => {
    let isCurrent = true;
    const set = (it: Loaded<T>): void => {
      if (isCurrent) setLoaded(it);
    };
    make().then((value) => set({ value }), (error: unknown) => set({ error: messageOf(error) }));
    return () => {
      isCurrent = false;
    };
  }, dependencies);
  return loaded;
}
