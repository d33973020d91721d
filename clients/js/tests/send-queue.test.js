import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { SEND, answering, start } from "./support/send-queue.js";
import { problem } from "./support/service.js";
import { eventually, once, online, settled } from "./support/wait.js";

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
  assert.deepEqual(
    conversation.pending.map(({ status }) => status),
    ["sending", ...Array(9).fill("queued")],
  );
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
  assert.deepEqual(
    drafts.slice(0, 4),
    Array(4).fill({ client_message_id: sent.client_message_id, content: "One", image_urls: [] }),
  );
});

test("a refused message fails with the reason, and those behind it wait until it is taken back", async (t) => {
  const { service, conversation, stored } = start(t);
  answering(service, () => problem(409, "session_archived"));
  const [first, second] = ["One", "Two"].map((content) => conversation.send({ content }));
  await once(conversation, "change", () => first.status === "failed");
  await settled();
  assert.deepEqual([first.error.code, second.status, service.asked], ["session_archived", "queued", [SEND]]);
  conversation.discard(first);
  await eventually(() => assert.deepEqual([stored(), conversation.pending], [["Two"], []]));
});

test("a failed message that is tried again keeps its name and its place", async (t) => {
  const { service, conversation, stored } = start(t);
  const drafts = answering(service, () => problem(409, "session_archived"));
  const first = conversation.send({ content: "One" });
  await once(conversation, "change", () => first.status === "failed");
  const second = conversation.send({ content: "Two" });
  conversation.retry(first);
  conversation.retry(first);
  assert.deepEqual([first.error, conversation.pending], [undefined, [first, second]]);
  await eventually(() => assert.deepEqual(stored(), ["One", "Two"]));
  assert.deepEqual(
    drafts.map(({ client_message_id: id }) => id),
    [first, first, second].map((sent) => sent.client_message_id),
  );
});

test("a failed message that turns out to be stored holds nobody any longer", async (t) => {
  const { service, client, conversation, stored } = start(t);
  await online(client);
  await conversation.open();
  answering(service, async () => problem(400, "invalid_request"));
  const [first] = ["One", "Two"].map((content) => conversation.send({ content }));
  await once(conversation, "change", () => first.status === "failed");
  const { message } = service.store("customer", { client_message_id: first.client_message_id, content: "One" });
  service.tell({ type: "message.created", session_id: 5, seq: message.seq, message });
  await eventually(() => assert.deepEqual([stored(), conversation.pending], [["One", "Two"], []]));
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
  await once(conversation, "change", () => failed.status === "failed");
  conversation.discard(failed);
  await once(conversation, "change", () => sending.error);
  for (const message of [sending, queued, queued]) conversation.discard(message);
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

test("messages that one answer shows to be stored leave in one step", async (t) => {
  const { service, client, conversation } = start(t);
  await online(client);
  await conversation.open();
  service.intercept = ({ what }, answer) => {
    if (what === SEND) throw new TypeError("fetch failed");
    return answer();
  };
  const ids = ["One", "Two"].map((content) => conversation.send({ content }).client_message_id);
  for (const client_message_id of ids) service.store("customer", { client_message_id });
  const shown = [];
  conversation.on("change", () => shown.push(conversation.messages.length + conversation.pending.length));
  await conversation.catchUp();
  assert.deepEqual([conversation.messages.length, conversation.pending], [2, []]);
  assert.deepEqual([...new Set(shown)], [2]);
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

test("closing the client ends its queues", async (t) => {
  const { service, client, conversation } = start(t, { random: () => 0.999 });
  answering(service, "lost", "lost");
  const [first, second] = ["One", "Two"].map((content) => conversation.send({ content }));
  await once(conversation, "change", () => first.error);
  client.close();
  await settled();
  conversation.retry(first);
  conversation.send({ content: "Three" });
  await settled();
  assert.deepEqual(
    [first, second].map(({ status }) => status),
    ["queued", "queued"],
  );
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
