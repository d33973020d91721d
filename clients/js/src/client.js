import { createRetry } from "./backoff.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { Emitter } from "./emitter.js";
import { ChatError, http, isDoubtful, query, tokenCache, unanswered } from "./http.js";
import { Inbox } from "./inbox.js";
import { SendQueue } from "./send-queue.js";
import { Sessions } from "./sessions.js";

const SIGNS = ["online", "pageshow", "visibilitychange"];
const FRAMES = ["message.created", "message.updated", "messages.read", "session.created", "session.updated", "typing", "pong", "error"];

const nothing = () => {};

/** @type {ToFrames} */
const updated = (message) => [
  { type: "message.updated", session_id: message.session_id, seq: message.seq, message },
];

/**
 * @extends {Emitter<Chat.ClientEvents>}
 * @implements {Chat.ChatClient}
 */
export class ChatClient extends Emitter {
  #connection;
  #request;
  /** @type {Core} */
  #core;
  /** @type {Map<number, Conversation>} */
  #conversations = new Map();
  /** @type {Map<number, SendQueue>} */
  #queues = new Map();
  /** @type {Map<Status, Inbox>} */
  #inboxes = new Map();
  #wake;
  #isAttentive = false;
  #hasPhone = false;
  #isSignedOut = false;
  #abort = new AbortController();
  restored;

  /** @param {Chat.ChatOptions} options */
  constructor(options) {
    super();
    const { httpUrl, wsUrl, role, token, storage } = options;
    const { random = Math.random, WebSocket = globalThis.WebSocket } = options;
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.role = role;
    const getToken = tokenCache(token);
    const { retry, wake } = createRetry(random);
    this.#wake = wake;
    const request = http(httpUrl.replace(/\/+$/, ""), getToken, fetch);
    this.#request = /** @type {Operation} */ async (...call) => {
      this.#check();
      return request(...call);
    };
    const connection = new Connection({
      url: wsUrl,
      WebSocket,
      getToken,
      random,
      probe: () => this.listSessions({ limit: 1 }).then(nothing, nothing),
      onState: (state) => {
        if (state.status === "online") wake();
        Emitter.emit(this, "connection", state);
      },
      onFrame: (frame) => FRAMES.includes(frame?.type) && Emitter.emit(this, "frame", frame),
      onError: this.#report,
    });
    this.#connection = connection;
    /** @type {Core} */
    const core = {
      client: this,
      check: this.#check,
      sessions: /** @type {any} */ (undefined),
      role,
      retry,
      signal: this.#abort.signal,
      fetch,
      get epoch() {
        return connection.state.status === "online" ? connection.opened : 0;
      },
      say: (action) => connection.send(action),
      send: this.#send,
      background: (task) => void task.catch(this.#report),
      report: this.#report,
      store: storage && this.#openStore(storage),
      upload: async (id, image, options) => {
        const { upload } = await import("./images/upload.js").catch(unanswered);
        return upload(core, id, image, options);
      },
    };
    this.#core = core;
    core.sessions = new Sessions(core);
    this.restored = Promise.resolve(this.#core.store).then(nothing);
  }

  /** @param {Chat.ChatStorage} storage */
  async #openStore(storage) {
    try {
      const { PendingStore } = await import("./storage/pending-store.js");
      const store = new PendingStore(storage);
      for (const [id, entry] of await store.load()) this.#queue(id).restore(entry);
      return store;
    } catch (error) {
      this.#report(error);
    }
  }

  get connection() {
    return this.#connection.state;
  }

  connect() {
    this.#connection.start();
    this.#attend();
  }

  disconnect() {
    this.#connection.stop();
  }

  resume() {
    this.#wake();
    this.#connection.resume();
  }

