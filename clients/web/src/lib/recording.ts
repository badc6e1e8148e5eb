/** Recording of what this tab says to the server, for reports of errors: one at a time. */
import type { Database } from "@trackforge/client";
import { Recorder } from "@trackforge/client/recorder";

let recorder: Recorder | undefined;

export function isRecording(): boolean {
  return recorder !== undefined;
}

export function startRecording(db: Database): void {
  recorder = new Recorder("browser");
  db.record(recorder);
}

/** Ends the recording: the tape, which the Python client replays. */
export function stopRecording(db: Database): string {
  db.record(undefined);
  const tape = recorder?.tape() ?? "";
  recorder = undefined;
  return tape;
}
