// The list of a customer's sessions, before a service in memory.
import assert from "node:assert/strict";
import { Service } from "./service.js";
import { eventually, online } from "./wait.js";

export const LIST = "GET /sessions";
export const at = (second) => `2026-03-12T19:00:${String(second).padStart(2, "0")}Z`;

/** Many sessions of a customer's; only the first has messages, and is the service's. */
export class Sessions extends Service {
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
