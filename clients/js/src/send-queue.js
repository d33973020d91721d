import { aborted, isDoubtful, refused } from "./http.js";
import { isBlank } from "./text.js";

/** Also without TLS, and in Node 18. */
const newId = () =>
  globalThis.crypto?.randomUUID?.() ??
  "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));

/** @param {Blob[]} images */
const sizeOf = (images) => images.reduce((sum, { size }) => sum + size, 0);

/** @type {NewEntry} */
const newEntry = (message, facts) => ({ keys: [], ...facts, message, abort: new AbortController() });

export class SendQueue {
  onChange = () => {};
  /** @type {(message: Chat.Message) => boolean} whether the view has it */
  onStored = () => true;
  /** Another tab has sent something. */
  onGone = () => {};
  #core;
  #id;
  /** @type {Entry[]} */
  #entries = [];
  #isRunning = false;

  /**
   * @param {Core} core
   * @param {number} id
   */
  constructor(core, id) {
    this.#core = core;
    this.#id = id;
  }

  get pending() {
    return this.#entries.map(({ message }) => message);
  }

  /** @type {Chat.Conversation["send"]} */
  send({ content = "", images = [] }, { readUpToSeq } = {}) {
    this.#core.check();
    refuseBlank(content, images);
    /** @type {Chat.PendingMessage} */
    const message = {
      client_message_id: newId(),
      content,
      images: [...images],
      created_at: new Date().toISOString(),
      status: "queued",
      progress: images.length ? 0 : 1,
      error: undefined,
      hasLeft: false,
      isSaved: false,
    };
    const entry = newEntry(message, { readUpToSeq });
    this.#entries.push(entry);
    this.#save(entry);
    return message;
  }

  /** @param {Entry} entry of an earlier page, or of another one that is there */
  restore(entry) {
    if (this.#find(entry.message)) return;
    const others = this.#entries.findIndex(({ isRestored }) => !isRestored);
    this.#entries.splice(others < 0 ? this.#entries.length : others, 0, entry);
    this.#go();
  }

  /** @type {Chat.Conversation["retry"]} */
  retry(message) {
    const entry = this.#find(message);
    if (message.status !== "failed" || !entry) return this.#core.client.resume();
    const code = String(message.error?.code);
    const isImage = code.startsWith("image_") && code !== "image_unreadable";
    const keys = isImage ? [] : entry.keys;
    if (isImage) message.progress = 0;
    // All others keep their id, as they may be stored after all.
    if (code === "client_message_id_reused") {
      this.#erase(message);
      Object.assign(message, { client_message_id: newId(), isSaved: false });
    }
    this.#again(entry, keys);
  }

  /** @type {Chat.Conversation["edit"]} */
  edit(message, { content = message.content, images }) {
    const entry = this.#find(message);
    if (!entry || !isRecallable(message)) return false;
    refuseBlank(content, images ?? message.images);
    message.content = content;
    if (images) Object.assign(message, { images: [...images], progress: images.length ? 0 : 1 });
    this.#again(entry, images ? [] : [...entry.keys]);
    return true;
  }

  /** @type {Chat.Conversation["discard"]} */
  discard(message) {
    const entry = this.#find(message);
    if (!entry || !isRecallable(message)) return false;
    this.#forget(entry);
    this.#go();
    return true;
  }

  /** @param {readonly Chat.Message[]} messages that are shown now */
  settle(messages) {
    for (const message of messages) {
      const entry = this.#find(message);
      if (entry && message.sender_type === this.#core.role) this.#forget(entry);
    }
    this.#start();
  }

  close() {
    for (const { abort } of this.#entries) abort.abort();
  }

  clear() {
    this.#entries = [];
  }

  /** @param {{ client_message_id: string }} message */
  #find({ client_message_id }) {
    return this.#entries.find(({ message }) => message.client_message_id === client_message_id);
  }

  /** @type {(entry: Entry, keys: string[]) => void} in its place */
  #again(entry, keys) {
    const { message } = entry;
    Object.assign(message, { status: "queued", error: undefined });
    const next = newEntry(message, { ...entry, keys });
    this.#entries = this.#entries.map((other) => (other === entry ? next : other));
    entry.abort.abort();
    this.#save(next);
  }

  #go() {
    this.onChange();
    this.#start();
  }

