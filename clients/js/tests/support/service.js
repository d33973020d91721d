// One session of a chat service in memory, where tests decide what is answered and told, and when: for
// what a real stack does only rarely. It counts and reads exactly as the service does.
import { ChatClient } from "../../src/index.js";

const time = (count) => `2026-03-12T19:00:00.${String(count).padStart(6, "0")}Z`;
const json = (status, body, headers = {}) => new Response(body && JSON.stringify(body), { status, headers });

export class Service {
  /** What was asked: `POST /sessions/5/messages`. */
  asked = [];
  /** Whoever connected, in order. */
  sockets = [];
  /** What clients said. */
  said = [];
  /** Every change of a session, by which `sync` counts. */
  changes = [];
  /** Of cursors: another one after a backup was put back. */
  history = 1;
  /** Replaces answers: `(request, answer) => Response`, where `answer()` does what was asked. */
  intercept = (_request, answer) => answer();
  messages = [];
  marks = { customer: 0, dentist: 0 };
  status = "active";
  /** The frame of the last mark that a client has sent. */
  lastRead;
  #clock = 0;
  #updatedAt = this.now();

  constructor(role = "customer") {
    this.role = role;
    const service = this;
    this.WebSocket = class extends Socket {
      constructor(url, protocols) {
        super(service, url, protocols);
      }
    };
  }

  now() {
    this.#clock += 1;
    return time(this.#clock);
  }

  client(options = {}) {
    return new ChatClient({
      httpUrl: "http://service.test",
      wsUrl: "ws://service.test",
      role: this.role,
      token: () => "token",
      fetch: this.fetch,
      WebSocket: this.WebSocket,
      random: () => 0.01,
      ...options,
    });
  }

  get session() {
    const unread = (message) => message.sender_type !== this.role && !message.is_read;
    return {
      id: 5,
      status: this.status,
      customer: { id: 42, name: "The customer" },
      dentist: { id: 7, name: "The dentist" },
      created_at: time(1),
      updated_at: this.#updatedAt,
      last_seq: this.messages.length,
      last_message: this.messages.at(-1) ?? null,
      unread_count: this.messages.filter(unread).length,
      customer_read_seq: this.marks.customer,
      dentist_read_seq: this.marks.dentist,
    };
  }

  /** Stores a message; gives its frame, which nobody has heard yet. */
  store(sender_type, draft = {}) {
    const known = this.messages.find((message) => message.client_message_id === draft.client_message_id);
    if (draft.client_message_id && known) return { message: known };
    const seq = this.messages.length + 1;
    const message = {
      id: 9000 + seq,
      session_id: 5,
      seq,
      sender_type,
      sender_id: sender_type === "customer" ? 42 : 7,
      content: "",
      image_urls: [],
      images: [],
      client_message_id: `0000-${seq}`,
      ...draft,
      created_at: this.now(),
      is_read: false,
      read_at: null,
      corrected_at: null,
      retracted_at: null,
    };
    this.messages = [...this.messages, message];
    this.#updatedAt = message.created_at;
    this.changes.push({ seq });
    return { type: "message.created", session_id: 5, seq, message };
  }

  /** Puts another text in a message's place; gives its frame. */
  correct(seq, content) {
    return this.#change(seq, { content, corrected_at: this.now() });
  }

  /** Takes a message back; gives its frame. */
  retract(seq) {
    return this.#change(seq, { content: "", image_urls: [], images: [], retracted_at: this.now() });
  }

  #change(seq, change) {
    const message = { ...this.messages[seq - 1], ...change };
    this.messages = this.messages.with(seq - 1, message);
    this.changes.push({ seq });
    return { type: "message.updated", session_id: 5, seq, message };
  }

  /** Moves a mark; gives its frame. */
  read(reader, up_to_seq) {
    const read_at = this.now();
    this.changes.push({});
    this.marks[reader] = Math.max(this.marks[reader], up_to_seq);
    this.messages = this.messages.map((message) =>
      message.sender_type !== reader && message.seq <= up_to_seq && !message.is_read
        ? { ...message, is_read: true, read_at }
        : message,
    );
    return { type: "messages.read", session_id: 5, reader, up_to_seq, read_at };
  }

  /** Archives or reopens; gives the frame. */
  update(status) {
    this.status = status;
    this.changes.push({});
    this.#updatedAt = this.now();
    return { type: "session.updated", session: this.session };
  }

