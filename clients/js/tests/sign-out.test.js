import assert from "node:assert/strict";
import { test } from "node:test";
import { away, isEmpty, never, page, saved } from "./support/pages.js";
import { png } from "./support/send-queue.js";
import { eventually, once, settled } from "./support/wait.js";

const PHONE = "9e8f5b6e-2f0c-4f0e-9d3d-0b1f2a3c4d5e";
const signedOut = { code: "signed_out" };

test("whoever signs out leaves nothing in the storage, and nothing is sent any more", async (t) => {
  const { client, service, storage, conversation } = page(t);
  service.intercept = away;
  conversation.send({ content: "One", images: [png()] });
  conversation.send({ content: "Two" });
  await saved(conversation);
  await client.signOut();
  await isEmpty(storage);
  const asked = service.asked.length;
  service.intercept = (_, answer) => answer();
  await settled();
  assert.deepEqual([conversation.pending, service.asked.length, service.messages], [[], asked, []]);
});

test("what is asked of a client that signed out fails, also what was held of it", async (t) => {
  const { client, service, storage, conversation } = page(t);
  service.intercept = away;
  const sent = conversation.send({ content: "One" });
  await saved(conversation);
  await client.signOut();
  assert.throws(() => client.conversation(5), signedOut);
  assert.throws(() => client.inbox(), signedOut);
  assert.throws(() => conversation.send({ content: "Two" }), signedOut);
  await assert.rejects(client.listSessions(), signedOut);
  await assert.rejects(client.registerPlayer(PHONE), signedOut);
  assert.equal(conversation.edit(sent, { content: "Uno" }), false);
  conversation.retry(sent);
  await isEmpty(storage);
});

test("signing out while the storage is being read leaves nothing either", async (t) => {
  const first = page(t);
  first.service.intercept = away;
  first.conversation.send({ content: "One" });
  await saved(first.conversation);
  const second = page(t, { storage: first.storage.copy(), locks: first.locks });
  await second.client.signOut();
  await isEmpty(second.storage);
  await settled();
  assert.deepEqual([second.conversation.pending, second.service.messages, second.errors], [[], [], []]);
});

test("a phone that this client registered is unregistered, another one's is not", async (t) => {
  const UNREGISTER = "DELETE /players";
  for (const isRegistered of [true, false]) {
    const { client, service } = page(t);
    if (isRegistered) await client.registerPlayer(PHONE);
    await client.signOut();
    assert.deepEqual(service.asked.includes(UNREGISTER), isRegistered);
  }
});

test("a sign-out without a network forgets everything all the same", async (t) => {
  const { client, service, storage, conversation } = page(t);
  await client.registerPlayer(PHONE);
  service.intercept = away;
  conversation.send({ content: "One" });
  await saved(conversation);
  await client.signOut();
  await isEmpty(storage);
});
