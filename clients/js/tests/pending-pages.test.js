// Messages that wait, with several pages that know of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Locks } from "./support/locks.js";
import { away, isEmpty, page, reload, saved, stored } from "./support/pages.js";
import { SEND, UPLOAD, answering, png, storing } from "./support/send-queue.js";
import { problem } from "./support/service.js";
import { eventually, settled } from "./support/wait.js";

test("of two pages that have a message one sends it, and the other finds it gone", async (t) => {
  const first = page(t);
  let release;
  const puts = storing(first.service, () => new Promise((resolve) => (release = () => resolve(new Response("")))));
  first.conversation.send({ content: "One", images: [png()] });
  first.conversation.send({ content: "Two" });
  await saved(first.conversation);
  await eventually(() => assert.ok(release));
  const second = page(t, first);
  await second.client.restored;
  await settled();
  assert.equal(second.conversation.pending.length, 2);
  release();
  await eventually(() => assert.deepEqual([first.conversation.pending, second.conversation.pending], [[], []]));
  assert.deepEqual([stored(first.service), puts], [["One", "Two"], ["key-1"]]);
  const { asked } = first.service;
  assert.deepEqual([SEND, UPLOAD].map((what) => asked.filter((each) => each === what).length), [2, 1]);
  await isEmpty(first.storage);
});

test("what a page sends itself does not wait for what another one is sending, and that stays in order", async (t) => {
  const first = page(t);
  let release;
  storing(first.service, () => new Promise((resolve) => (release = () => resolve(new Response("")))));
  first.conversation.send({ content: "One", images: [png()] });
  first.conversation.send({ content: "Two" });
  await saved(first.conversation);
  await eventually(() => assert.ok(release));
  const second = page(t, first);
  await second.client.restored;
  const [one, two] = second.conversation.pending;
  second.conversation.send({ content: "Three" });
  await eventually(() => assert.deepEqual(stored(first.service), ["Three"]));
  // They may leave at any moment.
  assert.deepEqual([one, two].map((message) => second.conversation.discard(message)), [false, false]);
  release();
  await eventually(() => assert.deepEqual(stored(first.service), ["Three", "One", "Two"]));
  await eventually(() => assert.deepEqual([first.conversation.pending, second.conversation.pending], [[], []]));
  await isEmpty(first.storage);
});

test("a page goes on with what another one leaves behind when it ends", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  first.conversation.send({ content: "One" });
  await saved(first.conversation);
  const second = page(t, first);
  await second.client.restored;
  await settled();
  first.service.intercept = (_, answer) => answer();
  first.client.close();
  await eventually(() => assert.deepEqual([stored(first.service), second.conversation.pending], [["One"], []]));
  await isEmpty(first.storage);
});

test("without locks, a message that another page has sent with its own images is not sent twice", async (t) => {
  Locks.install(t);
  globalThis.navigator.locks = undefined;
  const first = page(t, { locks: null });
  first.service.intercept = away;
  first.conversation.send({ content: "One", images: [png()] });
  await saved(first.conversation);
  const second = reload(t, first);
  answering(second.service, () => problem(422, "client_message_id_reused"));
  storing(second.service);
  await second.client.restored;
  await eventually(() => assert.deepEqual(second.conversation.pending, []));
  await isEmpty(second.storage);
});

test("a client that is closed leaves what waits to the next one", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  first.conversation.send({ content: "One" });
  await saved(first.conversation);
  first.client.close();
  await settled();
  first.service.intercept = (_, answer) => answer();
  const second = page(t, first);
  await eventually(() => assert.deepEqual(stored(second.service), ["One"]));
});
