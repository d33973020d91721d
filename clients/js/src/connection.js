import { backoff, unref } from "./backoff.js";
import { MARGIN, expiry } from "./http.js";

const PING_EVERY = 30_000;
/** For a handshake or a pong. */
const PATIENCE = 10_000;
/** After two hours, the service falls silent. */
const LIFETIME = 7_140_000;

export class Connection {
  /** @type {Chat.ConnectionState} */
  state = { status: "offline" };
  opened = 0;
  #options;
  /** @type {Chat.WebSocketLike | undefined} */
  #socket;
  /** @type {object | undefined} */
  #dialing;
  #token = "";
  #failures = 0;
  /** @type {any} */
  #timer;
  /** @type {any} */
  #deadline;
  #until = 0;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.#options = options;
  }

  start() {
    if (!this.#options.WebSocket) throw new TypeError("There is no WebSocket.");
    if (this.state.status !== "offline") return;
    globalThis.addEventListener?.("online", this.#onNetwork);
    this.#dial();
  }

  stop() {
    if (this.state.status === "offline") return;
    globalThis.removeEventListener?.("online", this.#onNetwork);
    this.#drop();
    this.#become({ status: "offline" });
  }

  /** @param {object} action */
  send(action) {
    if (this.state.status !== "online") return false;
    this.#socket?.send(JSON.stringify(action));
    return true;
  }

  #onNetwork = () => {
    if (this.state.status === "waiting") this.#dial();
    // It may be dead.
    if (this.state.status === "online") this.#ping();
  };

  #dial = async () => {
    this.#drop();
    const dialing = (this.#dialing = {});
    this.#become({ status: "connecting" });
    try {
      const { url, WebSocket, getToken } = this.#options;
      // A handshake does not tell whether it was the token.
      const token = await getToken(this.#failures % 8 === 2 ? this.#token : undefined);
      if (dialing !== this.#dialing) return;
      this.#token = token;
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
    this.#deadline = setTimeout(this.#lose, PATIENCE);
    socket.onopen = () => this.#open();
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = socket.onerror = this.#lose;
  }

  #open() {
    this.#isAlive();
    this.opened += 1;
    this.#timer = unref(setInterval(this.#ping, PING_EVERY));
    // The service falls silent at the token's end. If that is past, this clock is wrong.
    const now = Date.now();
    const end = expiry(this.#token) - MARGIN;
    this.#until = Math.min(end > now ? end : Infinity, now + LIFETIME);
    this.#become({ status: "online" });
  }

  /** @param {string} data */
  #hear(data) {
    this.#isAlive();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    this.#options.onFrame(frame);
  }

  #isAlive() {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #ping = () => {
    this.#failures = 0;
    if (Date.now() > this.#until) return void this.#dial();
    this.send({ action: "ping" });
    this.#deadline ??= unref(setTimeout(this.#lose, PATIENCE));
  };

  #lose = () => {
    this.#drop();
    const delay = backoff(this.#failures, this.#options.random);
    this.#failures += 1;
    this.#timer = setTimeout(this.#dial, delay);
    this.#become({ status: "waiting", retryAt: new Date(Date.now() + delay) });
  };

  #drop() {
    this.#dialing = undefined;
    clearTimeout(this.#timer);
    this.#isAlive();
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    // Nothing late is heard of it.
    socket.onopen = socket.onmessage = socket.onclose = null;
    // Node throws errors that nobody listens to.
    socket.onerror = () => {};
    socket.close();
  }

  /** @param {Chat.ConnectionState} state */
  #become(state) {
    this.state = state;
    this.#options.onState(state);
  }
}
