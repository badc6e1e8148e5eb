/** Moments of the server's answers in words. */

export function moment(text: string | null | undefined): string {
  return text ? new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "never";
}

const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]] as const;

/** Such as `3 days ago`. */
export function ago(text: string | null | undefined, now = Date.now()): string {
  if (!text) return "never";
  const seconds = (now - Date.parse(text)) / 1000;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
