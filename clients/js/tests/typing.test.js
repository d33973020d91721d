import assert from "node:assert/strict";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { Service } from "./support/service.js";
import { online } from "./support/wait.js";

const SECOND = 1000;

/** A live conversation whose clock stands still but for `pass`. */
async function start(t) {
  const service = new Service();
  const client = service.client();
  t.after(() => client.close());
  await online(client);
  const conversation = client.conversation(5);
  await conversation.open();
  const { tick: pass } = stopClock(t);
  const said = () => service.said.filter(({ action }) => action === "typing").map(({ typing }) => typing);
  return { service, client, conversation, pass, said };
}

const frame = (typing, sender_type = "dentist", session_id = 5) => ({
  type: "typing",
  session_id,
  sender_type,
  typing,
  expires_at: "1999-01-01T00:00:00Z",
});

test("a user who writes is said to be writing every three seconds", async (t) => {
  const { service, conversation, pass, said } = await start(t);
  for (let keys = 0; keys < 71; keys += 1) {
    conversation.typing(true);
    pass(100);
  }
  assert.deepEqual(said(), [true, true, true]);
  assert.deepEqual(service.said[0], { action: "typing", session_id: 5, typing: true });
});

test("a user who stops is said to have stopped, at once and once", async (t) => {
  const { conversation, said } = await start(t);
  conversation.typing(false);
  conversation.typing(true);
  conversation.typing(false);
  conversation.typing(false);
  assert.deepEqual(said(), [true, false]);
});

test("a user who pauses for five seconds has stopped", async (t) => {
  const { conversation, pass, said } = await start(t);
  conversation.typing(true);
  pass(4 * SECOND);
  conversation.typing(true);
  pass(5 * SECOND - 1);
  assert.deepEqual(said(), [true, true]);
  pass(1);
  assert.deepEqual(said(), [true, true, false]);
});

test("sending and closing end the writing", async (t) => {
  const { conversation, pass, said } = await start(t);
  conversation.typing(true);
  conversation.send({ content: "Hello" });
  assert.deepEqual(said(), [true, false]);
  pass(3 * SECOND);
  conversation.typing(true);
  conversation.close();
  assert.deepEqual(said(), [true, false, true, false]);
});

test("what could not be said is said with the next key", async (t) => {
  const { client, conversation, said } = await start(t);
  client.disconnect();
  conversation.typing(true);
  conversation.typing(false);
  assert.deepEqual(said(), []);
  await online(client);
  conversation.typing(true);
  assert.deepEqual(said(), [true]);
});

test("the other side is shown as writing until it stops, or for six seconds by one's own clock", async (t) => {
  const { service, conversation, pass } = await start(t);
  const changes = [];
  conversation.on("change", () => changes.push(conversation.otherIsTyping));
  service.tell(frame(true), frame(false), frame(false), frame(true));
  pass(5 * SECOND);
  service.tell(frame(true));
  pass(6 * SECOND - 1);
  assert.equal(conversation.otherIsTyping, true);
  pass(1);
  assert.deepEqual(changes, [true, false, true, false]);
});

test("the other side's message ends its writing, one's own does not", async (t) => {
  const { service, conversation } = await start(t);
  service.tell(frame(true), service.store("customer"));
  assert.equal(conversation.otherIsTyping, true);
  service.tell(service.store("dentist"));
  assert.equal(conversation.otherIsTyping, false);
});

test("one's own other devices, and other sessions, show nothing", async (t) => {
  const { service, conversation } = await start(t);
  service.tell(frame(true, "customer"), frame(true, "dentist", 6));
  assert.equal(conversation.otherIsTyping, false);
});
