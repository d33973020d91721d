import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { unreadable } from "./support/images.js";
import { SEND, answering, png, start, storing } from "./support/send-queue.js";
import { problem } from "./support/service.js";
import { eventually, once, settled } from "./support/wait.js";

test("images are uploaded in order before their message is sent, and progress counts their bytes", async (t) => {
  const { service, conversation } = start(t);
  const puts = storing(service);
  const states = new Set();
  const sent = conversation.send({ content: "Look", images: [png(300), png(100)] });
  conversation.on("change", () => states.add(`${sent.status} ${sent.progress}`));
  await eventually(() => assert.equal(service.messages.length, 1));
  assert.deepEqual([...states], ["uploading 0.75", "uploading 1", "sending 1"]);
  assert.deepEqual(
    [puts, service.messages[0].image_urls],
    [
      ["key-1", "key-2"],
      ["key-1", "key-2"],
    ],
  );
});

test("what is uploaded is not uploaded again when the rest, or the message, fails", async (t) => {
  const { service, conversation } = start(t);
  answering(service, () => problem(409, "session_archived"));
  const fails = () => new Response("", { status: 400 });
  const puts = storing(service, () => new Response(""), fails);
  const sent = conversation.send({ images: [png(), png()] });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual([sent.error.code, sent.error.status, sent.progress], ["upload_refused", 400, 0.5]);
  conversation.retry(sent);
  await once(conversation, "change", () => sent.error?.code === "session_archived");
  conversation.retry(sent);
  await eventually(() => assert.equal(service.messages.length, 1));
  assert.deepEqual(
    [puts, service.messages[0].image_urls],
    [
      ["key-1", "key-2", "key-3"],
      ["key-1", "key-3"],
    ],
  );
});

test("images that the service does not find are uploaded anew, under the message's name", async (t) => {
  const { service, conversation } = start(t);
  const drafts = answering(service, () => problem(422, "image_not_found"));
  storing(service);
  const sent = conversation.send({ images: [png()] });
  await once(conversation, "change", () => sent.status === "failed");
  conversation.retry(sent);
  assert.equal(sent.progress, 0);
  await eventually(() => assert.equal(service.messages.length, 1));
  assert.deepEqual(
    drafts.map(({ image_urls }) => image_urls),
    [["key-1"], ["key-2"]],
  );
  assert.equal(drafts[0].client_message_id, drafts[1].client_message_id);
});

test("an image that cannot be one fails its message without a question", async (t) => {
  const { service, conversation } = start(t);
  const sent = conversation.send({ images: [new Blob(["text"], { type: "text/plain" })] });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual(
    [sent.error.code, sent.error.errors[0].field, service.asked],
    ["invalid_request", "content_type", []],
  );
});

test("an image that cannot be read fails its message at once, without a question", async (t) => {
  const { service, conversation } = start(t);
  const sent = conversation.send({ content: "Look", images: [unreadable()] });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual([sent.error.code, service.asked], ["image_unreadable", []]);
});

test("an image that a device never hands over is unreadable after a minute", async (t) => {
  const clock = stopClock(t);
  const { service, conversation } = start(t);
  const never = Object.assign(png(), { arrayBuffer: () => new Promise(() => {}) });
  const sent = conversation.send({ images: [never] });
  await settled();
  assert.equal(sent.status, "uploading");
  clock.tick(60_000);
  await settled();
  assert.deepEqual([sent.status, sent.error.code, service.asked], ["failed", "image_unreadable", []]);
});

test("taking back a message ends its upload", async (t) => {
  const { service, conversation, stored } = start(t);
  let put;
  storing(service, ({ signal }) => {
    put = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const sent = conversation.send({ images: [png()] });
  conversation.send({ content: "Two" });
  await eventually(() => assert.ok(put));
  conversation.discard(sent);
  await eventually(() => assert.ok(put.aborted));
  await eventually(() => assert.deepEqual(stored(), ["Two"]));
});
