import { rerun } from "./backoff.js";
import { isLater, merge, readBy } from "./message-log.js";

/** @param {any} frame */
export const sessionOf = (frame) => Number(frame.session_id ?? frame.session?.id);

/** @type {Advance<any>} */
export function advance(session, frame, role) {
  if (frame.type === "message.created") return afterMessage(session, frame.message, role);
  if (frame.type === "message.updated") return afterChange(session, frame.message);
  if (frame.type === "messages.read") return afterReading(session, frame, role);
  return frame.session ? afterUpdate(session, frame.session, role) : session;
}

/** @type {Advance<Chat.Message>} */
function afterMessage(session, message, role) {
  const { seq, sender_type } = message;
  if (seq <= session.last_seq) return session;
  const mark = sender_type === "customer" ? session.dentist_read_seq : session.customer_read_seq;
  // Or messages were missed, a reopening, or a mark.
  const isNext = seq === session.last_seq + 1 && session.status === "active" && seq > mark && !message.is_read;
  if (!isNext) return undefined;
  const unread_count = session.unread_count + (sender_type === role ? 0 : 1);
  return { ...session, last_seq: seq, last_message: message, updated_at: message.created_at, unread_count };
}

/** @type {(session: Chat.Session, message: Chat.Message) => Chat.Session | undefined} */
function afterChange(session, message) {
  const { last_seq, last_message: last } = session;
  // Its message.created is yet to come.
  if (message.seq > last_seq) return undefined;
  return last?.seq === message.seq ? { ...session, last_message: merge(last, message) } : session;
}

/** @type {Advance<ReadFrame>} */
function afterReading(session, frame, role) {
  const { reader, up_to_seq, read_at } = frame;
  const key = /** @type {const} */ (`${reader}_read_seq`);
  const known = session[key];
  const { last_message: last } = session;
  const unread_count = reader === role ? unreadAfter(session, frame, known) : session.unread_count;
  // An answer does not tell since when.
  const isLastRead = last && !last.is_read && last.sender_type !== reader && last.seq <= up_to_seq;
  if (unread_count === undefined || (isLastRead && !read_at)) return undefined;
  const last_message = last && readBy(last, frame, known);
  return { ...session, last_message, unread_count, [key]: Math.max(known, up_to_seq) };
}

/** @type {UnreadAfter} */
function unreadAfter({ unread_count, last_seq }, { up_to_seq, unread_count: counted = Infinity }, known) {
  if (up_to_seq <= known) return unread_count;
  if (up_to_seq >= last_seq) return 0;
  // More than there can be: it counts messages that have not been heard of.
  return counted <= Math.min(unread_count, last_seq - up_to_seq) ? counted : undefined;
}

/** @type {Advance<Chat.Session>} the later one, with the marks that are further */
function afterUpdate(session, next, role) {
  if (!isLater(next.updated_at, session.updated_at)) return next.status === session.status ? session : undefined;
  const customer_read_seq = Math.max(next.customer_read_seq, session.customer_read_seq);
  const dentist_read_seq = Math.max(next.dentist_read_seq, session.dentist_read_seq);
  const own = /** @type {const} */ (`${role}_read_seq`);
  // Each has something that the other lacks.
  if (next[own] < session[own] || next.last_seq < session.last_seq) return undefined;
  const { last_message: last } = next;
  const isSame = last?.seq === session.last_message?.seq;
  const mark = last?.sender_type === "customer" ? dentist_read_seq : customer_read_seq;
  if (last && !isSame && !last.is_read && last.seq <= mark) return undefined;
  const last_message = last && isSame && session.last_message ? merge(session.last_message, last) : last;
  return { ...next, customer_read_seq, dentist_read_seq, last_message };
}

export class LiveSession {
  /** @type {Chat.Session | undefined} */
  session;
  refresh = rerun(() => this.#fetch());
  #options;
  #abort = new AbortController();
  /** @type {any[] | undefined} that came while fetching */
  #frames;

  /** @param {LiveSessionOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** @param {any} frame */
  apply(frame) {
    this.#frames?.push(frame);
    if (!this.session) return;
    const next = advance(this.session, frame, this.#options.core.role);
    if (next === this.session) return;
    if (next) this.#become(next);
    // A fetch that runs applies it again.
    else if (!this.#frames) this.#options.core.background(this.refresh());
  }

  close() {
    this.#abort.abort();
  }

  async #fetch() {
    const { core, id } = this.#options;
    try {
      const session = await core.retry(() => {
        this.#frames = [];
        return core.client.getSession(id);
      }, this.#abort.signal);
      const frames = this.#frames ?? [];
      this.#frames = undefined;
      this.#become(session);
      for (const frame of frames) this.apply(frame);
    } finally {
      this.#frames = undefined;
    }
  }

  /** @param {Chat.Session} session */
  #become(session) {
    this.session = session;
    this.#options.onChange();
  }
}
