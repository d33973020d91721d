import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { SEND, answering, png, start, storing } from "./support/send-queue.js";
import { problem } from "./support/service.js";
import { eventually, once, settled } from "./support/wait.js";

const unreached = () => {
  throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
};

function offline(t) {
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });
  t.after(() => (own ? Object.defineProperty(globalThis, "navigator", own) : delete globalThis.navigator));
}

test("a message that never left is taken back, and does not go out later", async (t) => {
  const { service, conversation, stored } = start(t, { random: () => 0.01 });
  service.intercept = unreached;
  const sent = conversation.send({ content: "One" });
  await once(conversation, "change", () => sent.error);
  assert.deepEqual([sent.status, sent.hasLeft], ["sending", false]);
  assert.equal(conversation.discard(sent), true);
  assert.deepEqual(conversation.pending, []);
  service.intercept = (_, answer) => answer();
  conversation.send({ content: "Two" });
  await eventually(() => assert.deepEqual(stored(), ["Two"]));
});

test("without a network, nothing leaves a browser", async (t) => {
  const { service, conversation } = start(t, { random: () => 0.999 });
  offline(t);
  service.intercept = () => {
    throw new TypeError("Failed to fetch");
  };
  const sent = conversation.send({ content: "One" });
  await once(conversation, "change", () => sent.error);
  assert.deepEqual([sent.hasLeft, conversation.discard(sent)], [false, true]);
});

test("a message that is refused for now has not left", async (t) => {
  const { service, conversation } = start(t, { random: () => 0.999 });
  answering(service, () => problem(429, "rate_limited", { retryable: true, retryAfter: 9 }));
  const sent = conversation.send({ content: "One" });
  await once(conversation, "change", () => sent.error);
  assert.deepEqual([sent.hasLeft, conversation.discard(sent)], [false, true]);
});

test("a message that may have left stays, also when a later try does not reach anybody", async (t) => {
  for (const doubtful of ["lost", () => problem(503, "unavailable", { retryable: true })]) {
    const { service, conversation } = start(t, { random: () => 0.01 });
    answering(service, doubtful, unreached);
    const sent = conversation.send({ content: "One" });
    let failures = 0;
    await once(conversation, "change", () => sent.error && ++failures && sent.error.cause?.cause);
    assert.deepEqual([sent.hasLeft, conversation.discard(sent), conversation.edit(sent, {})], [true, false, false]);
    await eventually(() => assert.deepEqual(conversation.pending, []));
  }
});

test("a message that waits for a token is taken back, and does not go out when the token is there", async (t) => {
  let give;
  const { service, conversation } = start(t, { token: () => new Promise((resolve) => (give = resolve)) });
  const sent = conversation.send({ content: "One" });
  await settled();
  assert.deepEqual([sent.status, conversation.discard(sent)], ["sending", true]);
  give("token");
  await settled();
  assert.deepEqual(service.asked, []);
});

test("a failed message can be edited, and goes out under its name", async (t) => {
  const { service, conversation, stored } = start(t);
  const drafts = answering(service, () => problem(400, "invalid_request"));
  const sent = conversation.send({ content: "Too long" });
  await once(conversation, "change", () => sent.status === "failed");
  assert.equal(conversation.edit(sent, { content: "Short" }), true);
  await eventually(() => assert.deepEqual([stored(), conversation.pending], [["Short"], []]));
  assert.equal(drafts[1].client_message_id, drafts[0].client_message_id);
});

test("a queued message keeps its place when it is edited", async (t) => {
  const { service, conversation, stored } = start(t);
  storing(service);
  const [, second] = ["One", "Two", "Three"].map((content) => conversation.send({ content }));
  assert.equal(conversation.edit(second, { content: "2", images: [png()] }), true);
  await eventually(() => assert.deepEqual(stored(), ["One", "2", "Three"]));
  assert.deepEqual(service.messages[1].image_urls, ["key-1"]);
});

test("a message whose images are on their way is uploaded anew when they are others, and else goes on", async (t) => {
  const { service, conversation, stored } = start(t);
  const puts = storing(
    service,
    () => new Response(""),
    ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  const sent = conversation.send({ content: "One", images: [png(), png()] });
  await eventually(() => assert.deepEqual(puts, ["key-1", "key-2"]));
  conversation.edit(sent, { content: "Uno" });
  await eventually(() => assert.deepEqual(stored(), ["Uno"]));
  assert.deepEqual(service.messages[0].image_urls, ["key-1", "key-3"]);
});

test("trying again ends a wait, however long the server wants it", async (t) => {
  const { service, conversation, stored } = start(t, { random: () => 0.999 });
  stopClock(t);
  answering(service, () => problem(503, "unavailable", { retryable: true, retryAfter: 900 }));
  const sent = conversation.send({ content: "One" });
  await settled();
  assert.equal(sent.error.retryAfter, 900_000);
  conversation.retry(sent);
  await settled();
  assert.deepEqual(stored(), ["One"]);
});

test("a page that has its network again sends at once, also without a connection", async (t) => {
  const target = new EventTarget();
  globalThis.addEventListener = target.addEventListener.bind(target);
  globalThis.removeEventListener = target.removeEventListener.bind(target);
  t.after(() => {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  });
  const { service, conversation, stored } = start(t, { random: () => 0.999 });
  stopClock(t);
  answering(service, () => problem(503, "unavailable", { retryable: true, retryAfter: 900 }));
  conversation.send({ content: "One" });
  await settled();
  target.dispatchEvent(new Event("online"));
  await settled();
  assert.deepEqual(stored(), ["One"]);
});

test("a text of which nothing shows is refused without a question, unless there is an image", async (t) => {
  const { service, conversation, stored } = start(t);
  storing(service);
  const blank = "\u3164\u200b";
  const isRefused = ({ code, errors }) => code === "invalid_request" && errors[0].field === "content";
  assert.throws(() => conversation.send({ content: blank }), isRefused);
  const sent = conversation.send({ content: "\u3164", images: [png()] });
  assert.throws(() => conversation.edit(sent, { content: blank, images: [] }), isRefused);
  await eventually(() => assert.deepEqual(stored(), ["\u3164"]));
  assert.equal(service.asked.filter((what) => what === SEND).length, 1);
});
