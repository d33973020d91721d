import { ChatError, aborted } from "../http.js";
import { toBlob, toDataUrl } from "./data-url.js";

const INDEX = "chat.pending";
const MOST_IMAGES = 10;
const TAKEN = "taken";

/** Pending messages in the host's storage: an index, a record for each, and each image by itself. */
export class PendingStore {
  #storage;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** @type {Map<number, Promise<unknown>>} sessions in which another tab is sending, until it is done */
  #elsewhere = new Map();

  /** @param {Chat.ChatStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * Everything that is pending, in order.
   * @returns {Promise<[session: number, Entry][]>}
   */
  load() {
    return this.#next(async () => {
      /** @type {[number, Entry][]} */
      const loaded = [];
      for (const id of await this.#ids()) {
        const saved = await this.#read(id);
        if (saved) loaded.push([saved.session_id, toEntry(saved, await this.#images(id, saved.images))]);
        // It was being saved when its page ended, or still is.
        else await this.#saving(id, async (isAlone) => isAlone && this.#forget(id, MOST_IMAGES), { ifAvailable: true });
      }
      return loaded;
    });
  }

  /** @type {(session: number, entry: Entry) => Promise<void>} a new one, or one with other images */
  async add(session, entry) {
    const { message } = entry;
    const { client_message_id: id, images } = message;
    const saved = toSaved(session, entry);
    const save = async () => {
      await this.#index((ids) => [...ids.filter((other) => other !== id), id]);
      for (const [at, image] of images.entries()) {
        await this.#storage.set(keyOf(id, at), this.#storage.takesBlobs ? image : await toDataUrl(image));
      }
      await this.#storage.set(keyOf(id), saved);
    };
    await this.#next(() => this.#saving(id, save));
    message.isSaved = true;
  }

  /** @type {(session: number, entry: Entry, facts?: Partial<Saved>) => Promise<void>} unless it is gone */
  async update(session, entry, facts) {
    const { client_message_id: id, isSaved } = entry.message;
    if (!isSaved) return;
    const saved = { ...toSaved(session, entry), ...facts };
    await this.#next(async () => {
      if (await this.#read(id)) await this.#storage.set(keyOf(id), saved);
    });
  }

  /** @type {(message: Chat.PendingMessage) => Promise<void>} */
  remove({ client_message_id, images }) {
    return this.#next(() => this.#forget(client_message_id, images.length));
  }

