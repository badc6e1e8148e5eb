/** Sizes of the package's entries, minified and compressed, in bytes. */
import { build } from "esbuild";
import { gzipSync } from "node:zlib";

const ENTRIES: { [name: string]: string } = {
  core: 'export * from "./src/index.ts";',
  "core and IndexedDB": 'export * from "./src/index.ts"; export * from "./src/storage/indexed_db.ts";',
  "core, IndexedDB and React hooks":
    'export * from "./src/index.ts"; export * from "./src/storage/indexed_db.ts"; export * from "./src/react.ts";',
};

/** Bytes by name. */
export async function sizes(): Promise<{ [name: string]: number }> {
  const found: { [name: string]: number } = {};
  for (const [name, contents] of Object.entries(ENTRIES)) {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: new URL("..", import.meta.url).pathname, loader: "ts" },
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      external: ["react"],
      write: false,
    });
    found[name] = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  }
  return found;
}
