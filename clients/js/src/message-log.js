/** @type {(a: string, b: string) => boolean} but for the Z, times sort as text */
export const isLater = (a, b) => a.slice(0, -1) > b.slice(0, -1);

/** @type {ReadBy} */
export const readBy = (message, { reader, up_to_seq, read_at }, known) => {
  // An answer does not tell since when.
  if (!read_at || message.sender_type === reader || message.seq > up_to_seq) return message;
  // Frames overtake one another; the earliest counts.
  const isNews = message.read_at ? isLater(message.read_at, read_at) : message.seq > known;
  return isNews ? { ...message, is_read: true, read_at } : message;
};

/** @param {Chat.Message} message by which of two states of a message the later is known */
const stateOf = ({ retracted_at, corrected_at }) => (retracted_at ? "~" : (corrected_at ?? ""));

/** @type {Merge} the later state, and read if either is */
export const merge = (known, next) => {
  const isLate = stateOf(next) < stateOf(known);
  if (next.is_read || !known.is_read) return isLate ? { ...known, is_read: next.is_read, read_at: next.read_at } : next;
  return isLate ? known : { ...next, is_read: true, read_at: known.read_at };
};

export class MessageLog {
  /** @type {readonly Chat.Message[]} */
  messages = [];
  marks = { customer: 0, dentist: 0 };
  moves = 0;
  isLoaded = false;
  hasMoreBefore = false;
  last = 0;
  /** The highest seq heard of. */
  end = 0;
  /** @type {Map<number, Chat.Message>} corrected or retracted */
  #changed = new Map();

  /** @param {LogPage} page */
  prepend({ messages, has_more_before }) {
    if (!this.isLoaded) this.last = messages.at(-1)?.seq ?? 0;
    this.isLoaded = true;
    this.messages = [...messages.map((message) => this.#latest(message)), ...this.messages];
    this.hasMoreBefore = has_more_before;
  }

  /** @param {LogPage} page the newest, as too much was missed */
  restart(page) {
    this.isLoaded = false;
    this.messages = [];
    this.prepend(page);
  }

  /** Nothing of it may ever have been. */
  forget() {
    this.isLoaded = this.hasMoreBefore = false;
    this.messages = [];
    this.marks = { customer: 0, dentist: 0 };
    this.last = this.end = 0;
    this.#changed.clear();
  }

  /** @param {readonly Chat.Message[]} messages */
  append(messages) {
    const added = [];
    for (const message of messages) {
      this.end = Math.max(this.end, message.seq);
      if (!this.isLoaded || message.seq !== this.last + 1) continue;
      this.last = message.seq;
      added.push(this.#latest(message));
    }
    if (added.length) this.messages = [...this.messages, ...added];
    return added;
  }

  /** @param {readonly Chat.Message[]} messages */
  replace(messages) {
    const newer = new Map(messages.map((message) => [message.seq, message]));
    for (const message of messages) if (stateOf(message)) this.#changed.set(message.seq, this.#latest(message));
    this.messages = this.messages.map((message) => {
      const next = newer.get(message.seq);
      return next ? merge(message, next) : message;
    });
  }

  /** @param {Pick<Chat.MessagePage, "last_seq" | "customer_read_seq" | "dentist_read_seq">} page or a session */
  hear({ last_seq, customer_read_seq, dentist_read_seq }) {
    this.end = Math.max(this.end, last_seq);
    this.#move("customer", customer_read_seq);
    this.#move("dentist", dentist_read_seq);
  }

  /** @type {ReadAll} */
  read(frame, isNext) {
    const known = isNext ? this.marks[frame.reader] : Infinity;
    this.messages = this.messages.map((message) => readBy(message, frame, known));
    this.#move(frame.reader, frame.up_to_seq);
  }

  /** @param {number} [seq] after which a message is read, but not known since when */
  unclear(seq = 0) {
    const { customer, dentist } = this.marks;
    return this.messages.find((message) => {
      const mark = message.sender_type === "customer" ? dentist : customer;
      return !message.is_read && message.seq > seq && message.seq <= mark;
    })?.seq;
  }

  /** @type {(role: Chat.Role, mark: number, seq: number) => boolean} */
  hasUnread(role, mark, seq) {
    // Before the first message there may be something.
    if (this.messages[0]?.seq > mark + 1) return seq > mark;
    return this.messages.some((message) => message.seq > mark && message.seq <= seq && message.sender_type !== role);
  }

  /** @param {Chat.Message} message */
  #latest(message) {
    const known = this.#changed.get(message.seq);
    return known ? merge(known, message) : message;
  }

  /** @type {(side: Chat.Role, seq: number) => void} */
  #move(side, seq) {
    if (seq <= this.marks[side]) return;
    this.marks[side] = seq;
    this.moves += 1;
  }
}
