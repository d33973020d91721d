import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { Service, problem } from "./support/service.js";
import { eventually, once, online, settled } from "./support/wait.js";

const SEND = "POST /sessions/5/messages";
const UPLOAD = "POST /sessions/5/uploads";
const png = (size = 4) => new Blob([new Uint8Array(size)], { type: "image/png" });

/** A conversation that was never opened: what is sent in it, and how each message fared. */
function start(t, options = {}) {
  const service = new Service();
  const client = service.client({ random: () => 0.001, ...options });
  t.after(() => client.close());
  const conversation = client.conversation(5);
  const stored = () => service.messages.map(({ content }) => content);
  return { service, client, conversation, stored };
}

/** Answers requests to send with these, and then truthfully; `true` also means truthfully. */
function answering(service, ...answers) {
  const drafts = [];
  service.intercept = async ({ what, body }, answer) => {
    if (what !== SEND) return answer();
    drafts.push(body);
    const next = answers.shift() ?? true;
    if (next !== "lost") return next === true ? answer() : next();
    await answer();
    throw new TypeError("fetch failed");
  };
  return drafts;
}

/** An object store beside the service: its answers in order, and then 200. */
function storing(service, ...answers) {
  const puts = [];
  const { intercept } = service;
  let keys = 0;
  service.intercept = async (request, answer) => {
    if (request.what.startsWith("PUT")) {
      puts.push(request.what.slice("PUT /".length));
      return (answers.shift() ?? (() => new Response("")))(request);
    }
    if (request.what !== UPLOAD) return intercept(request, answer);
    keys += 1;
    const { content_type, content_length } = request.body;
    const headers = { "content-type": content_type, "content-length": String(content_length) };
    return Response.json({ key: `key-${keys}`, method: "PUT", url: `http://store.test/key-${keys}`, headers, expires_at: "" });
  };
  return puts;
}

test("messages are sent in order, one at a time", async (t) => {
  const { service, conversation, stored } = start(t);
  let inFlight = 0;
  service.intercept = async ({ what }, answer) => {
    if (what !== SEND) return answer();
    inFlight += 1;
    assert.equal(inFlight, 1);
    await settled();
    inFlight -= 1;
    return answer();
  };
  const contents = Array.from({ length: 10 }, (_, at) => `Message ${at}`);
  for (const content of contents) conversation.send({ content });
  assert.deepEqual(conversation.pending.map(({ status }) => status), ["sending", ...Array(9).fill("queued")]);
  await eventually(() => assert.deepEqual(stored(), contents));
  await eventually(() => assert.deepEqual(conversation.pending, []));
});

test("a message whose answer was lost is sent again as it was, and stored once", async (t) => {
  const { service, conversation, stored } = start(t);
  const drafts = answering(service, "lost", () => problem(503, "unavailable", { retryable: true }), "lost");
  const sent = conversation.send({ content: "One" });
  conversation.send({ content: "Two" });
  await once(conversation, "change", () => sent.error);
  assert.deepEqual([sent.status, sent.error.code], ["sending", "network"]);
  await eventually(() => assert.deepEqual(stored(), ["One", "Two"]));
  assert.deepEqual(drafts.slice(0, 4), Array(4).fill({ client_message_id: sent.client_message_id, content: "One", image_urls: [] }));
});

test("a refused message fails with the reason, and the next ones go on", async (t) => {
  const { service, conversation, stored } = start(t);
  answering(service, () => problem(409, "session_archived"));
  const [first] = ["One", "Two"].map((content) => conversation.send({ content }));
  await eventually(() => assert.deepEqual(stored(), ["Two"]));
  assert.deepEqual([first.status, first.error.code, conversation.pending], ["failed", "session_archived", [first]]);
});

test("a failed message that is tried again keeps its name, and comes behind those that wait", async (t) => {
  const { service, conversation, stored } = start(t);
  const drafts = answering(service, () => problem(409, "session_archived"));
  const first = conversation.send({ content: "One" });
  await once(conversation, "change", () => first.status === "failed");
  const second = conversation.send({ content: "Two" });
  conversation.retry(first);
  conversation.retry(first);
  assert.deepEqual([first.status, first.error, conversation.pending], ["queued", undefined, [second, first]]);
  await eventually(() => assert.deepEqual(stored(), ["Two", "One"]));
  assert.deepEqual(drafts.map(({ client_message_id: id }) => id), [first, second, first].map((sent) => sent.client_message_id));
});

test("a message whose name is another's gets a new one when it is tried again", async (t) => {
  const { service, conversation, stored } = start(t);
  const drafts = answering(service, () => problem(422, "client_message_id_reused"));
  const sent = conversation.send({ content: "One" });
  await once(conversation, "change", () => sent.status === "failed");
  conversation.retry(sent);
  await eventually(() => assert.deepEqual(stored(), ["One"]));
  assert.notEqual(drafts[0].client_message_id, drafts[1].client_message_id);
  assert.equal(drafts[1].client_message_id, sent.client_message_id);
});

