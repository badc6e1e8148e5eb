/** Fails if an entry of the package is larger than it may be: `node bench/check_size.ts`. */
import { sizes } from "./size.ts";

/** Bytes, minified and compressed. */
const LIMITS: { [name: string]: number } = {
  "core and IndexedDB": 25_000,
  "core, IndexedDB and React hooks": 25_300,
};

const found = await sizes();
for (const [name, limit] of Object.entries(LIMITS)) {
  const size = found[name] ?? Infinity;
  console.log(`${name}: ${size} bytes of ${limit}`);
  if (size > limit) process.exitCode = 1;
}
