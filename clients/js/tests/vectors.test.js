// What the service judges by the same vectors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { imageType, isBlank } from "../src/index.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

test("an image is what its first bytes say", () => {
  for (const { name, bytes, type } of vectors("images")) {
    assert.equal(imageType(Buffer.from(bytes, "hex")) ?? null, type, name);
    // A piece of a larger buffer, as files are read.
    const inside = new Uint8Array(Buffer.from(`ffd8ff${bytes}`, "hex")).subarray(3);
    assert.equal(imageType(inside) ?? null, type, `${name}, within a buffer`);
  }
});

test("text is blank when nothing of it shows", () => {
  for (const { name, text, blank } of vectors("blank")) assert.equal(isBlank(text), blank, name);
});

test("long text is judged at once", () => {
  assert.equal(isBlank("\u3164".repeat(8192)), true);
  assert.equal(isBlank(`${"\u3164".repeat(8192)}a`), false);
});
