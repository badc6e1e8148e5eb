/** JSON values. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
/** Fields of a record. */
export type Fields = { [name: string]: Json };

/** True for an object that is no list. */
export function isObject(value: unknown): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Object of a JSON text; undefined for anything else. */
export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
