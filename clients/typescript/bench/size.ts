/** Sizes of the package's entries, minified and compressed, in bytes. */
import { build } from "esbuild";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const CORE = 'export { open, statusText, memory, sqlite } from "./src/index.ts"; export * from "./src/errors.ts";';
const INDEXED_DB = 'export { indexedDb } from "./src/storage/indexed_db.ts";';
const ENTRIES: { [name: string]: string } = {
  core: CORE,
  "core and IndexedDB": CORE + INDEXED_DB,
  "core, IndexedDB and React hooks": `${CORE}${INDEXED_DB}export * from "./src/react.ts";`,
  "all that is loaded at its first use as well": `${CORE}export * from "./src/on_demand.ts";`,
};
const LIBRARIES = ["react", "rxdb", "rxjs", "@nozbe/watermelondb", "@tanstack/db", "@legendapp/state"];

/** Bytes by name: of an entry with what it imports at once. */
export async function sizes(): Promise<{ [name: string]: number }> {
  const found: { [name: string]: number } = {};
  for (const [name, contents] of Object.entries(ENTRIES)) {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: new URL("..", import.meta.url).pathname, loader: "ts" },
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      target: "es2022",
      external: LIBRARIES,
      outdir: "out",
      metafile: true,
      write: false,
    });
    const wanted = new Set(["stdin.js"]);
    for (const file of wanted) {
      const [, { imports }] = Object.entries(metafile.outputs).find(([path]) => basename(path) === file)!;
      for (const it of imports) if (it.kind === "import-statement" && !it.external) wanted.add(basename(it.path));
    }
    const files = outputFiles.filter((it) => wanted.has(basename(it.path)));
    found[name] = files.reduce((size, it) => size + gzipSync(it.contents, { level: 9 }).length, 0);
  }
  return found;
}
