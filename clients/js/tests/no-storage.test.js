import assert from "node:assert/strict";
import { test } from "node:test";
import { page, stored } from "./support/pages.js";
import { eventually } from "./support/wait.js";

const BROWSERS = ["indexedDB", "localStorage", "sessionStorage", "caches", "cookieStore"];

test("without a storage, nothing is kept in the browser", async (t) => {
  const used = [];
  for (const name of BROWSERS) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { configurable: true, get: () => used.push(name) });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }

  const { client, service, conversation } = page(t, { storage: null });
  await conversation.open();
  conversation.send({ content: "One" });
  conversation.send({ content: "Two" });
  await eventually(() => assert.deepEqual(stored(service), ["One", "Two"]));
  await client.signOut();
  assert.deepEqual(used, []);
});
