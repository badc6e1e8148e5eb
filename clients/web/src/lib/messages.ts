/** Errors in words for the user. */
import { AccountDeleted, InvalidRecord, Offline, RequestRejected, SignedOut } from "@trackforge/client";

export function messageOf(error: unknown): string {
  if (error instanceof Offline) return "No connection to the server. Try again when you are online.";
  if (error instanceof SignedOut && !(error instanceof AccountDeleted)) return "This is on the server: sign in first.";
  if (error instanceof InvalidRecord) return fieldMessages(error.errors);
  if (error instanceof RequestRejected) {
    const errors = error.problem["errors"];
    return errors && typeof errors === "object" ? `${error.detail} ${fieldMessages(errors as Messages)}` : error.detail;
  }
  return error instanceof Error ? error.message : String(error);
}

type Messages = { readonly [field: string]: readonly string[] };

/** Messages as sentences, such as `Weight: Must be from 1 to 1,000.` */
export function fieldMessages(errors: Messages): string {
  return Object.entries(errors)
    .map(([field, messages]) => `${fieldName(field)}: ${[messages].flat().join(" ")}`)
    .join(" ");
}

export function fieldName(field: string): string {
  const words = field.replace(/_(kg|g|kcal|cm|pct|s|m|mg|bpm)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
