// One call of `sync` for each connection, and what may happen while it is on its way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SEND, SYNC, asked, hold, isFresh, open } from "./support/conversation.js";
import { Sessions } from "./support/inbox.js";
import { Service, problem } from "./support/service.js";
import { eventually, online, settled, shows } from "./support/wait.js";

const several = (service) => Array.from({ length: 30 }, (_, at) => service.store(at % 2 ? "dentist" : "customer"));

test("a connection costs one call, however much is shown", async (t) => {
  const service = new Sessions(10);
  several(service);
  const client = service.client();
  t.after(() => client.close());
  await online(client);
  const views = [client.inbox(), client.inbox("all"), client.conversation(5)];
  await Promise.all(views.map((view) => view.open()));
  assert.deepEqual(service.asked, [SYNC]);
  service.asked = [];
  service.cut();
  service.store("dentist");
  service.correct(2, "Another text");
  service.retract(7);
  service.touch(103, { updated_at: "2026-03-12T20:00:00Z" });
  await shows(views[2], ({ isStale }) => !isStale);
  isFresh(service, views[2]);
  assert.equal(views[0].sessions[0].id, 103);
  assert.deepEqual(service.asked, [SYNC]);
});

test("a short conversation that is opened at the start is there with the first answer", async (t) => {
  const before = (service) => [1, 2, 3].forEach(() => service.store("dentist"));
  const { service, conversation } = await open(t, { before });
  isFresh(service, conversation);
  assert.deepEqual(service.asked, [SYNC]);
});

test("the cursor goes on where the last answer ended", async (t) => {
  const { service, conversation } = await open(t, { before: several });
  const cursors = [];
  const { intercept } = service;
  service.intercept = (request, answer) => {
    if (request.what === SYNC) cursors.push(request.query.get("since"));
    return intercept(request, answer);
  };
  for (let times = 0; times < 3; times += 1) {
    service.cut();
    service.store("dentist");
    await shows(conversation, ({ isStale }) => !isStale);
  }
  assert.deepEqual(cursors, ["1.30", "1.31", "1.32"]);
});

test("a cursor that is over begins everything anew, and nothing of the old is left", async (t) => {
  const { service, client, conversation } = await open(t, { before: several });
  const inbox = client.inbox();
  await inbox.open();
  service.cut();
  // A backup, in which the last messages are not, and the next ones are others.
  service.history = 2;
  service.messages = service.messages.slice(0, 12).map((message) => ({ ...message, content: "As it was" }));
  service.changes = service.messages.map(({ seq }) => ({ seq }));
  service.marks = { customer: 0, dentist: 0 };
  conversation.send({ content: "In flight" });
  await shows(conversation, ({ isStale, pending }) => !isStale && !pending.length);
  await eventually(() => isFresh(service, conversation));
  assert.equal(conversation.messages.length, 13);
  assert.deepEqual(inbox.sessions, [service.session]);
});

test("a cursor that is refused otherwise begins anew, too, and a refusal without one is told", async (t) => {
  const { service, conversation, errors } = await open(t, { before: several });
  service.intercept = ({ what, query }, answer) =>
    what === SYNC && query.get("since") ? problem(400, "invalid_request") : answer();
  service.cut();
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  service.intercept = ({ what }, answer) => (what === SYNC ? problem(403, "unknown_user") : answer());
  service.cut();
  await eventually(() => assert.deepEqual([...new Set(errors.map(({ code }) => code))], ["unknown_user"]));
  assert.equal(conversation.isStale, true);
});

test("what comes page by page is asked for at once, from the cursor of each page", async (t) => {
  const service = new Sessions(250);
  const client = service.client();
  t.after(() => client.close());
  await online(client);
  const inbox = client.inbox();
  await inbox.open();
  await eventually(() => assert.equal(asked(service, SYNC), 3));
  await settled();
  service.asked = [];
  service.cut();
  for (const { id } of service.others) service.touch(id, { unread_count: 1 });
  await eventually(() => assert.ok(inbox.sessions.length && inbox.sessions.every((session) => session.unread_count)));
  assert.deepEqual(service.asked, [SYNC, SYNC, SYNC]);
  assert.deepEqual(inbox.sessions, service.fitting("active").slice(0, 50));
});

