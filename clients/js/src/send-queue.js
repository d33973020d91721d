import { upload } from "./upload.js";

/** Also without TLS, and in Node 18. */
const newId = () =>
  globalThis.crypto?.randomUUID?.() ??
  "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));

/** @param {Blob[]} images */
const sizeOf = (images) => images.reduce((sum, { size }) => sum + size, 0);

export class SendQueue {
  onChange = () => {};
  /** @type {(message: Chat.Message) => boolean} whether the view has it */
  onStored = () => true;
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
  send({ content = "", images = [] }) {
    /** @type {Chat.PendingMessage} */
    const message = {
      client_message_id: newId(),
      content,
      images: [...images],
      created_at: new Date().toISOString(),
      status: "queued",
      progress: images.length ? 0 : 1,
      error: undefined,
    };
    this.#enqueue(message, []);
    return message;
  }

  /** @type {Chat.Conversation["retry"]} */
  retry(message) {
    const entry = this.#find(message);
    if (message.status !== "failed" || !entry) return;
    this.#remove(entry);
    const code = String(message.error?.code);
    // All others keep it, as they may be stored after all.
    if (code === "client_message_id_reused") message.client_message_id = newId();
    const isImage = code.startsWith("image_");
    if (isImage) message.progress = 0;
    message.status = "queued";
    message.error = undefined;
    this.#enqueue(message, isImage ? [] : entry.keys);
  }

  /** @type {Chat.Conversation["discard"]} */
  discard(message) {
    const entry = this.#find(message);
    // It may be stored already.
    if (!entry || message.status === "sending") return;
    this.#remove(entry);
    this.onChange();
  }

  /** @param {Chat.Message} message that is shown now */
  settle(message) {
    const entry = this.#find(message);
    if (entry && message.sender_type === this.#core.role) this.#remove(entry);
  }

  close() {
    for (const { abort } of this.#entries) abort.abort();
  }

  /** @param {{ client_message_id: string }} message */
  #find({ client_message_id }) {
    return this.#entries.find(({ message }) => message.client_message_id === client_message_id);
  }

  /** @type {(message: Chat.PendingMessage, keys: string[]) => void} */
  #enqueue(message, keys) {
    this.#entries.push({ message, keys, abort: new AbortController() });
    this.onChange();
    if (!this.#isRunning) this.#run();
  }

  /** @param {Entry} entry */
  #remove(entry) {
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.abort.abort();
  }

  async #run() {
    this.#isRunning = true;
    for (let next; (next = this.#entries.find(({ message }) => message.status === "queued"));) {
      try {
        await this.#deliver(next);
      } catch (error) {
        if (this.#entries.includes(next)) this.#update(next, "failed", error);
      }
    }
    this.#isRunning = false;
  }

  /** @param {Entry} entry */
  async #deliver(entry) {
    const { client, retry } = this.#core;
    const { message, keys, abort } = entry;
    const { client_message_id, content, images } = message;
    const onRetry = (/** @type {any} */ error) => this.#update(entry, message.status, error);
    if (images.length) {
      this.#update(entry, "uploading");
      await retry(() => this.#upload(entry), abort.signal, onRetry);
    }
    this.#update(entry, "sending");
    const draft = { client_message_id, content, image_urls: keys };
    const stored = await retry(() => client.sendMessage(this.#id, draft), abort.signal, onRetry);
    // Otherwise the view lacks messages before it, and settles it later.
    if (this.onStored(stored)) this.settle(stored);
    this.onChange();
  }

  /** @param {Entry} entry */
  async #upload({ message, keys, abort }) {
    const { images } = message;
    while (keys.length < images.length) {
      const image = images[keys.length];
      const before = sizeOf(images.slice(0, keys.length));
      const onProgress = (/** @type {number} */ fraction) => {
        message.progress = (before + fraction * image.size) / sizeOf(images);
        this.onChange();
      };
      keys.push(await upload(this.#core, this.#id, image, { onProgress, signal: abort.signal }));
    }
  }

  /** @type {(entry: Entry, status: Chat.PendingMessage["status"], error?: any) => void} */
  #update({ message }, status, error) {
    message.status = status;
    message.error = error;
    this.onChange();
  }
}
