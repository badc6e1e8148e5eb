/** State of this device that no other device needs: it survives a reload. */
import { useEffect, useState } from "react";

const PREFIX = "logbook:";

export function readLocal<T>(key: string, initial: T): T {
  const text = localStorage.getItem(PREFIX + key);
  return text === null ? initial : (JSON.parse(text) as T);
}

export function writeLocal(key: string, value: unknown): void {
  localStorage.setItem(PREFIX + key, JSON.stringify(value));
  window.dispatchEvent(new CustomEvent(PREFIX, { detail: key }));
}

export function removeLocal(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

/** Value of a key, again when any part of the page writes it. */
export function useLocal<T>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => readLocal(key, initial));
  useEffect(() => {
    setValue(readLocal(key, initial));
    const listener = (event: Event): void => {
      if ((event as CustomEvent<string>).detail === key) setValue(readLocal(key, initial));
    };
    window.addEventListener(PREFIX, listener);
    return () => window.removeEventListener(PREFIX, listener);
  }, [key]);
  return [value, (it) => writeLocal(key, it)];
}

/** Time in milliseconds, again every second while it runs. */
export function useNow(isRunning = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
