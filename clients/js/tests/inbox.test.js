import assert from "node:assert/strict";
import { test } from "node:test";
import { Service, gateway } from "./support/service.js";
import { eventually, online, settled } from "./support/wait.js";

const LIST = "GET /sessions";
const at = (second) => `2026-03-12T19:00:${String(second).padStart(2, "0")}Z`;

/** Many sessions of a customer's; only the first has messages, and is the service's. */
class Sessions extends Service {
  constructor(count) {
    super();
    this.others = Array.from({ length: count }, (_, index) => ({
      ...this.session,
      id: 100 + index,
      updated_at: at(59 - Math.floor(index / 4)),
    }));
    this.intercept = (request, answer) => this.#answer(request, answer);
  }

  get all() {
    const rank = ({ updated_at, id }) => `${updated_at.slice(0, -1).padEnd(26, " ")}${String(id).padStart(9, "0")}`;
    return [this.session, ...this.others].sort((a, b) => (rank(a) < rank(b) ? 1 : -1));
  }

  fitting(status) {
    return this.all.filter((session) => status === "all" || session.status === status);
  }

  #answer({ what, query }, answer) {
    const other = this.others.find(({ id }) => what === `GET /sessions/${id}`);
    if (other) return Response.json(other);
    if (what !== LIST) return answer();
    const fitting = this.fitting(query.get("status"));
    const from = fitting.findIndex(({ id }) => String(id) === query.get("cursor")) + 1;
    const sessions = fitting.slice(from, from + Number(query.get("limit")));
    const hasMore = from + sessions.length < fitting.length;
    return Response.json({ sessions, next_cursor: hasMore ? String(sessions.at(-1).id) : null });
  }

  /** Something happens in another session; gives a frame that tells of it. */
  touch(id, facts) {
    const changed = { ...this.others.find((session) => session.id === id), updated_at: this.now(), ...facts };
    this.others = this.others.map((session) => (session.id === id ? changed : session));
    return { type: "session.updated", session: changed };
  }
}

async function open(t, { count = 3, status, isLive = true } = {}) {
  const service = new Sessions(count);
  const client = service.client();
  t.after(() => client.close());
  if (isLive) await online(client);
  const inbox = client.inbox(status);
  await inbox.open();
  return { service, client, inbox };
}

const asked = (service, what) => service.asked.filter((each) => each === what).length;
const shown = ({ sessions }) => sessions.map(({ id, status, unread_count, last_seq }) => [id, status, unread_count, last_seq]);

/** The inbox is the beginning of what a fresh fetch gives. */
const isFresh = (service, inbox, status = "active") =>
  eventually(() => {
    const fresh = service.fitting(status);
    assert.deepEqual(inbox.sessions, fresh.slice(0, inbox.sessions.length));
    assert.equal(inbox.hasMore, inbox.sessions.length < fresh.length);
  });

test("there is one inbox of a status, until it is closed", async (t) => {
  const { client, inbox, service } = await open(t);
  assert.equal(client.inbox("active"), inbox);
  assert.notEqual(client.inbox("all"), inbox);
  await inbox.open();
  assert.equal(asked(service, LIST), 1);
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
  const before = asked(service, "GET /sessions/5");
  const frames = [1, 2, 3, 4].map(() => service.store("dentist"));
  service.tell(frames[3], frames[1], frames[2]);
  await isFresh(service, inbox);
  assert.equal(asked(service, "GET /sessions/5"), before + 1);
  service.tell(service.read("customer", 2), service.read("customer", 3));
  await isFresh(service, inbox);
  assert.equal(asked(service, "GET /sessions/5"), before + 2);
});

test("a frame that comes while its session is being asked for is not lost", async (t) => {
  const { service, inbox } = await open(t);
  let release;
  const { intercept } = service;
  service.intercept = async (request, answer) => {
    const answered = await intercept(request, answer);
    if (request.what !== "GET /sessions/5") return answered;
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
  for (const [view, status] of [[inbox, "active"], [archive, "archived"], [all, "all"]]) await isFresh(service, view, status);
  assert.deepEqual(shown(archive), [[5, "archived", 0, 0]]);
  service.tell(service.update("active"), service.store("dentist"));
  for (const [view, status] of [[inbox, "active"], [archive, "archived"], [all, "all"]]) await isFresh(service, view, status);
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
  service.tell({ type: "message.created", session_id: 900, seq: 1, message: { session_id: 900, seq: 1 } });
  service.tell({ type: "session.created", session });
  await isFresh(service, inbox);
  assert.equal(asked(service, "GET /sessions/900"), 1);
});

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
  service.tell(service.store("dentist"), service.touch(101, { updated_at: "2026-03-12T20:00:00Z" }), service.store("customer"));
  service.tell(service.read("dentist", 2));
  release();
  await opening;
  await isFresh(service, inbox);
  assert.deepEqual(shown(inbox)[0], [101, "active", 0, 0]);
});

test("loading goes on until the service answers", async (t) => {
  const service = new Sessions(3);
  const { intercept } = service;
  let failures = 3;
  service.intercept = (request, answer) => (failures-- > 0 ? gateway(500, "Internal Server Error") : intercept(request, answer));
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
  service.tell({ type: "typing", session_id: 5, sender_type: "dentist", typing: true, expires_at: "" }, { type: "pong" });
  assert.equal(changes, 0);
});
