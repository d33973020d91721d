import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as chat from "../src/index.js";

test("the module has what its types say it has", () => {
  const read = (name) => readFileSync(new URL(`../src/${name}.d.ts`, import.meta.url), "utf8");
  const types = ["index", "views", "wire"].map(read).join("");
  const declared = [...types.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(chat).sort(), declared.sort());
});
