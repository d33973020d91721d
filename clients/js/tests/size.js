// Fails when the sources, compressed as a web server would, are larger than the limit.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Of what everyone loads, and of what is loaded when it is first of use. */
const LIMITS = { "../src/": 16_384, "../src/images/": 6_144, "../src/storage/": 4_096 };

for (const [path, limit] of Object.entries(LIMITS)) {
  const folder = new URL(path, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const sources = Buffer.concat(names.sort().map((name) => readFileSync(new URL(name, folder))));
  const size = gzipSync(sources).length;
  console.log(`${path}: ${names.length} sources, ${size} of ${limit} bytes compressed`);
  if (size > limit) process.exitCode = 1;
}