  close() {
    this.disconnect();
    for (const sign of SIGNS) globalThis.removeEventListener?.(sign, this.#onSign);
    this.#isAttentive = false;
    for (const views of [this.#conversations, this.#inboxes]) views.forEach((view) => view.close());
    this.#abort.abort();
    this.#queues.forEach((queue) => queue.close());
  }

  async signOut() {
    this.close();
    const leaving = this.#hasPhone && this.unregisterPlayer().catch(nothing);
    this.#isSignedOut = true;
    const store = await this.#core.store;
    this.#queues.forEach((queue) => queue.clear());
    await store?.clear();
    await leaving;
  }

  /** @type {Chat.ChatClient["listSessions"]} */
  listSessions(parameters) {
    return this.#request("GET", `/sessions${query(parameters)}`);
  }

  /** @type {Chat.ChatClient["sync"]} */
  sync(parameters) {
    return this.#request("GET", `/sync${query(parameters)}`);
  }

  /** @type {Chat.ChatClient["createSession"]} */
  createSession(other) {
    return this.#change("POST", "/sessions", other, (session) => [{ type: "session.created", session }]);
  }

  /** @type {Chat.ChatClient["getSession"]} */
  getSession(id) {
    return this.#request("GET", `/sessions/${id}`);
  }

  /** @type {Chat.ChatClient["updateSession"]} */
  updateSession(id, change) {
    return this.#change("PATCH", `/sessions/${id}`, change, (session) => [{ type: "session.updated", session }]);
  }

  /** @type {Chat.ChatClient["sendMessage"]} */
  sendMessage(id, message) {
    return this.#send(id, message);
  }

  /** @type {Chat.ChatClient["correctMessage"]} */
  correctMessage(id, seq, content) {
    return this.#change("PUT", `/sessions/${id}/messages/${seq}`, { content }, updated);
  }

  /** @type {Chat.ChatClient["retractMessage"]} */
  retractMessage(id, seq) {
    return this.#change("POST", `/sessions/${id}/messages/${seq}/retraction`, undefined, updated);
  }

  /** @type {Chat.ChatClient["listMessages"]} */
  listMessages(id, parameters) {
    return this.#request("GET", `/sessions/${id}/messages${query(parameters)}`);
  }

  /** @type {Chat.ChatClient["markRead"]} */
  markRead(id, up_to_seq) {
    return this.#change("POST", `/sessions/${id}/read`, { up_to_seq }, (mark) => [
      { type: "messages.read", session_id: id, reader: this.role, ...mark },
    ]);
  }

  /** @type {Chat.ChatClient["createUpload"]} */
  createUpload(id, image) {
    return this.#request("POST", `/sessions/${id}/uploads`, image);
  }

  /** @type {Chat.ChatClient["registerPlayer"]} */
  registerPlayer(onesignal_player_id) {
    this.#hasPhone = true;
    return this.#request("PUT", "/players", { onesignal_player_id });
  }

  /** @type {Chat.ChatClient["unregisterPlayer"]} */
  unregisterPlayer() {
    return this.#request("DELETE", "/players");
  }

  /** @type {Chat.ChatClient["uploadImage"]} */
  uploadImage(id, image, options) {
    return this.#core.upload(id, image, options);
  }

  /** @param {number} id */
  conversation(id) {
    this.#check();
    this.#attend();
    const onClose = () => this.#conversations.delete(id);
    const options = { core: this.#core, id, queue: this.#queue(id), onClose };
    const view = this.#conversations.get(id) ?? new Conversation(options);
    this.#conversations.set(id, view);
    return view;
  }

  /** @param {Status} [status] */
  inbox(status = "active") {
    this.#check();
    const onClose = () => this.#inboxes.delete(status);
    const inbox = this.#inboxes.get(status) ?? new Inbox({ core: this.#core, status, onClose });
    this.#inboxes.set(status, inbox);
    return inbox;
  }

  #check = () => {
    if (this.#isSignedOut) throw new ChatError("signed_out", "It was signed out.");
  };

  /** @param {number} id */
  #queue(id) {
    const queue = this.#queues.get(id) ?? new SendQueue(this.#core, id);
    this.#queues.set(id, queue);
    return queue;
  }

  /** @type {Send} */
  #send = (session_id, draft, onLeave) => {
    const { read_up_to_seq: up_to_seq } = draft;
    this.#connection.spoke();
    /** @type {ToFrames} */
    const toFrames = (message) => [
      ...(up_to_seq ? [{ type: "messages.read", session_id, reader: this.role, up_to_seq }] : []),
      { type: "message.created", session_id, seq: message.seq, message },
    ];
    return this.#change("POST", `/sessions/${session_id}/messages`, draft, toFrames, onLeave);
  };

  /** @type {Change} */
  #change = async (method, path, body, toFrames, onLeave) => {
    const connection = this.#connection.id;
    try {
      const result = await this.#request(method, path, body, { connection, onLeave });
      if (connection) for (const frame of toFrames(result)) Emitter.emit(this, "frame", frame);
      return result;
    } catch (error) {
      const isRest = !/\/(messages|read)$/.test(path);
      if (connection && isRest && isDoubtful(error)) {
        this.#core.sessions.expire();
        Emitter.emit(this, "connection", this.connection);
      }
      throw error;
    }
  };

  #attend() {
    if (this.#isAttentive) return;
    this.#isAttentive = true;
    for (const sign of SIGNS) globalThis.addEventListener?.(sign, this.#onSign);
  }

  /** @param {Event} event */
  #onSign = ({ type }) => {
    if (type === "online" || globalThis.document?.visibilityState !== "hidden") this.resume();
  };

  /** @param {unknown} error */
  #report = (error) => {
    if (!(error instanceof ChatError)) console.error(error);
    else if (error.code !== "aborted") Emitter.emit(this, "error", error);
  };
}
