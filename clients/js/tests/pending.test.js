// Messages that wait survive their page: each test reloads it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { imageOf, unreadable } from "./support/images.js";
import { away, isEmpty, never, page, reload, saved, stored } from "./support/pages.js";
import { SEND, answering, png, storing } from "./support/send-queue.js";
import { problem } from "./support/service.js";
import { Storage, leastOf } from "./support/storage.js";
import { eventually, once, settled } from "./support/wait.js";

test("what waits is sent by the next page, in order and under its names", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  const sent = ["One", "Two", "Three"].map((content) => first.conversation.send({ content }));
  await saved(first.conversation);
  const second = reload(t, first);
  const drafts = answering(second.service);
  await second.client.restored;
  assert.deepEqual(
    second.conversation.pending.map(({ content, client_message_id, created_at }) => [
      content,
      client_message_id,
      created_at,
    ]),
    sent.map(({ content, client_message_id, created_at }) => [content, client_message_id, created_at]),
  );
  await eventually(() => assert.deepEqual([stored(second.service), second.conversation.pending], [
    ["One", "Two", "Three"],
    [],
  ]));
  assert.deepEqual(
    drafts.map(({ client_message_id }) => client_message_id),
    sent.map(({ client_message_id }) => client_message_id),
  );
  await isEmpty(second.storage);
});

test("messages of every session go on, also where no view is opened", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  first.conversation.send({ content: "One" });
  first.client.conversation(6).send({ content: "Two" });
  await saved(first.conversation);
  await saved(first.client.conversation(6));
  const second = reload(t, first);
  const sessions = [];
  second.service.intercept = ({ what }) => {
    sessions.push(what);
    return problem(404, "session_not_found");
  };
  await eventually(() => assert.deepEqual(sessions.sort(), [SEND, "POST /sessions/6/messages"]));
});

test("what is sent before the storage has been read comes behind what it holds", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  first.conversation.send({ content: "One" });
  await saved(first.conversation);
  const second = reload(t, first);
  second.conversation.send({ content: "Two" });
  await eventually(() => assert.deepEqual(stored(second.service), ["One", "Two"]));
});

test("images survive, byte for byte", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  const images = [imageOf("image/jpeg", { size: 70_000, type: "image/jpg" }), png(60)];
  first.conversation.send({ content: "Look", images });
  await saved(first.conversation);
  const second = reload(t, first);
  const puts = [];
  storing(second.service, ...Array(2).fill(({ body }) => puts.push(body) && new Response("")));
  await second.client.restored;
  assert.deepEqual(
    second.conversation.pending[0].images.map(({ size, type }) => [size, type]),
    [
      [70_000, "image/jpg"],
      [60, "image/png"],
    ],
  );
  await eventually(() => assert.deepEqual(stored(second.service), ["Look"]));
  assert.deepEqual(puts, await Promise.all(images.map(async (image) => new Uint8Array(await image.arrayBuffer()))));
  await isEmpty(second.storage);
});

test("a message whose answer is lost with the page is sent again with the images it had, and is there once", async (t) => {
  const first = page(t);
  const lost = answering(first.service, "lost", never);
  storing(first.service);
  first.conversation.send({ content: "Look", images: [png()] });
  await eventually(() => assert.equal(lost.length, 2));
  const second = reload(t, first);
  const drafts = answering(second.service);
  const puts = storing(second.service);
  await eventually(() => assert.deepEqual(second.conversation.pending.length + drafts.length, 1));
  await isEmpty(second.storage);
  assert.deepEqual([drafts[0], puts, second.service.messages.length], [lost[0], [], 1]);
});

test("a page that ends at any instant loses nothing that was saved, and doubles nothing", async (t) => {
  for (let instant = 0; instant < 60; instant += 1) {
    const first = page(t);
    storing(first.service);
    const sent = [
      first.conversation.send({ content: "One" }),
      first.conversation.send({ content: "Two", images: [png(), png()] }),
    ];
    for (let turns = 0; turns < instant; turns += 1) await new Promise(setImmediate);
    const kept = sent.filter(({ isSaved }) => isSaved).map(({ content }) => content);
    const before = stored(first.service);
    const second = reload(t, first);
    storing(second.service);
    await second.client.restored;
    await eventually(() => assert.deepEqual(second.conversation.pending, []));
    const now = stored(second.service);
    assert.deepEqual([...new Set(now)], now, `doubled after ${instant} turns`);
    for (const content of [...kept, ...before]) assert.ok(now.includes(content), `${content} lost at ${instant}`);
    await isEmpty(second.storage);
  }
});

