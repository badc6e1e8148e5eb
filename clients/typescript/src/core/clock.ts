/** Device clock: increasing stamps, and the offset to the server's time. Microseconds since 1970. */
export const MAX_CLOCK = Number.MAX_SAFE_INTEGER;
/** Largest difference between two clocks that is not corrected. */
export const TOLERANCE_US = 60_000_000;

/**
 * Offset of the wall clock, and the greatest clocks of own writes, of the server, and pulled. The number of the
 * last entry of the outbox or of the rejected writes is beside them: a write stores one row for both.
 */
export interface ClockState {
  readonly offset: number;
  readonly written: number;
  readonly sent: number;
  readonly pulled: number;
  readonly sequence?: number;
}

export const NEW_CLOCK: ClockState = { offset: 0, written: 0, sent: 0, pulled: 0 };

/** Stamp of a new write: later than `lastSeen`. */
export function nextClock(nowUs: number, lastSeen: number): number {
  return Math.min(Math.max(nowUs, lastSeen + 1), MAX_CLOCK);
}

export function lastSeen(clock: ClockState): number {
  return Math.max(clock.written, clock.sent, clock.pulled);
}

/** Correction by the server's time in a response; 0 while the clocks agree within a minute. */
export function clockError(serverUs: number, sentUs: number, receivedUs: number): number {
  if (sentUs - TOLERANCE_US <= serverUs && serverUs <= receivedUs + TOLERANCE_US) return 0;
  return serverUs - Math.floor((sentUs + receivedUs) / 2);
}

/** Stamps of unsent writes moved by a correction: in order, and later than what was sent. */
export function movedStamps(unsent: readonly number[], error: number, sent: number): number[] {
  let last = sent;
  return unsent.map((stamp) => (last = nextClock(stamp + error, last)));
}
