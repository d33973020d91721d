// What becomes of messages that are corrected or taken back, in whatever order one hears of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SYNC, hold, isFresh, open } from "./support/conversation.js";
import { problem } from "./support/service.js";
import { eventually, shows } from "./support/wait.js";

const three = (service) => {
  service.store("customer", { content: "One" });
  service.store("dentist", { content: "Two" });
  service.store("customer", { content: "Three" });
};

test("what either side corrects or takes back is shown at once", async (t) => {
  const { service, client, conversation } = await open(t, { before: three });
  const inbox = client.inbox();
  await inbox.open();
  service.tell(service.correct(2, "Zwei"), service.retract(3));
  assert.deepEqual(
    conversation.messages.map(({ content }) => content),
    ["One", "Zwei", ""],
  );
  isFresh(service, conversation);
  assert.deepEqual(inbox.sessions, [service.session]);
});

test("one's own message is corrected and taken back, and the view has the answer", async (t) => {
  const { service, conversation } = await open(t, { before: three });
  assert.equal((await conversation.correct(1, "Eins")).content, "Eins");
  isFresh(service, conversation);
  assert.ok((await conversation.retract(1)).retracted_at);
  isFresh(service, conversation);
  assert.deepEqual(service.asked.slice(-2), [
    "PUT /sessions/5/messages/1",
    "POST /sessions/5/messages/1/retraction",
  ]);
});

test("without a connection, too", async (t) => {
  const { service, conversation } = await open(t, { before: three, isLive: false });
  await conversation.correct(1, "Eins");
  assert.deepEqual(conversation.messages, service.messages);
});

test("a correction is tried until there is an answer, and a refusal is one", async (t) => {
  const { service, conversation } = await open(t, { before: three });
  const answers = [() => problem(503, "unavailable", { retryable: true }), () => problem(409, "too_late")];
  service.intercept = ({ what }, answer) => (what.startsWith("PUT") ? answers.shift()() : answer());
  await assert.rejects(conversation.correct(1, "Eins"), { code: "too_late", status: 409 });
  assert.deepEqual(answers, []);
  isFresh(service, conversation);
});

test("of frames that overtake one another the latest state stands, however late the others are", async (t) => {
  const { service, conversation } = await open(t, { before: three });
  const frames = [service.correct(1, "a"), service.correct(1, "b"), service.retract(1)];
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    service.tell(...order.map((at) => frames[at]));
    isFresh(service, conversation);
  }
});

test("a message that is heard of by its correction first is not brought back by its frame", async (t) => {
  const { service, conversation, added } = await open(t, { before: three });
  const created = service.store("dentist", { content: "By mistake" });
  const updated = service.retract(4);
  service.tell(updated, created);
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual(added, [4]);
});

test("a correction and a mark do not undo one another", async (t) => {
  const { service, conversation } = await open(t, { before: three });
  const corrected = service.correct(1, "Eins");
  const read = service.read("dentist", 3);
  service.tell(read, corrected);
  isFresh(service, conversation);
  // Made before the mark, and heard after it.
  service.tell({ ...corrected, message: { ...corrected.message, is_read: false, read_at: null } });
  isFresh(service, conversation);
});

test("what happened without a connection is there after it", async (t) => {
  const { service, client, conversation } = await open(t, { before: three });
  const inbox = client.inbox();
  await inbox.open();
  service.cut();
  service.correct(1, "Eins");
  service.retract(2);
  service.store("dentist", { content: "Four" });
  service.correct(4, "Vier");
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  await eventually(() => assert.deepEqual(inbox.sessions, [service.session]));
});

test("a page that was on its way does not undo what a frame has told meanwhile", async (t) => {
  const { service, conversation } = await open(t, { before: three });
  service.cut();
  const page = hold(service, SYNC);
  await eventually(() => assert.ok(page.release));
  service.tell(service.retract(1));
  page.release();
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
});