test("failed and queued messages can be taken back, one that is being sent cannot", async (t) => {
  const { service, conversation, stored } = start(t);
  answering(service, () => problem(409, "session_archived"), "lost");
  const [failed, sending, queued] = ["One", "Two", "Three"].map((content) => conversation.send({ content }));
  await once(conversation, "change", () => sending.error);
  for (const message of [failed, sending, queued, queued]) conversation.discard(message);
  assert.deepEqual(conversation.pending, [sending]);
  await eventually(() => assert.deepEqual(conversation.pending, []));
  assert.deepEqual(stored(), ["Two"]);
});

test("a message that a frame shows to be stored is not sent again", async (t) => {
  const { service, client, conversation, stored } = start(t, { random: () => 0.999 });
  await online(client);
  await conversation.open();
  const drafts = answering(service, "lost");
  const sent = conversation.send({ content: "One" });
  await once(conversation, "change", () => sent.error);
  service.tell({ type: "message.created", session_id: 5, seq: 1, message: service.messages[0] });
  assert.deepEqual(conversation.pending, []);
  conversation.send({ content: "Two" });
  await eventually(() => assert.deepEqual(stored(), ["One", "Two"]));
  assert.equal(drafts.length, 2);
});

test("a message that waits goes out when the connection is back", async (t) => {
  const { service, client, conversation, stored } = start(t, { random: () => 0.999 });
  const { tick } = stopClock(t);
  service.intercept = () => {
    throw new TypeError("fetch failed");
  };
  conversation.send({ content: "One" });
  for (let tries = 0; tries < 8; tries += 1) {
    await settled();
    tick(30_000);
  }
  await settled();
  service.intercept = (_, answer) => answer();
  client.connect();
  await settled();
  assert.deepEqual(stored(), ["One"]);
});

test("images are uploaded in order before their message is sent, and progress counts their bytes", async (t) => {
  const { service, conversation } = start(t);
  const puts = storing(service);
  const states = new Set();
  const sent = conversation.send({ content: "Look", images: [png(300), png(100)] });
  conversation.on("change", () => states.add(`${sent.status} ${sent.progress}`));
  await eventually(() => assert.equal(service.messages.length, 1));
  assert.deepEqual([...states], ["uploading 0.75", "uploading 1", "sending 1"]);
  assert.deepEqual([puts, service.messages[0].image_urls], [["key-1", "key-2"], ["key-1", "key-2"]]);
});

test("what is uploaded is not uploaded again when the rest, or the message, fails", async (t) => {
  const { service, conversation } = start(t);
  answering(service, () => problem(409, "session_archived"));
  const fails = () => new Response("", { status: 400 });
  const puts = storing(service, () => new Response(""), fails);
  const sent = conversation.send({ images: [png(), png()] });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual([sent.error.code, sent.progress], ["http_400", 0.5]);
  conversation.retry(sent);
  await once(conversation, "change", () => sent.error?.code === "session_archived");
  conversation.retry(sent);
  await eventually(() => assert.equal(service.messages.length, 1));
  assert.deepEqual([puts, service.messages[0].image_urls], [["key-1", "key-2", "key-3"], ["key-1", "key-3"]]);
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
  assert.deepEqual(drafts.map(({ image_urls }) => image_urls), [["key-1"], ["key-2"]]);
  assert.equal(drafts[0].client_message_id, drafts[1].client_message_id);
});

test("an image that cannot be one fails its message without a question", async (t) => {
  const { service, conversation } = start(t);
  const sent = conversation.send({ images: [new Blob(["text"], { type: "text/plain" })] });
  await once(conversation, "change", () => sent.status === "failed");
  assert.deepEqual([sent.error.code, sent.error.errors[0].field, service.asked], ["invalid_request", "content_type", []]);
});

test("taking back a message ends its upload", async (t) => {
  const { service, conversation, stored } = start(t);
  const stopped = new Promise((resolve) => {
    storing(service, ({ signal }) => {
      const put = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      signal.addEventListener("abort", resolve);
      return put;
    });
  });
  const sent = conversation.send({ images: [png()] });
  conversation.send({ content: "Two" });
  await eventually(() => assert.ok(service.asked.some((what) => what.startsWith("PUT"))));
  conversation.discard(sent);
  await stopped;
  await eventually(() => assert.deepEqual(stored(), ["Two"]));
});

test("closing the client ends its queues", async (t) => {
  const { service, client, conversation } = start(t, { random: () => 0.999 });
  answering(service, "lost", "lost");
  const [first, second] = ["One", "Two"].map((content) => conversation.send({ content }));
  await once(conversation, "change", () => first.error);
  client.close();
  await settled();
  assert.deepEqual([first, second].map(({ status, error }) => [status, error.code]), Array(2).fill(["failed", "aborted"]));
  assert.equal(service.asked.length, 1);
});

test("where the runtime makes no UUIDs, the client does", async (t) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  t.after(() => (own ? Object.defineProperty(globalThis, "crypto", own) : delete globalThis.crypto));
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  const { conversation } = start(t);
  const ids = ["One", "Two"].map((content) => conversation.send({ content }).client_message_id);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(ids[0], ids[1]);
});
