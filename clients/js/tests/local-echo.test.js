import assert from "node:assert/strict";
import { test } from "node:test";
import { MESSAGES, SEND, hold, isFresh, open, seqs } from "./support/conversation.js";
import { Service } from "./support/service.js";
import { eventually, settled, shows } from "./support/wait.js";

test("an own message is shown as pending, then once as stored, when its answer comes first", async (t) => {
  const { service, conversation, added } = await open(t);
  const sent = conversation.send({ content: "Hello" });
  assert.deepEqual([conversation.pending, sent.status], [[sent], "sending"]);
  assert.deepEqual([sent.content, sent.images, sent.progress, sent.error], ["Hello", [], 1, undefined]);
  await shows(conversation, ({ messages }) => messages.length === 1);
  assert.deepEqual(conversation.pending, []);
  service.tell({ type: "message.created", session_id: 5, seq: 1, message: service.messages[0] });
  assert.equal(conversation.messages[0].client_message_id, sent.client_message_id);
  assert.deepEqual(added, [1]);
  await settled();
  assert.deepEqual(added, [1]);
});

test("an own message is shown once when its frame comes first", async (t) => {
  const { service, conversation, added } = await open(t);
  const answer = hold(service, SEND);
  conversation.send({ content: "Hello" });
  await eventually(() => assert.ok(answer.release));
  service.tell({ type: "message.created", session_id: 5, seq: 1, message: service.messages[0] });
  assert.deepEqual([seqs(conversation), conversation.pending], [[1], []]);
  answer.release();
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual(added, [1]);
});

test("an own message is shown once when a page has it first", async (t) => {
  const { service, conversation, added } = await open(t);
  const answer = hold(service, SEND);
  conversation.send({ content: "Hello" });
  await eventually(() => assert.ok(answer.release));
  await conversation.catchUp();
  assert.deepEqual([seqs(conversation), conversation.pending], [[1], []]);
  answer.release();
  await settled();
  assert.deepEqual(added, [1]);
});

test("an own message stays pending while messages before it are missing, and others go on", async (t) => {
  const { service, conversation, added } = await open(t);
  service.store("dentist");
  const page = hold(service, MESSAGES);
  const [first, second] = [conversation.send({ content: "One" }), conversation.send({ content: "Two" })];
  await eventually(() => assert.equal(service.messages.length, 3));
  await eventually(() => assert.ok(page.release));
  await settled();
  assert.deepEqual([seqs(conversation), conversation.pending], [[], [first, second]]);
  page.release();
  await shows(conversation, ({ messages, pending }) => messages.length === 3 && !pending.length);
  service.tell(
    ...service.messages.map((message) => ({ type: "message.created", session_id: 5, seq: message.seq, message })),
  );
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual(added, [1, 2, 3]);
});

test("the other side's message with the same name is another one", async (t) => {
  const { service, conversation } = await open(t);
  const answer = hold(service, SEND);
  const sent = conversation.send({ content: "Hello" });
  await eventually(() => assert.ok(answer.release));
  const message = { ...service.messages[0], sender_type: "dentist", sender_id: 7 };
  service.tell({ type: "message.created", session_id: 5, seq: 1, message });
  assert.deepEqual(conversation.pending, [sent]);
  answer.release();
  await eventually(() => assert.deepEqual(conversation.pending, []));
});

test("a view that was never opened sends, too, and shows nothing twice when it is opened", async (t) => {
  const service = new Service();
  const client = service.client();
  t.after(() => client.close());
  const conversation = client.conversation(5);
  conversation.send({ content: "Hello" });
  await eventually(() => assert.deepEqual([service.messages.length, conversation.pending.length], [1, 0]));
  const answer = hold(service, SEND);
  conversation.send({ content: "Again" });
  await eventually(() => assert.ok(answer.release));
  await conversation.open();
  assert.deepEqual([seqs(conversation), conversation.pending], [[1, 2], []]);
  answer.release();
  await settled();
  assert.deepEqual([seqs(conversation), conversation.pending], [[1, 2], []]);
});

test("what is queued is sent although its view was closed, and a new view shows what is left", async (t) => {
  const { service, client, conversation } = await open(t);
  const answer = hold(service, SEND);
  const [, second] = [conversation.send({ content: "One" }), conversation.send({ content: "Two" })];
  await eventually(() => assert.ok(answer.release));
  conversation.close();
  assert.deepEqual(client.conversation(5).pending[1], second);
  answer.release();
  await eventually(() => assert.equal(service.messages.length, 2));
  await client.conversation(5).open();
  assert.deepEqual([seqs(client.conversation(5)), client.conversation(5).pending], [[1, 2], []]);
});