test("when more has changed than is told, what is shown is fetched, and corrections before it are not missed", async (t) => {
  const { service, conversation, added } = await open(t, { before: several });
  service.cut();
  for (const seq of [1, 2, 3, 5, 6, 7]) service.correct(seq, "Another text");
  service.retract(4);
  for (let count = 0; count < 15; count += 1) service.store("dentist");
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  assert.equal(added.length, 15);
});

test("frames that overtake the answer count, and those that it has change nothing", async (t) => {
  const { service, client, conversation, added } = await open(t, { before: several });
  const inbox = client.inbox();
  await inbox.open();
  service.cut();
  const missed = [service.store("dentist"), service.correct(1, "One"), service.store("dentist")];
  const sync = hold(service, SYNC);
  await eventually(() => assert.ok(sync.release));
  service.tell(...missed, service.store("dentist"), service.correct(2, "Two"), service.read("dentist", 33));
  service.tell(service.retract(1), service.store("customer"), service.read("customer", 33));
  sync.release();
  await shows(conversation, ({ isStale }) => !isStale);
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual(added, [31, 32, 33, 34]);
  assert.deepEqual(inbox.sessions, [service.session]);
});

test("a message that is in flight while everything is caught up with is shown once", async (t) => {
  for (const isAnswered of [true, false]) {
    const { service, conversation, added } = await open(t, { before: several });
    let isLost = !isAnswered;
    const { intercept } = service;
    const sync = {};
    service.intercept = async (request, answer) => {
      if (request.what === SYNC && !sync.release) await new Promise((resolve) => (sync.release = resolve));
      const answered = await intercept(request, answer);
      if (request.what !== SEND || !isLost) return answered;
      isLost = false;
      throw new TypeError("the answer was lost");
    };
    let most = 0;
    conversation.on("change", () => {
      const own = conversation.messages.filter(({ content }) => content === "In flight");
      most = Math.max(most, own.length + conversation.pending.length);
    });
    service.cut();
    await eventually(() => assert.ok(sync.release));
    conversation.send({ content: "In flight" });
    await settled();
    sync.release();
    await shows(conversation, ({ isStale, pending }) => !isStale && !pending.length);
    await eventually(() => isFresh(service, conversation));
    assert.deepEqual([most, added], [1, [31]]);
  }
});

test("a connection that is lost while catching up is caught up with anew", async (t) => {
  const { service, conversation } = await open(t, { before: several });
  service.cut();
  const sync = hold(service, SYNC);
  await eventually(() => assert.ok(sync.release));
  service.cut();
  // Nobody hears of these, and the answer that is on its way was given before.
  service.store("dentist");
  service.correct(1, "One");
  sync.release();
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  assert.equal(asked(service, SYNC), 3);
});

test("views that are opened while others are, and again when none is, are as fresh", async (t) => {
  const { service, client, conversation } = await open(t, { before: several });
  conversation.close();
  service.store("dentist");
  service.tell(service.update("archived"));
  const again = client.conversation(5);
  await again.open();
  isFresh(service, again);
  const archive = client.inbox("archived");
  const before = asked(service, SYNC);
  await archive.open();
  assert.deepEqual(archive.sessions, [service.session]);
  assert.equal(asked(service, SYNC), before);
});

test("two clients of one person each catch up by a cursor of their own", async (t) => {
  const service = new Service();
  several(service);
  const clients = [service.client(), service.client()];
  t.after(() => clients.forEach((client) => client.close()));
  const views = [];
  for (const client of clients) {
    await online(client);
    views.push(client.conversation(5));
    await views.at(-1).open();
  }
  service.sockets[0].end();
  views[1].send({ content: "From the other tab" });
  service.store("dentist");
  for (const view of views) await eventually(() => assert.equal(view.messages.length, 32));
  for (const view of views) await eventually(() => isFresh(service, view));
});
