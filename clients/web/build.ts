/**
 * Builds the app: `node build.ts FOLDER`. Names of scripts and styles contain a hash of their
 * content, and the service worker knows them all. Each text file has a copy in gzip beside it.
 */
import { build, type BuildOptions } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const HERE = import.meta.dirname;
const { version: VERSION } = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as { version: string };
/** The pages; each has a script of its name. */
const PAGES = { "index.html": "main", "admin.html": "admin" };
/** Files of the operator's pages, which only they need, and icons that the browser reads by itself. */
const NOT_OFFLINE = /^(icon-\d|admin\.html$|assets\/admin-)/;
const COMPRESSED = /\.(html|js|css|svg|webmanifest)$/;

const options: BuildOptions = {
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  jsx: "automatic",
  tsconfig: join(HERE, "tsconfig.json"),
  // The client's hooks and the app share one React, whatever is installed beside the client.
  alias: Object.fromEntries(
    ["react", "react-dom/client", "react/jsx-runtime"].map((name) => [name, join(HERE, "node_modules", name)]),
  ),
  define: { "process.env.NODE_ENV": '"production"', __APP_VERSION__: JSON.stringify(`web ${VERSION}`) },
  logLevel: "warning",
  legalComments: "none",
};

/** Writes the app to a folder, which is replaced as a whole. */
export async function buildApp(target: string): Promise<void> {
  const folder = `${target}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "assets"), { recursive: true });
  cpSync(join(HERE, "public"), folder, { recursive: true });
  const nameOf = await bundle(folder);
  for (const [page, script] of Object.entries(PAGES)) {
    const text = readFileSync(join(HERE, "src", page), "utf8");
    writeFileSync(join(folder, page), text.replace(`${script}.js`, nameOf(`${script}.tsx`)).replace("style.css", nameOf("style.css")));
  }
  await bundleWorker(folder);
  compress(folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(folder, target);
}

/** Name of the built file of a source. */
async function bundle(folder: string): Promise<(source: string) => string> {
  const { metafile } = await build({
    ...options,
    entryPoints: ["main.tsx", "admin.tsx", "style.css"].map((name) => join(HERE, "src", name)),
    outdir: join(folder, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs);
  return (source) => {
    const [path] = outputs.find(([, output]) => output.entryPoint?.endsWith(`/${source}`))!;
    return `assets/${basename(path)}`;
  };
}

/** The service worker, with the list of all files and a version made from their content. */
async function bundleWorker(folder: string): Promise<void> {
  const paths = filesIn(folder).sort();
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update(readFileSync(join(folder, path)));
  await build({
    ...options,
    entryPoints: [join(HERE, "src", "worker.ts")],
    outfile: join(folder, "worker.js"),
    define: {
      FILES: JSON.stringify(paths.filter((path) => !NOT_OFFLINE.test(path))),
      VERSION: JSON.stringify(hash.digest("hex").slice(0, 12)),
    },
  });
}

function compress(folder: string): void {
  for (const path of filesIn(folder).filter((it) => COMPRESSED.test(it))) {
    writeFileSync(join(folder, `${path}.gz`), gzipSync(readFileSync(join(folder, path)), { level: 9 }));
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

if (import.meta.main) {
  const [target = join(HERE, "..", "..", "sync_server", "logbook", "files")] = process.argv.slice(2);
  await buildApp(target);
}
