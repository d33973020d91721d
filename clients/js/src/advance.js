import { isLater, merge, readBy } from "./message-log.js";

/** @type {(a: Chat.Session, b: Chat.Session) => number} */
export const byActivity = (a, b) =>
  a.updated_at === b.updated_at ? b.id - a.id : isLater(a.updated_at, b.updated_at) ? -1 : 1;

/** What of a session never goes back. */
const NUMBERS = /** @type {const} */ (["last_seq", "customer_read_seq", "dentist_read_seq"]);

/** @param {any} frame */
export const sessionOf = (frame) => Number(frame.session_id ?? frame.session?.id);

/** @type {Advance<any>} */
export function advance(session, frame, role) {
  if (frame.type === "message.created") return afterMessage(session, frame.message, role);
  if (frame.type === "message.updated") return afterChange(session, frame.message);
  if (frame.type === "messages.read") return afterReading(session, frame, role);
  return frame.session ? afterUpdate(session, frame.session) : session;
}

/** @type {Advance<Chat.Message>} */
function afterMessage(session, message, role) {
  const { seq, sender_type } = message;
  if (seq <= session.last_seq) return session;
  const mark = sender_type === "customer" ? session.dentist_read_seq : session.customer_read_seq;
  // Or something was missed.
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

/** @type {(session: Chat.Session, next: Chat.Session) => Chat.Session | undefined} the later one */
function afterUpdate(session, next) {
  if (!isLater(next.updated_at, session.updated_at)) return next.status === session.status ? session : undefined;
  // Each has something that the other lacks.
  for (const name of NUMBERS) if (next[name] < session[name]) return undefined;
  const [known, last] = [session.last_message, next.last_message];
  return known && known.seq === last?.seq ? { ...next, last_message: merge(known, last) } : next;
}
