/** Rest between sets: a countdown that survives a reload, with a signal at its end. */
import { useEffect, type ReactNode } from "react";
import { clockText } from "../lib/dates.ts";
import { readLocal, useLocal, useNow, writeLocal } from "../lib/local_state.ts";
import { Button, IconButton } from "../ui/basics.tsx";
import { Icon } from "../ui/icons.tsx";

export const DEFAULT_REST_S = 120;
const STEP_S = 15;

interface Rest {
  readonly endsAt: number;
}

/** Starts the countdown; without seconds, with those of the settings. */
export function startRest(seconds?: number): void {
  const chosen = seconds ?? readLocal("restSeconds", DEFAULT_REST_S);
  if (chosen > 0) writeLocal("rest", { endsAt: Date.now() + chosen * 1000 });
}

export function RestTimer(): ReactNode {
  const [rest, setRest] = useLocal<Rest | null>("rest", null);
  const now = useNow(rest !== null);
  const left = rest === null ? 0 : Math.ceil((rest.endsAt - now) / 1000);
  const isOver = rest !== null && left <= 0;
  useEffect(() => {
    if (!isOver) return;
    if (left > -2) signal(); // not for a rest that ended while the app was closed
    const timer = setTimeout(() => setRest(null), 4000);
    return () => clearTimeout(timer);
  }, [isOver]);
  if (rest === null || left < -10) return null;
  const move = (seconds: number): void => setRest({ endsAt: rest.endsAt + seconds * 1000 });
  return (
    <div className={`rest ${isOver ? "over" : ""}`} role="timer" aria-label="Rest">
      <Icon name="timer" />
      <strong>{isOver ? "Go!" : clockText(left)}</strong>
      <Button kind="quiet" onClick={() => move(-STEP_S)} aria-label="15 seconds less">−15</Button>
      <Button kind="quiet" onClick={() => move(STEP_S)} aria-label="15 seconds more">+15</Button>
      <IconButton icon="close" label="End the rest" onClick={() => setRest(null)} />
    </div>
  );
}

/** A short tone and a vibration, where the device has them. */
function signal(): void {
  navigator.vibrate?.([200, 100, 200]);
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    tone.frequency.value = 880;
    tone.connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.25);
    tone.onended = () => void audio.close();
  } catch {
    // The screen shows it as well.
  }
}