test("a message that failed is failed on the next page, with its reason, and can be tried again", async (t) => {
  const first = page(t);
  answering(first.service, () => problem(409, "session_archived"));
  const sent = first.conversation.send({ content: "One" });
  await eventually(() => assert.equal(sent.status, "failed"));
  await eventually(() => assert.match(first.storage.values.get(`chat.pending.${sent.client_message_id}`), /archived/));
  const second = reload(t, first);
  await second.client.restored;
  const [failed] = second.conversation.pending;
  assert.deepEqual(
    [failed.status, failed.error.code, failed.error.status, failed.error.message],
    ["failed", "session_archived", 409, "A sentence."],
  );
  await settled();
  assert.deepEqual(second.service.asked, []);
  second.conversation.retry(failed);
  await eventually(() => assert.deepEqual(stored(second.service), ["One"]));
  await isEmpty(second.storage);
});

test("what was taken back, or edited, is so on the next page", async (t) => {
  const first = page(t, { token: never });
  const [one, two] = ["One", "Two"].map((content) => first.conversation.send({ content }));
  await saved(first.conversation);
  assert.ok(first.conversation.discard(one));
  assert.ok(first.conversation.edit(two, { content: "2", images: [png()] }));
  await eventually(() => assert.match(first.storage.values.get(`chat.pending.${two.client_message_id}`), /"2"/));
  const second = reload(t, first);
  storing(second.service);
  await eventually(() => assert.deepEqual(stored(second.service), ["2"]));
  assert.deepEqual(second.service.messages[0].image_urls, ["key-1"]);
});

test("whether a message may have left is known to the next page", async (t) => {
  for (const [answer, hasLeft] of [
    [away, true],
    [() => problem(429, "rate_limited", { retryable: true, retryAfter: 900 }), false],
  ]) {
    const first = page(t, { random: () => 0.999 });
    answering(first.service, ...Array(100).fill(answer));
    const sent = first.conversation.send({ content: "One" });
    await eventually(() => assert.ok(sent.error));
    await settled();
    const second = reload(t, first, { token: never });
    await second.client.restored;
    assert.equal(second.conversation.pending[0].hasLeft, hasLeft);
    assert.equal(second.conversation.discard(second.conversation.pending[0]), !hasLeft);
  }
});

test("a storage with nothing but get and set does", async (t) => {
  const storage = new Storage();
  const first = page(t, { storage: leastOf(storage) });
  first.service.intercept = away;
  first.conversation.send({ content: "One", images: [png()] });
  await saved(first.conversation);
  first.locks.end();
  const second = page(t, { storage: leastOf(storage.copy()) });
  storing(second.service);
  await eventually(() => assert.deepEqual(stored(second.service), ["One"]));
});

test("a storage that fails is told of, and messages go out all the same", async (t) => {
  const storage = new Storage();
  storage.intercept = () => Promise.reject(new Error("The disk is full."));
  const { client, conversation, service, errors } = page(t, { storage });
  conversation.send({ content: "One" });
  await client.restored;
  await eventually(() => assert.deepEqual([stored(service), conversation.pending], [["One"], []]));
  assert.deepEqual([...new Set(errors.map(({ code }) => code))], ["storage"]);
});

test("an image that cannot be read fails its message, and what was kept of it is gone with it", async (t) => {
  const { conversation, service, storage } = page(t);
  const sent = conversation.send({ content: "Look", images: [unreadable()] });
  conversation.send({ content: "Two" });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual([sent.error.code, sent.isSaved, service.asked], ["image_unreadable", false, []]);
  assert.ok(conversation.discard(sent));
  await eventually(() => assert.deepEqual(stored(service), ["Two"]));
  await isEmpty(storage);
});

test("a page that ended while it saved leaves nothing behind", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  let writes = 0;
  first.storage.intercept = (act) => (++writes > 4 ? never() : act());
  first.conversation.send({ content: "Look", images: [png(), png()] });
  await eventually(() => assert.ok(writes > 4));
  const second = reload(t, first);
  assert.ok(second.storage.values.size > 1);
  await isEmpty(second.storage);
  assert.deepEqual(second.conversation.pending, []);
});

test("a clock that stands still keeps nobody from saving", async (t) => {
  stopClock(t);
  const { conversation, service } = page(t);
  conversation.send({ content: "One" });
  await eventually(() => assert.deepEqual(stored(service), ["One"]));
});