  /** Tells everyone who is connected. */
  tell(...frames) {
    const open = this.sockets.filter((socket) => socket.readyState === 1);
    for (const frame of frames) for (const socket of open) socket.hear(frame);
  }

  /** Cuts every connection; nobody is told why. */
  cut() {
    for (const socket of this.sockets) socket.end();
  }

  fetch = async (url, { method, body, headers, signal }) => {
    const { pathname, searchParams } = new URL(url);
    const request = {
      what: `${method} ${pathname}`,
      body: typeof body === "string" ? JSON.parse(body) : body,
      query: searchParams,
      headers,
      signal,
    };
    this.asked.push(request.what);
    // As on a network, nothing is answered at once.
    await new Promise(setImmediate);
    return this.intercept(request, () => this.#answer(request));
  };

  #answer({ what, body, query }) {
    switch (what) {
      case "GET /sync":
        return this.#sync(query);
      case "GET /sessions/5":
        return json(200, this.session);
      case "GET /sessions": {
        const fits = ["all", this.status].includes(query.get("status"));
        return json(200, { sessions: fits ? [this.session] : [], next_cursor: null });
      }
      case "GET /sessions/5/messages":
        return json(200, this.#page(query));
      case "POST /sessions/5/messages":
        return json(201, this.store(this.role, body).message);
      case "POST /sessions/5/read":
        this.lastRead = this.read(this.role, body.up_to_seq);
        return json(200, { session_id: 5, up_to_seq: this.marks[this.role], marked: 1, unread_count: 0 });
      case "PUT /sessions/5/messages/1":
        return json(200, this.correct(1, body.content).message);
      case "POST /sessions/5/messages/1/retraction":
        return json(200, this.retract(1).message);
      case "PUT /players":
        return json(200, { id: 1, customer_id: 42, ...body, created_at: this.now(), updated_at: this.now() });
      case "DELETE /players":
        return new Response(null, { status: 204 });
      default:
        return json(404, { code: "session_not_found", detail: "There is no such session.", retryable: false });
    }
  }

  /** The one session, if anything in it has changed since the cursor. */
  #sync(query) {
    const [history, since] = (query.get("since") ?? `${this.history}.-1`).split(".").map(Number);
    if (history !== this.history) return problem(410, "sync_expired");
    const isNew = since < 0;
    const seqs = new Set(this.changes.slice(Math.max(since, 0)).map(({ seq }) => seq));
    const news = this.messages.filter(({ seq }) => isNew || seqs.has(seq));
    const truncated = news.length > 20;
    const messages = truncated ? this.messages.slice(-20) : news;
    const isChanged = isNew || this.changes.length > since;
    return json(200, {
      changes: isChanged ? [{ session: this.session, messages, truncated }] : [],
      next: `${this.history}.${this.changes.length}`,
      has_more: false,
      unread_total: this.session.unread_count,
    });
  }

  #page(query) {
    const limit = Number(query.get("limit") ?? 50);
    const [after, before] = [query.get("after"), query.get("before")];
    const last_seq = this.messages.length;
    let range = this.messages.slice(-limit);
    if (after) range = this.messages.slice(Number(after), Number(after) + limit);
    if (before) range = this.messages.slice(0, Number(before) - 1).slice(-limit);
    const first = range[0]?.seq ?? last_seq + 1;
    return {
      messages: range,
      has_more_before: first > 1,
      has_more_after: (range.at(-1)?.seq ?? last_seq) < last_seq,
      last_seq,
      customer_read_seq: this.marks.customer,
      dentist_read_seq: this.marks.dentist,
    };
  }
}

class Socket {
  readyState = 0;
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;

  constructor(service, url, protocols) {
    this.service = service;
    this.protocols = protocols;
    service.sockets.push(this);
    if (service.isSilent) return;
    setImmediate(() => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.onopen?.({});
    });
  }

  send(text) {
    this.service.said.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  hear(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({});
  }
}

/** A refusal as the service gives it. */
export function problem(status, code, { retryAfter, ...rest } = {}) {
  const body = {
    type: "about:blank",
    title: "",
    status,
    code,
    detail: "A sentence.",
    request_id: "r1=",
    retryable: false,
    ...rest,
  };
  const headers = { "content-type": "application/problem+json" };
  if (retryAfter) headers["retry-after"] = String(retryAfter);
  return json(status, body, headers);
}

/** What the gateway answers by itself. */
export const gateway = (status, message) =>
  json(status, { message }, { "content-type": "application/json", "apigw-requestid": "g1=" });
