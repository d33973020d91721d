// Fails when the sources, compressed as a web server would, are larger than the limit.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 12_288;

const folder = new URL("../src/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
const sources = Buffer.concat(names.sort().map((name) => readFileSync(new URL(name, folder))));
const size = gzipSync(sources).length;
console.log(`${names.length} sources, ${size} of ${LIMIT} bytes compressed`);
if (size > LIMIT) process.exitCode = 1;
