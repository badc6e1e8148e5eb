/** Calendar days as `YYYY-MM-DD`, in the calendar of this device. */

const DAY_MS = 86_400_000;

export function today(now = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Number of days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** ISO weekday: 1 is Monday. */
export function weekday(date: string): number {
  return new Date(Date.parse(date)).getUTCDay() || 7;
}

/** First day of the date's week; `start` is an ISO weekday. */
export function weekOf(date: string, start = 1): string {
  return addDays(date, -((weekday(date) - start + 7) % 7));
}

export function isDate(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

const LONG = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const LONG_WITH_YEAR = new Intl.DateTimeFormat("en", {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const MEDIUM = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** Date as a title: `Today`, `Yesterday`, `Monday, 23 November`. */
export function dateTitle(date: string, now = today()): string {
  const names: { [days: number]: string } = { 0: "Today", [-1]: "Yesterday", 1: "Tomorrow" };
  return names[daysBetween(now, date)] ?? mediumDate(date, now);
}

export function longDate(date: string, now = today()): string {
  return (date.slice(0, 4) === now.slice(0, 4) ? LONG : LONG_WITH_YEAR).format(Date.parse(date));
}

/** Date in a list, as `Mon, Nov 23`. */
export function mediumDate(date: string, now = today()): string {
  return (date.slice(0, 4) === now.slice(0, 4) ? MEDIUM : LONG_WITH_YEAR).format(Date.parse(date));
}

export function shortDate(date: string): string {
  return SHORT.format(Date.parse(date));
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** Duration as `1 h 05 min` or `42 min`. */
export function durationText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return hours === 0 ? `${rest} min` : `${hours} h ${String(rest).padStart(2, "0")} min`;
}

/** Countdown as `1:30`. */
export function clockText(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
