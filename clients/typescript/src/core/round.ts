/** Rounding and number texts as in Python, so that results are equal on all devices. */

/** Number rounded to some decimals, half to even, on the exact binary value. */
export function round(value: number, decimals = 0): number {
  const digits = Math.abs(value).toFixed(40);
  const at = digits.indexOf(".") + 1 + decimals;
  const isTie = digits[at] === "5" && /^0*$/.test(digits.slice(at + 1));
  const rounded = isTie ? halfToEven(digits, decimals) : Number(Math.abs(value).toFixed(decimals));
  return value < 0 ? -rounded : rounded;
}

function halfToEven(digits: string, decimals: number): number {
  const point = digits.indexOf(".");
  const down = Number(digits.slice(0, point + (decimals ? 1 + decimals : 0)));
  const last = digits[decimals ? point + decimals : point - 1];
  return Number(last) % 2 === 0 ? down : Number((down + 10 ** -decimals).toFixed(decimals));
}

/** Text of a number as Python's `repr` writes it; a whole number has no fraction. */
export function pythonText(value: number): string {
  if (Number.isInteger(value)) return Object.is(value, -0) ? "0" : String(value);
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
