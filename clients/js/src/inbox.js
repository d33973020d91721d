import { Emitter } from "./emitter.js";
import { Life } from "./life.js";
import { LiveSession, sessionOf } from "./live-session.js";
import { isLater } from "./message-log.js";

const PAGE = 50;
const MAX_PAGE = 100;

/** @type {(a: Chat.Session, b: Chat.Session) => number} */
const byActivity = (a, b) =>
  a.updated_at === b.updated_at ? b.id - a.id : isLater(a.updated_at, b.updated_at) ? -1 : 1;

/**
 * @extends {Emitter<Chat.InboxEvents>}
 * @implements {Chat.Inbox}
 */
export class Inbox extends Emitter {
  /** @type {readonly Chat.Session[]} */
  sessions = [];
  isLoaded = false;
  #options;
  #life;
  /** @type {Map<number, LiveSession>} */
  #slots = new Map();
  /** @type {string | undefined} */
  #cursor;
  /** @type {Chat.Session | undefined} where the loaded pages end */
  #floor;
  /** @type {Chat.Frame[] | undefined} that came while fetching */
  #frames;
  #turn = Promise.resolve();
  /** @type {Promise<void> | undefined} */
  #loadingMore;

  /** @param {InboxOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#life = new Life({
      core: options.core,
      load: () => this.#load(Math.max(PAGE, this.sessions.length), false),
      onFrame: (frame) => {
        this.#frames?.push(frame);
        this.#apply(frame);
      },
    });
  }

  get hasMore() {
    return this.#cursor !== undefined;
  }

  open() {
    return this.#life.open();
  }

  /** @type {Chat.Inbox["loadMore"]} */
  async loadMore() {
    if (!this.hasMore) return;
    const end = () => (this.#loadingMore = undefined);
    await (this.#loadingMore ??= this.#load(PAGE, true).finally(end));
  }

  close() {
    if (!this.#life.close()) return;
    for (const id of this.#slots.keys()) this.#remove(id);
    this.#options.onClose();
  }

  /** @type {LoadSessions} */
  #load(count, isMore) {
    const load = async () => {
      if (isMore && !this.hasMore) return;
      try {
        this.#frames = [];
        const sessions = await this.#fetch(count, isMore ? this.#cursor : undefined);
        this.#land(sessions, this.#frames, isMore);
      } finally {
        this.#frames = undefined;
      }
    };
    const turn = this.#turn.then(load);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** @type {FetchSessions} */
  async #fetch(count, cursor) {
    const { core, status } = this.#options;
    /** @type {Chat.Session[]} */
    const sessions = [];
    do {
      const query = { status, limit: Math.min(MAX_PAGE, count - sessions.length), cursor };
      const page = await core.retry(() => core.client.listSessions(query), this.#life.signal);
      sessions.push(...page.sessions);
      cursor = page.next_cursor ?? undefined;
    } while (cursor && sessions.length < count);
    this.#cursor = cursor;
    return sessions;
  }

  /** @type {LandSessions} */
  #land(sessions, frames, isMore) {
    this.#frames = undefined;
    this.#floor = sessions.at(-1);
    if (!isMore) for (const id of this.#slots.keys()) this.#remove(id);
    for (const session of sessions) if (!this.#slots.get(session.id)?.session) this.#slot(session.id).session = session;
    this.isLoaded = true;
    for (const frame of frames) this.#apply(frame);
    this.#show();
  }

  /** @param {any} frame */
  #apply(frame) {
    const id = sessionOf(frame);
    const known = this.#slots.get(id);
    if (known) return known.apply(frame);
    const { type, session } = frame;
    // Archived sessions get no messages.
    const isNews = session ? this.#fits(session) : type === "message.created" && this.#options.status !== "archived";
    if (!isNews) return;
    // Frames overtake one another.
    const fetched = this.#slot(id).refresh();
    this.#options.core.background(fetched.finally(() => this.#show()));
  }

  /** @param {Chat.Session} session */
  #fits(session) {
    const { status } = this.#options;
    return status === "all" || status === session.status;
  }

  /** @param {number} id */
  #slot(id) {
    const { core } = this.#options;
    const slot = this.#slots.get(id) ?? new LiveSession({ core, id, onChange: () => this.#show() });
    this.#slots.set(id, slot);
    return slot;
  }

  /** @param {number} id */
  #remove(id) {
    this.#slots.get(id)?.close();
    this.#slots.delete(id);
  }

  #show() {
    if (this.#life.signal.aborted) return;
    const sessions = [];
    for (const [id, { session }] of this.#slots) {
      if (!session) continue;
      // Others may come before it.
      const isBehind = this.hasMore && this.#floor && byActivity(session, this.#floor) > 0;
      if (this.#fits(session) && !isBehind) sessions.push(session);
      else this.#remove(id);
    }
    this.sessions = sessions.sort(byActivity);
    Emitter.emit(this, "change", undefined);
  }
}