  /** @returns {Promise<void>} when nothing is left */
  clear() {
    return this.#next(async () => {
      for (const id of await this.#ids()) await this.#saving(id, () => this.#forget(id, MOST_IMAGES));
    });
  }

  /**
   * Delivers a message that several tabs may have: one sends it, the others find it gone.
   * @type {Deliver}
   */
  async deliver(session, entry, deliver, again) {
    const id = entry.message.client_message_id;
    await entry.saving?.catch(() => {});
    const alone = () => this.#deliver(entry, deliver);
    if (!entry.isRestored) return exclusively(id, alone, { signal: entry.abort.signal });
    // What one writes oneself does not wait for another tab; what both have does, so that it stays in order.
    if (!this.#elsewhere.has(session)) {
      const outcome = await exclusively(id, async (isAlone) => (isAlone ? alone() : TAKEN), { ifAvailable: true });
      if (outcome !== TAKEN) return outcome;
    }
    this.#await(session, entry, again);
    return true;
  }

  /** @type {(entry: Entry, deliver: () => Promise<void>) => Promise<boolean>} whether it was there to deliver */
  async #deliver(entry, deliver) {
    const { message, isRestored } = entry;
    const id = message.client_message_id;
    const saved = message.isSaved ? await this.#next(() => this.#read(id)) : undefined;
    if (message.isSaved && !saved) return false;
    if (isRestored && saved?.error) throw revived(saved.error);
    // The same images again, or it would be another message.
    if (saved) entry.keys = [...saved.keys];
    if (saved && isRestored) message.hasLeft = saved.hasLeft;
    try {
      await deliver();
      await this.remove(message);
    } catch (/** @type {any} */ error) {
      // Without locks, another tab has sent it with images of its own.
      if (!isRestored || error.code !== "client_message_id_reused") throw error;
      return false;
    }
    return true;
  }

  /** @type {(session: number, entry: Entry, again: () => void) => void} until another tab has sent it, or ends */
  #await(session, { message, abort }, again) {
    const done =
      this.#elsewhere.get(session) ??
      exclusively(message.client_message_id, async () => {}).then(() => this.#elsewhere.delete(session));
    this.#elsewhere.set(session, done);
    Object.assign(message, { status: "sending", hasLeft: true });
    done.then(() => {
      if (abort.signal.aborted) return;
      message.status = "queued";
      again();
    });
  }

  /** @type {<T>(id: string, task: (isAlone: unknown) => Promise<T>, options?: LockOptions) => Promise<T>} */
  #saving(id, task, options) {
    return exclusively(`${id}.saving`, task, options);
  }

  /** @type {(id: string, images: number) => Promise<void>} */
  async #forget(id, images) {
    for (let at = 0; at < images; at += 1) await this.#delete(keyOf(id, at));
    await this.#delete(keyOf(id));
    await this.#index((ids) => ids.filter((other) => other !== id));
  }

  /** @type {(id: string, count: number) => Promise<Blob[]>} */
  async #images(id, count) {
    const images = [];
    for (let at = 0; at < count; at += 1) {
      const image = await this.#storage.get(keyOf(id, at));
      images.push(typeof image === "string" ? await toBlob(image) : /** @type {Blob} */ (image));
    }
    return images;
  }

  /** @type {(id: string) => Promise<Saved | undefined>} */
  async #read(id) {
    return /** @type {any} */ ((await this.#storage.get(keyOf(id))) ?? undefined);
  }

  /** @returns {Promise<string[]>} */
  async #ids() {
    return /** @type {any} */ ((await this.#storage.get(INDEX)) ?? []);
  }

  /** @param {(ids: string[]) => string[]} change */
  #index(change) {
    return exclusively("index", async () => this.#storage.set(INDEX, change(await this.#ids())));
  }

  /** @param {string} key */
  #delete(key) {
    return this.#storage.remove ? this.#storage.remove(key) : this.#storage.set(key, undefined);
  }

  /**
   * One after the other, so that what is saved last stands.
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  #next(task) {
    const run = this.#turn.then(task).catch((cause) => {
      throw new ChatError("storage", "The storage of pending messages failed.", { cause });
    });
    this.#turn = run.catch(() => {});
    return run;
  }
}

/** @type {(id: string, image?: number) => string} */
const keyOf = (id, image) => [INDEX, id, ...(image === undefined ? [] : [image])].join(".");

/**
 * Runs a task while no other tab runs one of this name.
 * @type {<T>(name: string, task: (isAlone: unknown) => Promise<T>, options?: LockOptions) => Promise<T>}
 */
const exclusively = async (name, task, options = {}) => {
  const locks = globalThis.navigator?.locks;
  if (!locks) return task(true);
  try {
    return await locks.request(`${INDEX}.${name}`, options, task);
  } catch (error) {
    throw options.signal?.aborted ? aborted() : error;
  }
};

/** @type {(session: number, entry: Entry) => Saved} */
const toSaved = (session_id, { message, keys, readUpToSeq }) => {
  const { client_message_id, content, created_at, hasLeft, error, status, images } = message;
  const failure = status === "failed" && error && { code: error.code, message: error.message, status: error.status };
  return {
    session_id,
    client_message_id,
    content,
    created_at,
    hasLeft,
    images: images.length,
    keys: [...keys],
    readUpToSeq,
    error: failure || undefined,
  };
};

/** @type {(saved: Saved, images: Blob[]) => Entry} */
const toEntry = ({ client_message_id, content, created_at, hasLeft, keys, readUpToSeq, error }, images) => ({
  message: {
    client_message_id,
    content,
    images,
    created_at,
    status: error ? "failed" : "queued",
    progress: images.length ? 0 : 1,
    error: error && revived(error),
    hasLeft,
    isSaved: true,
  },
  keys,
  abort: new AbortController(),
  readUpToSeq,
  isRestored: true,
});

/** @type {(error: NonNullable<Saved["error"]>) => ChatError} */
const revived = ({ code, message, status }) => new ChatError(code, message, { status });