  #start() {
    if (!this.#isRunning && !this.#core.signal.aborted) this.#run();
  }

  /** @param {Entry} entry */
  #forget(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.abort.abort();
    this.#erase(entry.message);
  }

  /** @param {Chat.PendingMessage} message */
  #erase(message) {
    const erased = { ...message };
    this.#keep((store) => store.remove(erased));
  }

  /** @param {Entry} entry */
  #save(entry) {
    entry.saving = this.#keep((store) => store.add(this.#id, entry).then(() => this.onChange()));
    this.#go();
  }

  /** @type {Note} */
  #note(entry, facts) {
    return this.#keep((store) => store.update(this.#id, entry, facts));
  }

  /** @type {Keep} */
  #keep(task) {
    const { store, report } = this.#core;
    return store?.then((store) => store && task(store)).catch(report);
  }

  /** The next to go out: none behind one that failed. */
  #due() {
    const entry = this.#entries.find(({ message }) => ["queued", "failed"].includes(message.status));
    return entry?.message.status === "queued" ? entry : undefined;
  }

  async #run() {
    this.#isRunning = true;
    const { store: opening } = this.#core;
    const store = opening && (await opening);
    for (let next; (next = this.#due());) {
      const entry = next;
      const deliver = () => this.#deliver(entry);
      try {
        if (!store) await deliver();
        else if (!(await store.deliver(this.#id, entry, deliver, () => this.#go()))) this.#lose(entry);
      } catch (error) {
        if (!this.#entries.includes(entry)) continue;
        this.#update(entry, "failed", error);
        // What a closed client leaves behind goes on in the next.
        if (!this.#core.signal.aborted) await this.#note(entry);
      }
    }
    this.#isRunning = false;
  }

  /** @param {Entry} entry that another tab has sent, or taken back */
  #lose(entry) {
    this.#forget(entry);
    this.#go();
    this.onGone();
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    const { retry, send } = this.#core;
    const { message, keys, abort, readUpToSeq } = entry;
    const { client_message_id, content, images } = message;
    /** @param {Chat.ChatError} error */
    const onRetry = (error) => this.#update(entry, message.status, error);
    if (images.length) {
      this.#update(entry, "uploading");
      await retry(() => this.#upload(entry), abort.signal, onRetry);
    }
    this.#update(entry, "sending");
    const draft = { client_message_id, content, image_urls: keys, read_up_to_seq: readUpToSeq };
    const attempt = async () => {
      const { hasLeft } = message;
      await this.#note(entry, { hasLeft: true });
      try {
        return await send(this.#id, draft, () => this.#leave(entry));
      } catch (error) {
        if (!isDoubtful(error)) message.hasLeft = hasLeft;
        if (!message.hasLeft) await this.#note(entry);
        throw error;
      }
    };
    const stored = await retry(attempt, abort.signal, onRetry);
    // Otherwise the view lacks messages before it, and settles it later.
    if (this.onStored(stored)) this.settle([stored]);
    this.onChange();
  }

  /** @param {Entry} entry */
  #leave({ message, abort }) {
    // While the token was asked for.
    if (abort.signal.aborted) throw aborted();
    message.hasLeft = true;
    this.onChange();
  }

  /** @param {Entry} entry */
  async #upload(entry) {
    const { message, keys, abort } = entry;
    const { images } = message;
    while (keys.length < images.length) {
      const image = images[keys.length];
      const before = sizeOf(images.slice(0, keys.length));
      const onProgress = (/** @type {number} */ fraction) => {
        message.progress = (before + fraction * image.size) / sizeOf(images);
        this.onChange();
      };
      keys.push(await this.#core.upload(this.#id, image, { onProgress, signal: abort.signal }));
    }
  }

  /** @type {Update} */
  #update({ message }, status, error) {
    message.status = status;
    message.error = error;
    this.onChange();
  }
}

/** @type {(content: string, images: Blob[]) => void} */
const refuseBlank = (content, images) => {
  if (!images.length && isBlank(content)) throw refused("content");
};

/** @param {Chat.PendingMessage} message */
const isRecallable = ({ status, hasLeft }) => status === "failed" || !hasLeft;
