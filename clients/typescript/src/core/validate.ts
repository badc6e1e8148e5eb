/** Validation of local writes by the contract, with the same rules as on the server. */
import { isRequired, missingAlternative, type Contract, type ValueSchema } from "../contract/contract.ts";
import { utf8 } from "./bytes.ts";
import { isObject, type Fields, type Json } from "./json.ts";
import type { Op } from "./merge.ts";

/** Size limit of a record, in bytes of JSON. */
export const RECORD_BYTES = 65_536;

/** Messages by field. */
export type FieldErrors = { [field: string]: string[] };

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const FORBIDDEN = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const REQUIRED = "Missing data for required field.";

/** Messages by field, as `weight_kg` or `days.0.name`; empty for a valid put or patch. */
export function fieldErrors(
  contract: Contract,
  op: Op,
  id: string,
  data: Fields,
  limit = RECORD_BYTES,
): FieldErrors {
  const errors: FieldErrors = {};
  if (!UUID.test(id)) errors["id"] = ["Not a UUID in canonical lower-case text."];
  for (const name in data) {
    const schema = contract.fields[name];
    const value = data[name]!;
    if (!schema) errors[name] = ["Unknown field."];
    else if (value !== null) check(value, schema, name, errors);
    else if (isRequired(contract, name)) errors[name] = [REQUIRED];
  }
  if (op === "put") {
    for (const name in contract.fields) {
      if (isRequired(contract, name) && data[name] == null) errors[name] = [REQUIRED];
    }
  }
  // A patch of some of their fields is completed on the server.
  const isWhole = op === "put" || contract.alternatives.flat().every((name) => name in data);
  for (const name of isWhole ? missingAlternative(contract, data) : []) {
    errors[name] ??= [`Missing: a record has ${contract.alternatives.map((it) => it.join(" with ")).join(", or ")}.`];
  }
  if (Object.keys(errors).length === 0) {
    const size = utf8(JSON.stringify(data)).length;
    if (size > limit) errors["data"] = [`Has ${size} bytes, at most ${limit} are allowed.`];
  }
  return errors;
}

function check(value: Json, schema: ValueSchema, path: string, errors: FieldErrors): void {
  const message = CHECKS[schema.type](value, schema);
  if (message) {
    errors[path] = [message];
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => check(item, schema.items!, `${path}.${index}`, errors));
  } else if (isObject(value)) {
    checkMembers(value, schema, path, errors);
  }
}

function checkMembers(value: Fields, schema: ValueSchema, path: string, errors: FieldErrors): void {
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : undefined;
  for (const name of required ?? []) {
    if (value[name] == null) errors[`${path}.${name}`] = [REQUIRED];
  }
  for (const name in value) {
    const inner = schema.properties?.[name];
    const item = value[name]!;
    if (!inner) errors[`${path}.${name}`] = ["Unknown field."];
    else if (item !== null) check(item, inner, `${path}.${name}`, errors);
    else if (!required) errors[`${path}.${name}`] = ["May not be null."]; // the value of a map
  }
}

type Check = (value: Json, schema: ValueSchema) => string;

const CHECKS: { [type in ValueSchema["type"]]: Check } = {
  string: textError,
  number: numberError,
  integer: (value, schema) =>
    typeof value === "number" && !Number.isInteger(value)
      ? "Must be a whole number."
      : numberError(value, schema),
  boolean: (value) => (typeof value === "boolean" ? "" : "Neither true nor false."),
  array: listError,
  object: (value) => (isObject(value) ? "" : "Not an object."),
};

function numberError(value: Json, { minimum = -Infinity, maximum = Infinity, multipleOf }: ValueSchema): string {
  if (typeof value !== "number") return "Not a number.";
  if (!(value >= minimum && value <= maximum)) return `Must be from ${minimum} to ${maximum}.`;
  return multipleOf && !Number.isInteger(value / multipleOf) ? `Must be a multiple of ${multipleOf}.` : "";
}

function textError(value: Json, schema: ValueSchema): string {
  if (typeof value !== "string") return "Not text.";
  if (FORBIDDEN.test(value)) return "May not contain NUL or lone surrogates.";
  if (schema.enum) return schema.enum.includes(value) ? "" : `Must be one of ${schema.enum.join(", ")}.`;
  const { minLength = 0, maxLength = Infinity, pattern, format = "text" } = schema;
  const length = characters(value);
  if (length < minLength || length > maxLength) return `Must be ${minLength} to ${maxLength} characters long.`;
  const matches = !pattern || new RegExp(pattern).test(value);
  return matches && (!value || (FORMATS[format]?.(value) ?? true)) ? "" : `Not a valid ${format}.`;
}

function listError(value: Json, { minItems = 0, maxItems = Infinity, uniqueItems }: ValueSchema): string {
  if (!Array.isArray(value)) return "Not a list.";
  if (value.length < minItems || value.length > maxItems) return `Must have ${minItems} to ${maxItems} items.`;
  const isRepeated = uniqueItems && new Set(value.map((item) => JSON.stringify(item))).size < value.length;
  return isRepeated ? "An item is repeated." : "";
}

/** Number of Unicode code points; JavaScript counts UTF-16 units. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff]/g)?.length ?? 0);
}

const FORMATS: { [format: string]: (text: string) => boolean } = {
  date: isCalendarDay,
  "date-time": isCalendarDay,
  "time-zone": isTimeZone,
};

function isCalendarDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** IANA time zone that this runtime knows; its own check ignores case and takes offsets. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    return timeZone === text || timeZone.toLowerCase() !== text.toLowerCase();
  } catch {
    return false;
  }
}
