import { unref } from "./backoff.js";
import { now } from "./http.js";

const KEEP_EVERY = 540_000;
const HANDSHAKE = 10_000;
const PONG = 5_000;
const SILENCE = 10_000;
const LIFETIME = 7_140_000;
const STABLE = 30_000;
const SPREAD = 10_000;
const LONGEST_PAUSE = 30_000;

/** @type {Timer[]} */
const TIMERS = ["next", "keep", "renew", "silence", "deadline"];

export class Connection {
  /** @type {Chat.ConnectionState} */
  state = { status: "offline" };
  opened = 0;
  #options;
  /** @type {Chat.WebSocketLike | undefined} */
  #socket;
  /** @type {object | undefined} */
  #dialing;
  #failures = 0;
  #openedAt = 0;
  /** @type {string | undefined} */
  #id;
  #isAsked = false;
  /** @type {Record<Timer, any>} */
  #timers = { next: 0, keep: 0, renew: 0, silence: 0, deadline: 0 };

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** The service's; asked for when it is first of use. */
  get id() {
    if (!this.#isAsked) this.suspect();
    return this.#id;
  }

  start() {
    if (!this.#options.WebSocket) throw new TypeError("There is no WebSocket.");
    if (this.state.status === "offline") this.#dial();
  }

  stop() {
    if (this.state.status === "offline") return;
    this.#drop();
    this.#become({ status: "offline" });
  }

  resume() {
    if (this.state.status === "waiting") this.#dial();
    this.suspect();
  }

  /** @param {object} action */
  send(action) {
    if (this.state.status !== "online") return false;
    this.#say(action);
    this.spoke();
    return true;
  }

  spoke() {
    if (this.state.status !== "online" || this.#timers.silence) return;
    this.#set("silence", this.suspect, SILENCE);
  }

  suspect = () => {
    if (this.state.status !== "online" || this.#timers.deadline) return;
    this.#clear("silence");
    this.#isAsked = true;
    this.#say({ action: "ping" });
    this.#set("deadline", this.#dial, PONG);
  };

  #dial = async () => {
    this.#drop();
    const dialing = (this.#dialing = {});
    this.#become({ status: "connecting" });
    try {
      const { url, WebSocket, getToken, probe } = this.#options;
      if (this.#failures % 8 === 2) await probe();
      if (dialing !== this.#dialing) return;
      const token = await getToken();
      if (dialing !== this.#dialing) return;
      this.#listen(new WebSocket(url, ["chat.v1", token]));
    } catch (error) {
      if (dialing !== this.#dialing) return;
      this.#options.onError(error);
      this.#lose();
    }
  };

  /** @param {Chat.WebSocketLike} socket */
  #listen(socket) {
    this.#socket = socket;
    this.#timers.deadline = setTimeout(this.#lose, HANDSHAKE);
    socket.onopen = () => this.#open();
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = socket.onerror = this.#lose;
  }

  #open() {
    this.#heard();
    this.opened += 1;
    this.#openedAt = now();
    // The service falls silent at the token's end.
    this.#set("renew", this.#dial, Math.min(Math.max(this.#options.getToken.left(), SPREAD), LIFETIME));
    this.#become({ status: "online" });
  }

  /** @param {string} data */
  #hear(data) {
    this.#heard();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame?.type === "pong") this.#id = frame.connection_id ?? this.#id;
    else this.#clear("silence");
    this.#options.onFrame(frame);
  }

  #heard() {
    this.#clear("deadline");
    this.#keep();
  }

  /** @param {object} action */
  #say(action) {
    this.#socket?.send(JSON.stringify(action));
    this.#keep();
  }

  #keep() {
    this.#set("keep", () => this.#say({ action: "ping", pong: false }), KEEP_EVERY);
  }

  #lose = () => {
    this.#drop();
    const delay = this.#options.random() * Math.min(LONGEST_PAUSE, SPREAD * 2 ** this.#failures);
    this.#failures += 1;
    this.#timers.next = setTimeout(this.#dial, delay);
    this.#become({ status: "waiting", retryAt: new Date(Date.now() + delay) });
  };

  #drop() {
    if (this.state.status === "online" && now() - this.#openedAt > STABLE) this.#failures = 0;
    this.#dialing = this.#id = undefined;
    this.#isAsked = false;
    for (const name of TIMERS) this.#clear(name);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    // Nothing late is heard of it.
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Node throws errors that nobody listens to.
    socket.onerror = () => {};
    socket.close();
  }

  /** @type {SetTimer} */
  #set(name, task, delay) {
    this.#clear(name);
    const fire = () => {
      this.#timers[name] = 0;
      task();
    };
    this.#timers[name] = unref(setTimeout(fire, delay));
  }

  /** @param {Timer} name */
  #clear(name) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = 0;
  }

  /** @param {Chat.ConnectionState} state */
  #become(state) {
    this.state = state;
    this.#options.onState(state);
  }
}
