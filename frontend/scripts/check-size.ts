/** Fails when the JavaScript of the first route, gzipped, is over its budget. Run it after `npm run build`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

interface Chunk {
  file: string;
  imports?: string[];
}

const BUDGET_BYTES = 250_000;
/** What `/` loads before it shows a forecast: the frame, the symbol page and the chart. */
const FIRST_ROUTE = /^(index\.html|src\/routes\/symbols\.(index|\$ticker)\.tsx.*|src\/charts\/price-chart\.tsx)$/;

const dist = join(import.meta.dirname, "..", "dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8")) as Record<string, Chunk>;

function reach(key: string, seen: Set<string>): void {
  const chunk = manifest[key];
  if (!chunk || seen.has(key)) return;
  seen.add(key);
  for (const imported of chunk.imports ?? []) reach(imported, seen);
}

const keys = new Set<string>();
for (const key of Object.keys(manifest).filter((name) => FIRST_ROUTE.test(name))) reach(key, keys);
const files = [...new Set([...keys].map((key) => manifest[key]?.file ?? ""))].filter((file) => file.endsWith(".js"));
const sizes = files.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file)), { level: 6 }).length }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 8)) {
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB  ${file}`);
}
console.log(
  `${(total / 1000).toFixed(1).padStart(7)} kB  first route, gzipped, in ${sizes.length} files; budget ${BUDGET_BYTES / 1000} kB`,
);
if (files.length < 3 || total > BUDGET_BYTES) {
  console.error(
    files.length < 3 ? "The manifest does not hold the first route." : "The first route is over its budget.",
  );
  process.exit(1);
}
