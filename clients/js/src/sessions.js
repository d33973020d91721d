import { advance, byActivity, sessionOf } from "./advance.js";
import { rerun } from "./backoff.js";

const PAGE = 100;
const MANY = 1_000;

export class Sessions {
  /** @type {Map<number, Chat.Session>} */
  held = new Map();
  isWhole = false;
  chain = 0;
  /** @type {Chat.Session | undefined} */
  floor;
  catchUp = rerun(() => this.#run());
  #core;
  /** @type {Set<Watcher>} */
  #watchers = new Set();
  /** @type {string | undefined} */
  #cursor;
  /** @type {{ epoch: number, done: Promise<void> } | undefined} */
  #turn;
  #isDue = true;
  #most = MANY;
  #told = new Set();
  /** @type {Set<number>} */
  #wanted = new Set();
  /** @type {Chat.Frame[] | undefined} that came while asking */
  #frames;

  /** @param {Core} core */
  constructor(core) {
    this.#core = core;
    core.client.on("frame", (frame) => this.#watchers.size && this.#apply(frame));
  }

  /** @param {Watcher} watcher */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      // Nobody listens to frames then.
      if (!this.#watchers.size) this.expire();
    };
  }

  current() {
    const { epoch } = this.#core;
    if (epoch && this.#turn?.epoch === epoch) return this.#turn.done;
    this.#isDue = true;
    const turn = (this.#turn = { epoch, done: this.catchUp() });
    turn.done.catch(() => this.#turn === turn && this.expire());
    return turn.done;
  }

  expire() {
    this.#turn = undefined;
  }

  /** @param {number} id */
  async know(id) {
    await this.current();
    if ((this.isWhole ? this.held : this.#told).has(id)) return;
    this.#wanted.add(id);
    await this.catchUp();
  }

  more() {
    this.#most = Math.max(this.#most, this.#told.size + PAGE);
    return this.catchUp();
  }

  async #run() {
    const wanted = this.#wanted;
    this.#wanted = new Set();
    if (this.#isDue && !this.isWhole) this.#begin();
    this.#isDue = false;
    const landed = new Set();
    if (this.isWhole || this.#told.size < this.#most) while (await this.#page(landed));
    for (const id of wanted) if (!(this.isWhole ? this.held : landed).has(id)) await this.#fetch(id);
    if (!this.isWhole && this.#told.size < this.#most) this.#core.background(this.catchUp());
  }

  #begin() {
    this.chain += 1;
    this.#cursor = this.floor = undefined;
    this.#told.clear();
  }

  /** @type {(landed: Set<number>) => Promise<boolean>} whether to ask again at once */
  async #page(landed) {
    const since = this.#cursor;
    try {
      const { changes, next, has_more } = await this.#ask((client) => client.sync({ limit: PAGE, since }));
      this.#cursor = next;
      for (const { session } of changes) {
        landed.add(session.id);
        if (!this.isWhole && !(this.floor && byActivity(session, this.floor) < 0)) this.floor = session;
      }
      this.isWhole ||= !has_more;
      this.#land(changes);
      return this.isWhole && has_more;
    } catch (/** @type {any} */ error) {
      if (!since || ![400, 410].includes(error.status)) throw error;
      // Of another database, or an older one: what is held may never have been.
      this.isWhole = false;
      this.held.clear();
      this.#begin();
      this.#tell();
      return true;
    }
  }

  /** @param {number} id */
  async #fetch(id) {
    try {
      this.#land([{ session: await this.#ask((client) => client.getSession(id)) }]);
    } catch (/** @type {any} */ error) {
      if (error.status !== 404) throw error;
    }
  }

  /** @type {AskService} */
  async #ask(request) {
    const { client, retry, signal } = this.#core;
    const ask = () => {
      this.#frames = [];
      return request(client);
    };
    try {
      return await retry(ask, signal);
    } catch (error) {
      this.#frames = undefined;
      throw error;
    }
  }

  /** @param {SessionChange[]} changes */
  #land(changes) {
    const frames = this.#frames ?? [];
    this.#frames = undefined;
    for (const { session } of changes) {
      this.held.set(session.id, session);
      this.#told.add(session.id);
    }
    // The answer may lack what they tell. One that is applied again changes nothing.
    for (const frame of frames) this.#apply(frame);
    this.#tell(changes);
  }

  /** @param {any} frame */
  #apply(frame) {
    const id = sessionOf(frame);
    this.#frames?.push(frame);
    const session = this.held.get(id);
    const next = session && advance(session, frame, this.#core.role);
    if (next) {
      if (next === session) return;
      this.held.set(id, next);
      this.#tell([{ session: next }]);
    } else if (!this.#frames && (session || frame.message || frame.session)) {
      this.#wanted.add(id);
      this.#core.background(this.catchUp());
    }
  }

  /** @param {SessionChange[]} [changes] */
  #tell(changes) {
    for (const watcher of [...this.#watchers]) watcher(changes);
  }
}
