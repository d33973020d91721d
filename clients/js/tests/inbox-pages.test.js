import assert from "node:assert/strict";
import { test } from "node:test";
import { LIST, Sessions, asked, isFresh, open, shown } from "./support/inbox.js";
import { eventually, online, settled } from "./support/wait.js";

test("more is loaded page by page, and what happens behind it is not shown", async (t) => {
  const { service, inbox } = await open(t, { count: 130 });
  assert.deepEqual([inbox.sessions.length, inbox.hasMore], [50, true]);
  await isFresh(service, inbox);
  await Promise.all([inbox.loadMore(), inbox.loadMore()]);
  assert.deepEqual([inbox.sessions.length, asked(service, LIST)], [100, 2]);
  const last = service.others.at(-1);
  service.tell({ type: "session.updated", session: last });
  await settled();
  await isFresh(service, inbox);
  assert.equal(inbox.sessions.length, 100);
  await inbox.loadMore();
  await inbox.loadMore();
  assert.deepEqual([inbox.sessions.length, inbox.hasMore], [131, false]);
  await isFresh(service, inbox);
});

test("a session from behind what is loaded comes in when something happens in it", async (t) => {
  const { service, inbox } = await open(t, { count: 80 });
  service.tell(service.touch(179, { updated_at: "2026-03-12T20:00:00Z" }));
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions.length, inbox.sessions[0].id], [51, 179]);
});

test("after a lost connection as many are loaded as there were", async (t) => {
  const { service, inbox } = await open(t, { count: 180 });
  await inbox.loadMore();
  await inbox.loadMore();
  service.cut();
  service.store("dentist");
  service.touch(103, { status: "archived", updated_at: "2026-03-12T20:00:00Z" });
  service.touch(279, { updated_at: "2026-03-12T20:00:01Z" });
  await eventually(() => assert.equal(inbox.sessions[0].id, 279));
  assert.equal(inbox.sessions.length, 150);
  await isFresh(service, inbox);
});

test("when nothing more is left after a reload, nothing more is loaded", async (t) => {
  const { service, inbox } = await open(t, { count: 130 });
  await inbox.loadMore();
  let release;
  const { intercept } = service;
  service.intercept = async (request, answer) => {
    if (request.what === LIST && !release) await new Promise((resolve) => (release = resolve));
    return intercept(request, answer);
  };
  service.cut();
  await eventually(() => assert.ok(release));
  const loading = inbox.loadMore();
  service.others = service.others.map((session, index) => ({ ...session, status: index < 60 ? "archived" : "active" }));
  release();
  await loading;
  await isFresh(service, inbox);
  assert.deepEqual([inbox.sessions.length, inbox.hasMore], [71, false]);
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
