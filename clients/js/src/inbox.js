import { byActivity } from "./advance.js";
import { Emitter } from "./emitter.js";
import { Life } from "./life.js";

const PAGE = 50;

/**
 * @extends {Emitter<Chat.InboxEvents>}
 * @implements {Chat.Inbox}
 */
export class Inbox extends Emitter {
  /** @type {readonly Chat.Session[]} */
  sessions = [];
  isLoaded = false;
  hasMore = false;
  #options;
  #life;
  #most = PAGE;
  /** @type {Promise<void> | undefined} */
  #loadingMore;

  /** @param {InboxOptions} options */
  constructor(options) {
    super();
    const { core } = (this.#options = options);
    this.#life = new Life({
      core,
      load: async () => {
        await core.sessions.current();
        this.#show();
      },
      onChanges: () => core.sessions.chain && this.#show(),
    });
  }

  open() {
    return this.#life.open();
  }

  /** @type {Chat.Inbox["loadMore"]} */
  async loadMore() {
    if (!this.hasMore) return;
    const load = async () => {
      const { sessions } = this.#options.core;
      this.#most += PAGE;
      while (!sessions.isWhole && this.#fitting().length < this.#most) await sessions.more();
      this.#show();
    };
    await (this.#loadingMore ??= load().finally(() => (this.#loadingMore = undefined)));
  }

  close() {
    if (this.#life.close()) this.#options.onClose();
  }

  #fitting() {
    const { core, status } = this.#options;
    const { held, isWhole, floor } = core.sessions;
    return [...held.values()].filter(
      (session) =>
        (status === "all" || status === session.status) &&
        // Behind the listed ones, others may come before it.
        (isWhole || (floor && byActivity(session, floor) <= 0)),
    );
  }

  #show() {
    if (this.#life.signal.aborted) return;
    const sessions = this.#fitting().sort(byActivity);
    this.sessions = sessions.slice(0, this.#most);
    this.isLoaded = true;
    this.hasMore = sessions.length > this.#most || !this.#options.core.sessions.isWhole;
    Emitter.emit(this, "change", undefined);
  }
}
