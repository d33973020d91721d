import assert from "node:assert/strict";
import { test } from "node:test";
import { SYNC, Sessions, asked, isFresh, open, shown } from "./support/inbox.js";
import { eventually, online, settled } from "./support/wait.js";

test("everything is asked for page by page, and shown in pieces", async (t) => {
  const { service, inbox } = await open(t, { count: 230 });
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions.length, inbox.hasMore], [50, true]);
  await eventually(() => assert.equal(asked(service, SYNC), 3));
  await Promise.all([inbox.loadMore(), inbox.loadMore()]);
  assert.equal(inbox.sessions.length, 100);
  const last = service.others.at(-1);
  service.tell({ type: "session.updated", session: last });
  await settled();
  await isFresh(service, inbox);
  for (let times = 0; times < 3; times += 1) await inbox.loadMore();
  assert.deepEqual([inbox.sessions.length, inbox.hasMore, asked(service, SYNC)], [231, false, 3]);
  await isFresh(service, inbox);
});

test("the first page is shown before the others are there, and frames count", async (t) => {
  const service = new Sessions(230);
  const client = service.client();
  t.after(() => client.close());
  await online(client);
  const inbox = client.inbox();
  const { intercept } = service;
  let release;
  service.intercept = async (request, answer) => {
    if (request.query.get("since")) await new Promise((resolve) => (release = resolve));
    return intercept(request, answer);
  };
  await inbox.open();
  await eventually(() => assert.ok(release));
  // Behind the first page, and so not to be shown yet.
  service.tell(service.touch(329, {}), service.touch(328, { updated_at: "2026-03-12T18:00:00Z" }));
  await isFresh(service, inbox);
  service.intercept = intercept;
  release();
  await inbox.loadMore();
  await inbox.loadMore();
  await eventually(() => assert.equal(asked(service, SYNC), 3));
  await isFresh(service, inbox);
  assert.equal(inbox.sessions.length, 150);
});

test("a session from behind what is shown comes in when something happens in it", async (t) => {
  const { service, inbox } = await open(t, { count: 80 });
  service.tell(service.touch(179, { updated_at: "2026-03-12T20:00:00Z" }));
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions.length, inbox.sessions[0].id], [50, 179]);
});

test("after a lost connection one call brings what changed, and as much is shown as was", async (t) => {
  const { service, inbox } = await open(t, { count: 180 });
  await inbox.loadMore();
  await inbox.loadMore();
  const before = service.asked.length;
  service.cut();
  service.store("dentist");
  service.touch(103, { status: "archived", updated_at: "2026-03-12T20:00:00Z" });
  service.touch(279, { updated_at: "2026-03-12T20:00:01Z" });
  await eventually(() => assert.equal(inbox.sessions[0].id, 279));
  assert.equal(inbox.sessions.length, 150);
  await isFresh(service, inbox);
  assert.deepEqual(service.asked.slice(before), [SYNC]);
});

test("of more than a thousand sessions, the rest is asked for when it is looked for", async (t) => {
  const { service, inbox } = await open(t, { count: 1_200 });
  await eventually(() => assert.equal(asked(service, SYNC), 10));
  await settled();
  assert.equal(asked(service, SYNC), 10);
  for (let times = 0; times < 19; times += 1) await inbox.loadMore();
  assert.deepEqual([inbox.sessions.length, inbox.hasMore, asked(service, SYNC)], [1_000, true, 10]);
  // From behind what is listed.
  service.tell(service.touch(1_299, { updated_at: "2026-03-12T20:00:00Z" }));
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions[0].id, asked(service, "GET /sessions/1299")], [1_299, 1]);
  for (let times = 0; times < 5; times += 1) await inbox.loadMore();
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions.length, inbox.hasMore], [1_201, false]);
  // All of them are here now.
  const before = service.asked.length;
  service.cut();
  service.touch(1_000, { updated_at: "2026-03-12T20:00:01Z" });
  await eventually(() => assert.equal(inbox.sessions[0].id, 1_000));
  await isFresh(service, inbox);
  assert.deepEqual(service.asked.slice(before), [SYNC]);
});

test("with more than a thousand sessions, a lost connection begins with the first ones again", async (t) => {
  const { service, client, inbox } = await open(t, { count: 1_200 });
  await eventually(() => assert.equal(asked(service, SYNC), 10));
  const behind = client.conversation(1_250);
  await behind.open().catch(() => {});
  assert.equal(behind.session.id, 1_250);
  service.cut();
  service.touch(1_250, { status: "archived" });
  service.store("dentist");
  service.touch(150, { updated_at: "2026-03-12T20:00:00Z" });
  await eventually(() => assert.equal(inbox.sessions[0].id, 150));
  await isFresh(service, inbox);
  await eventually(() => assert.equal(asked(service, SYNC), 20));
});

test("frames that come while the list is being loaded count", async (t) => {
  const service = new Sessions(3);
  const client = service.client();
  t.after(() => client.close());
  await online(client);
  let release;
  const { intercept } = service;
  service.intercept = async (request, answer) => {
    const answered = await intercept(request, answer);
    await new Promise((resolve) => (release = resolve));
    service.intercept = intercept;
    return answered;
  };
  const inbox = client.inbox();
  const opening = inbox.open();
  await eventually(() => assert.ok(release));
  service.tell(
    service.store("dentist"),
    service.touch(101, { updated_at: "2026-03-12T20:00:00Z" }),
    service.store("customer"),
  );
  service.tell(service.read("dentist", 2));
  release();
  await opening;
  await isFresh(service, inbox);
  assert.deepEqual(shown(inbox)[0], [101, "active", 0, 0]);
});
