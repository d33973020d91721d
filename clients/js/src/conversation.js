import { sessionOf } from "./advance.js";
import { Emitter } from "./emitter.js";
import { ChatError } from "./http.js";
import { Life } from "./life.js";
import { MessageLog } from "./message-log.js";
import { readMarks } from "./read-marks.js";
import { createFlag, typingSender } from "./typing.js";

const MAX_PAGE = 100;
const FAR = 1_000;
const TYPING = 6_000;

/**
 * @extends {Emitter<Chat.ConversationEvents>}
 * @implements {Chat.Conversation}
 */
export class Conversation extends Emitter {
  isStale = true;
  /** @type {Chat.Conversation["displayed"]} */
  displayed;
  /** @type {Chat.Conversation["typing"]} */
  typing;
  #options;
  #life;
  #log = new MessageLog();
  #otherTyping = createFlag(TYPING, () => this.#changed());
  #chain = 0;
  #isTorn = false;
  /** @type {Promise<void> | undefined} */
  #loadingBefore;

  /** @param {ConversationOptions} options */
  constructor(options) {
    super();
    const { core, id, queue } = options;
    this.sessionId = id;
    this.#options = options;
    this.#life = new Life({
      core,
      load: () => this.#load(),
      onFrame: (frame) => this.#onFrame(frame),
      onChanges: (changes) => this.#onChanges(changes),
      onConnection: () => this.#setStale(true),
    });
    const { signal } = this.#life;
    // Without a connection, no frame tells.
    const onMarked = () => core.epoch || core.background(this.catchUp());
    this.displayed = readMarks({ core, id, log: this.#log, signal, onMarked });
    this.typing = typingSender((typing) => core.say({ action: "typing", session_id: id, typing }));
    queue.onChange = () => this.#changed();
    queue.onStored = (message) => {
      if (!this.#life.isOpen) return true;
      this.#receive([message]);
      this.#check();
      return message.seq <= this.#log.last;
    };
    queue.onGone = () => this.#life.isOpen && core.background(this.catchUp());
  }

  get session() {
    return this.#options.core.sessions.held.get(this.sessionId);
  }

  get messages() {
    return this.#log.messages;
  }

  get pending() {
    return this.#options.queue.pending;
  }

  get hasMoreBefore() {
    return this.#log.hasMoreBefore;
  }

  get customerReadSeq() {
    return this.#log.marks.customer;
  }

  get dentistReadSeq() {
    return this.#log.marks.dentist;
  }

  get otherIsTyping() {
    return this.#otherTyping.isSet;
  }

  open() {
    return this.#life.open();
  }

  /** @type {Chat.Conversation["loadBefore"]} */
  async loadBefore() {
    if (!this.hasMoreBefore) return;
    const load = async () => {
      const first = this.messages[0].seq;
      const page = await this.#page({ before: first });
      // Otherwise the view started again meanwhile.
      if (first === this.messages[0]?.seq) this.#log.prepend(page);
      this.#take(page);
      this.#check();
    };
    await (this.#loadingBefore ??= load().finally(() => (this.#loadingBefore = undefined)));
  }

  catchUp() {
    if (!this.#life.isOpen) return this.open();
    this.#options.core.sessions.expire();
    return this.#life.refresh();
  }

  /** @type {Chat.Conversation["send"]} */
  send(message, options) {
    this.typing(false);
    return this.#options.queue.send(message, options);
  }

  /** @type {Chat.Conversation["retry"]} */
  retry(message) {
    this.#options.queue.retry(message);
  }

  /** @type {Chat.Conversation["edit"]} */
  edit(message, change) {
    return this.#options.queue.edit(message, change);
  }

  /** @type {Chat.Conversation["discard"]} */
  discard(message) {
    return this.#options.queue.discard(message);
  }

  /** @type {Chat.Conversation["correct"]} */
  correct(seq, content) {
    return this.#try((client) => client.correctMessage(this.sessionId, seq, content)).then(this.#tell);
  }

  /** @type {Chat.Conversation["retract"]} */
  retract(seq) {
    return this.#try((client) => client.retractMessage(this.sessionId, seq)).then(this.#tell);
  }

  /** @type {Chat.Conversation["refreshImages"]} */
  async refreshImages(seq) {
    const page = await this.#page({ around: seq, limit: 1 });
    const [message] = page.messages;
    if (!message) throw new ChatError("http_404", "There is no such message.", { status: 404 });
    this.#log.replace([message]);
    this.#take(page);
    this.#check();
    return message;
  }

  close() {
    if (!this.#life.close()) return;
    this.typing(false);
    this.#otherTyping.set(false);
    this.#options.onClose();
  }

  /** @param {Chat.Message} message which without a connection no frame has */
  #tell = (message) => {
    this.#log.replace([message]);
    this.#changed();
    return message;
  };

  #changed() {
    if (!this.#life.signal.aborted) Emitter.emit(this, "change", undefined);
  }

  /** @param {boolean} isStale */
  #setStale(isStale) {
    if (isStale === this.isStale) return;
    this.isStale = isStale;
    this.#changed();
  }

  /** @param {Chat.Frame} frame */
  #onFrame(frame) {
    if (sessionOf(frame) !== this.sessionId) return;
    if (frame.type === "message.created") {
      this.#receive([frame.message]);
    } else if (frame.type === "message.updated") {
      this.#log.replace([frame.message]);
      this.#receive([frame.message]);
      this.#changed();
    } else if (frame.type === "messages.read") {
      // While stale, one before it may have been missed.
      this.#log.read(frame, !this.isStale);
      this.#changed();
    } else if (frame.type === "typing" && frame.sender_type !== this.#options.core.role) {
      this.#otherTyping.set(frame.typing);
    }
    this.#check();
  }

  /** @param {SessionChange[]} [changes] */
  #onChanges(changes) {
    const log = this.#log;
    if (!changes) {
      log.forget();
      this.#options.core.background(this.#life.refresh());
      return this.#changed();
    }
    const change = changes.find(({ session }) => session.id === this.sessionId);
    if (!change) return;
    const { session, messages = [], truncated } = change;
    // Of what happens now, frames tell.
    if (this.isStale) log.hear(session);
    if (change.messages) {
      const isAll = messages.length === session.last_seq;
      if (log.isLoaded ? truncated && messages[0].seq > log.last + 1 : isAll) {
        log.restart({ messages, has_more_before: !isAll });
        this.#chain = this.#options.core.sessions.chain;
        this.#isTorn = false;
      } else if (truncated && this.isStale) this.#isTorn = true;
      log.replace(messages);
      this.#receive(messages);
      this.#check();
    }
    this.#changed();
  }

  async #load() {
    const { epoch, sessions } = this.#options.core;
    const log = this.#log;
    await sessions.know(this.sessionId);
    const isTorn = () => this.#isTorn || this.#chain !== sessions.chain;
    for (let isDue = !log.isLoaded || log.last < log.end || isTorn(); isDue; isDue = isTorn()) {
      const { chain } = sessions;
      const loading = this.#loadNewer(isTorn());
      this.#isTorn = false;
      await loading;
      this.#chain = chain;
    }
    let moves;
    do {
      moves = log.moves;
      await this.#clarify();
    } while (moves !== log.moves && log.unclear());
    if (epoch && epoch === this.#options.core.epoch) this.#setStale(false);
  }

  /** @param {boolean} isTorn what is shown may have been corrected or retracted, too */
  async #loadNewer(isTorn) {
    const log = this.#log;
    const first = isTorn && log.messages[0]?.seq;
    let after = first ? first - 1 : log.last;
    for (let isBehind = true; isBehind;) {
      const isNewest = !log.isLoaded || log.end - log.last > FAR;
      const page = await this.#page(isNewest ? {} : { after, limit: MAX_PAGE });
      if (isNewest) log.restart(page);
      else log.replace(page.messages);
      this.#take(page);
      after = page.messages.at(-1)?.seq ?? log.last;
      isBehind = isNewest ? log.last < log.end : page.has_more_after;
    }
  }

  async #clarify() {
    const log = this.#log;
    for (let seq = log.unclear(); seq;) {
      const page = await this.#page({ after: seq - 1, limit: MAX_PAGE });
      log.replace(page.messages);
      this.#take(page);
      seq = log.unclear(page.messages.at(-1)?.seq ?? Infinity);
    }
  }

  /** @type {(query: object) => Promise<Chat.MessagePage>} */
  #page(query) {
    return this.#try((client) => client.listMessages(this.sessionId, query));
  }

  /** @type {AskService} */
  #try(request) {
    const { client, retry } = this.#options.core;
    return retry(() => request(client), this.#life.signal);
  }

  /** @param {Chat.MessagePage} page */
  #take(page) {
    this.#log.hear(page);
    this.#receive(page.messages);
    this.#changed();
  }

  /** @param {readonly Chat.Message[]} messages */
  #receive(messages) {
    const added = this.#log.append(messages);
    // In one step, the echo becomes the message.
    this.#options.queue.settle(messages.filter(({ seq }) => seq <= this.#log.last));
    if (added.some(({ sender_type }) => sender_type !== this.#options.core.role)) this.#otherTyping.set(false);
    for (const message of added) Emitter.emit(this, "message", message);
    if (added.length) this.#changed();
  }

  #check() {
    const isBehind = this.#log.last < this.#log.end || this.#log.unclear();
    if (this.#life.isOpen && isBehind) this.#options.core.background(this.#life.refresh());
  }
}
