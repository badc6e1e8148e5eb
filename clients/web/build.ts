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
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  legalComments: "none",
};

/** Writes the app to a folder, which is replaced as a whole. */
export async function buildApp(target: string): Promise<void> {
  const folder = `${target}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "assets"), { recursive: true });
  cpSync(join(HERE, "public"), folder, { recursive: true });
  const names = await bundle(folder);
  const page = readFileSync(join(HERE, "src", "index.html"), "utf8");
  writeFileSync(join(folder, "index.html"), page.replace("main.js", names.script).replace("style.css", names.style));
  await bundleWorker(folder);
  compress(folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(folder, target);
}

async function bundle(folder: string): Promise<{ script: string; style: string }> {
  const { metafile } = await build({
    ...options,
    entryPoints: [join(HERE, "src", "main.tsx"), join(HERE, "src", "style.css")],
    outdir: join(folder, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs);
  const nameOf = (source: string): string => {
    const [path] = outputs.find(([, output]) => output.entryPoint?.endsWith(source))!;
    return `assets/${basename(path)}`;
  };
  return { script: nameOf("main.tsx"), style: nameOf("style.css") };
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
      FILES: JSON.stringify(paths.filter((path) => !/^icon-\d/.test(path))),
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
