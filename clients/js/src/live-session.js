import { rerun } from "./backoff.js";
import { isLater, readBy } from "./message-log.js";

/** @param {any} frame */
export const sessionOf = (frame) => Number(frame.session_id ?? frame.session?.id);

/** @type {Advance<any>} */
export function advance(session, frame, role) {
  if (frame.type === "message.created") return afterMessage(session, frame.message, role);
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

/** @type {Advance<ReadFrame>} */
function afterReading(session, frame, role) {
  const { reader, up_to_seq } = frame;
  const key = /** @type {const} */ (`${reader}_read_seq`);
  const known = session[key];
  // The frame does not tell how many unread messages are left.
  if (reader === role && up_to_seq > known && up_to_seq < session.last_seq) return undefined;
  const last_message = session.last_message && readBy(session.last_message, frame, known);
  const unread_count = reader === role && up_to_seq > known ? 0 : session.unread_count;
  return { ...session, last_message, unread_count, [key]: Math.max(known, up_to_seq) };
}

/** @type {Advance<Chat.Session>} */
function afterUpdate(session, next) {
  if (!isLater(next.updated_at, session.updated_at)) return next.status === session.status ? session : undefined;
  // Later marks may have come before.
  const isNewer =
    next.customer_read_seq >= session.customer_read_seq && next.dentist_read_seq >= session.dentist_read_seq;
  return isNewer ? next : undefined;
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
