// Fails when React Native's engine, Hermes, cannot compile the client as it is: one bundle, with the parts that are
// loaded later in it, as apps have it. There is a compiler here and no engine, so that nothing is run.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PROGRAMS = { linux: "linux64-bin/hermesc", darwin: "osx-bin/hermesc", win32: "win64-bin/hermesc.exe" };

const compiler = join(dirname(createRequire(import.meta.url).resolve("hermes-compiler/package.json")), "hermesc");
const folder = mkdtempSync(join(tmpdir(), "hermes-"));
const [bundle, bytecode] = [join(folder, "client.js"), join(folder, "client.hbc")];
try {
  await build({
    entryPoints: [fileURLToPath(new URL("../src/index.js", import.meta.url))],
    outfile: bundle,
    bundle: true,
    format: "iife",
    globalName: "chat",
    logLevel: "warning",
  });
  const options = ["-w", "-O", "-emit-binary", "-out", bytecode, bundle];
  execFileSync(join(compiler, PROGRAMS[process.platform]), options, { stdio: ["ignore", "inherit", "inherit"] });
  console.log(`Hermes: ${statSync(bundle).size} bytes of JavaScript, ${statSync(bytecode).size} of bytecode`);
} finally {
  rmSync(folder, { recursive: true });
}
