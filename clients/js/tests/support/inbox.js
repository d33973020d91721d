// The list of a customer's sessions, before a service in memory.
import assert from "node:assert/strict";
import { Service } from "./service.js";
import { eventually, online } from "./wait.js";

export const SYNC = "GET /sync";
const at = (second) => new Date(Date.UTC(2026, 2, 12, 19, 0, second)).toISOString().replace(".000", "");

/** Many sessions of a customer's; only the first has messages, and is the service's. */
export class Sessions extends Service {
  constructor(count) {
    super();
    this.touched = [];
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
    return what === SYNC ? this.#sync(Number(query.get("limit")), query.get("since")) : answer();
  }

  /** Everything, page by page, and then what changed since the first page. */
  #sync(limit, since) {
    const [kind, own, touched, last] = (since ?? `list.${this.changes.length}.${this.touched.length}.0`).split(".");
    const ids = new Set(this.touched.slice(Number(touched)));
    if (this.changes.length > Number(own)) ids.add(5);
    const all = kind === "list" ? this.all : this.all.filter(({ id }) => ids.has(id));
    const from = all.findIndex(({ id }) => String(id) === last) + 1;
    const page = all.slice(from, from + limit);
    const has_more = from + page.length < all.length;
    const isOver = !has_more && kind === "since";
    const next = isOver ? [this.changes.length, this.touched.length] : [own, touched];
    return Response.json({
      changes: page.map((session) => ({ session, messages: session.id === 5 ? this.messages : [], truncated: false })),
      next: [has_more ? kind : "since", ...next, has_more ? page.at(-1).id : 0].join("."),
      has_more,
      unread_total: 0,
    });
  }

  /** Something happens in another session; gives a frame that tells of it. */
  touch(id, facts) {
    const changed = { ...this.others.find((session) => session.id === id), updated_at: this.now(), ...facts };
    this.others = this.others.map((session) => (session.id === id ? changed : session));
    this.touched.push(id);
    return { type: "session.updated", session: changed };
  }
}

export async function open(t, { count = 3, status, isLive = true } = {}) {
  const service = new Sessions(count);
  const client = service.client();
  t.after(() => client.close());
  if (isLive) await online(client);
  const inbox = client.inbox(status);
  await inbox.open();
  return { service, client, inbox };
}

export const asked = (service, what) => service.asked.filter((each) => each === what).length;
export const shown = ({ sessions }) =>
  sessions.map(({ id, status, unread_count, last_seq }) => [id, status, unread_count, last_seq]);

/** The inbox is the beginning of what a fresh fetch gives. */
export const isFresh = (service, inbox, status = "active") =>
  eventually(() => {
    const fresh = service.fitting(status);
    assert.deepEqual(inbox.sessions, fresh.slice(0, inbox.sessions.length));
    assert.equal(inbox.hasMore, inbox.sessions.length < fresh.length);
  });
