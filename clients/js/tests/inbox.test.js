import assert from "node:assert/strict";
import { test } from "node:test";
import { SYNC, Sessions, asked, isFresh, open, shown } from "./support/inbox.js";
import { gateway } from "./support/service.js";
import { eventually, settled } from "./support/wait.js";

test("there is one inbox of a status, until it is closed", async (t) => {
  const { client, inbox, service } = await open(t);
  assert.equal(client.inbox("active"), inbox);
  assert.notEqual(client.inbox("all"), inbox);
  await inbox.open();
  assert.equal(asked(service, SYNC), 1);
  inbox.close();
  inbox.close();
  assert.notEqual(client.inbox(), inbox);
  await assert.rejects(inbox.open(), { code: "aborted" });
});

test("sessions are in order of activity, and of their ids where that is the same", async (t) => {
  const { service, inbox } = await open(t, { count: 9 });
  assert.equal(inbox.isLoaded, true);
  assert.deepEqual(inbox.sessions, service.all);
});

test("messages and marks move sessions and count what is unread, without a question", async (t) => {
  const { service, inbox } = await open(t);
  const before = service.asked.length;
  service.tell(service.store("dentist"), service.store("customer"));
  await isFresh(service, inbox);
  service.tell(service.store("dentist"));
  assert.deepEqual(inbox.sessions.find(({ id }) => id === 5).unread_count, 2);
  service.tell(service.read("customer", 3), service.read("dentist", 2));
  await isFresh(service, inbox);
  assert.equal(service.asked.length, before);
});

test("a gap, or a part that was read, is one question", async (t) => {
  const { service, inbox } = await open(t);
  const before = asked(service, SYNC);
  const frames = [1, 2, 3, 4].map(() => service.store("dentist"));
  service.tell(frames[3], frames[1], frames[2]);
  await isFresh(service, inbox);
  assert.equal(asked(service, SYNC), before + 1);
  service.tell(service.read("customer", 2), service.read("customer", 3));
  await isFresh(service, inbox);
  assert.equal(asked(service, SYNC), before + 2);
});

test("a frame that comes while its session is being asked for is not lost", async (t) => {
  const { service, inbox } = await open(t);
  let release;
  const { intercept } = service;
  service.intercept = async (request, answer) => {
    const answered = await intercept(request, answer);
    if (request.what !== SYNC) return answered;
    service.intercept = intercept;
    await new Promise((resolve) => (release = resolve));
    return answered;
  };
  service.store("dentist");
  service.tell(service.store("dentist"));
  await eventually(() => assert.ok(release));
  service.tell(service.store("dentist"));
  release();
  await isFresh(service, inbox);
  assert.equal(inbox.sessions.find(({ id }) => id === 5).last_seq, 3);
});

test("sessions that do not fit any more leave, and new ones that fit come in", async (t) => {
  const { service, client, inbox } = await open(t);
  const archive = client.inbox("archived");
  const all = client.inbox("all");
  await Promise.all([archive.open(), all.open()]);
  service.tell(service.update("archived"));
  for (const [view, status] of [
    [inbox, "active"],
    [archive, "archived"],
    [all, "all"],
  ])
    await isFresh(service, view, status);
  assert.deepEqual(shown(archive), [[5, "archived", 0, 0]]);
  service.tell(service.update("active"), service.store("dentist"));
  for (const [view, status] of [
    [inbox, "active"],
    [archive, "archived"],
    [all, "all"],
  ])
    await isFresh(service, view, status);
  assert.deepEqual(archive.sessions, []);
});

test("frames of a session's status that overtake one another leave the last one", async (t) => {
  const { service, inbox } = await open(t);
  const [archived, reopened] = [service.update("archived"), service.update("active")];
  service.tell(reopened, archived);
  await isFresh(service, inbox);
  const [again, last] = [service.update("active"), service.update("archived")];
  service.tell(last, again);
  await isFresh(service, inbox);
  assert.ok(!inbox.sessions.some(({ id }) => id === 5));
});

test("a new session comes in, whatever is heard of it first", async (t) => {
  const { service, inbox } = await open(t);
  const session = { ...service.session, id: 900, updated_at: service.now() };
  service.others.push(session);
  service.touched.push(900);
  service.tell({ type: "message.created", session_id: 900, seq: 1, message: { session_id: 900, seq: 1 } });
  service.tell({ type: "session.created", session });
  await isFresh(service, inbox);
  assert.equal(asked(service, SYNC), 2);
});

test("loading goes on until the service answers", async (t) => {
  const service = new Sessions(3);
  const { intercept } = service;
  let failures = 3;
  service.intercept = (request, answer) =>
    failures-- > 0 ? gateway(500, "Internal Server Error") : intercept(request, answer);
  const client = service.client();
  t.after(() => client.close());
  await client.inbox().open();
  await isFresh(service, client.inbox());
});

test("a closed inbox changes no more", async (t) => {
  const { service, inbox } = await open(t);
  let changes = 0;
  inbox.on("change", () => (changes += 1));
  service.store("dentist");
  service.tell(service.store("dentist"));
  inbox.close();
  service.tell(service.store("dentist"));
  service.cut();
  await settled();
  assert.equal(changes, 0);
});

test("typing changes nothing", async (t) => {
  const { service, inbox } = await open(t);
  let changes = 0;
  inbox.on("change", () => (changes += 1));
  service.tell(
    { type: "typing", session_id: 5, sender_type: "dentist", typing: true, expires_at: "" },
    { type: "pong" },
  );
  assert.equal(changes, 0);
});
