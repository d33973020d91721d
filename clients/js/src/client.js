import { createRetry } from "./backoff.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { Emitter } from "./emitter.js";
import { ChatError, http, query, tokenCache } from "./http.js";
import { Inbox } from "./inbox.js";
import { SendQueue } from "./send-queue.js";
import { upload } from "./upload.js";

const FRAMES = ["message.created", "messages.read", "session.created", "session.updated", "typing", "pong", "error"];

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

  /** @param {Chat.ChatOptions} options */
  constructor(options) {
    super();
    const { httpUrl, wsUrl, role, token, random = Math.random, WebSocket = globalThis.WebSocket } = options;
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.role = role;
    const getToken = tokenCache(token);
    const { retry, wake } = createRetry(random);
    this.#request = http(httpUrl.replace(/\/+$/, ""), getToken, fetch);
    const connection = new Connection({
      url: wsUrl,
      WebSocket,
      getToken,
      random,
      onState: (state) => {
        if (state.status === "online") wake();
        Emitter.emit(this, "connection", state);
      },
      onFrame: (frame) => FRAMES.includes(frame?.type) && Emitter.emit(this, "frame", frame),
      onError: (error) => this.#report(error),
    });
    this.#connection = connection;
    this.#core = {
      client: this,
      role,
      retry,
      fetch,
      get epoch() {
        return connection.state.status === "online" ? connection.opened : 0;
      },
      say: (action) => connection.send(action),
      background: (task) => void task.catch((error) => this.#report(error)),
    };
  }

  get connection() {
    return this.#connection.state;
  }

  connect() {
    this.#connection.start();
  }

  disconnect() {
    this.#connection.stop();
  }

  close() {
    this.disconnect();
    for (const views of [this.#conversations, this.#inboxes]) views.forEach((view) => view.close());
    this.#queues.forEach((queue) => queue.close());
  }

  /** @type {Chat.ChatClient["listSessions"]} */
  listSessions(parameters) {
    return this.#request("GET", `/sessions${query(parameters)}`);
  }

  /** @type {Chat.ChatClient["createSession"]} */
  createSession(other) {
    return this.#request("POST", "/sessions", other);
  }

  /** @type {Chat.ChatClient["getSession"]} */
  getSession(id) {
    return this.#request("GET", `/sessions/${id}`);
  }

  /** @type {Chat.ChatClient["updateSession"]} */
  updateSession(id, change) {
    return this.#request("PATCH", `/sessions/${id}`, change);
  }

  /** @type {Chat.ChatClient["sendMessage"]} */
  sendMessage(id, message) {
    return this.#request("POST", `/sessions/${id}/messages`, message);
  }

  /** @type {Chat.ChatClient["listMessages"]} */
  listMessages(id, parameters) {
    return this.#request("GET", `/sessions/${id}/messages${query(parameters)}`);
  }

  /** @type {Chat.ChatClient["markRead"]} */
  markRead(id, up_to_seq) {
    return this.#request("POST", `/sessions/${id}/read`, { up_to_seq });
  }

  /** @type {Chat.ChatClient["createUpload"]} */
  createUpload(id, image) {
    return this.#request("POST", `/sessions/${id}/uploads`, image);
  }

  /** @type {Chat.ChatClient["registerPlayer"]} */
  registerPlayer(onesignal_player_id) {
    return this.#request("PUT", "/players", { onesignal_player_id });
  }

  /** @type {Chat.ChatClient["unregisterPlayer"]} */
  unregisterPlayer() {
    return this.#request("DELETE", "/players");
  }

  /** @type {Chat.ChatClient["uploadImage"]} */
  uploadImage(id, image, options) {
    return upload(this.#core, id, image, options);
  }

  /** @param {number} id */
  conversation(id) {
    const queue = this.#queues.get(id) ?? new SendQueue(this.#core, id);
    const onClose = () => this.#conversations.delete(id);
    const view = this.#conversations.get(id) ?? new Conversation({ core: this.#core, id, queue, onClose });
    this.#queues.set(id, queue);
    this.#conversations.set(id, view);
    return view;
  }

  /** @param {Status} [status] */
  inbox(status = "active") {
    const onClose = () => this.#inboxes.delete(status);
    const inbox = this.#inboxes.get(status) ?? new Inbox({ core: this.#core, status, onClose });
    this.#inboxes.set(status, inbox);
    return inbox;
  }

  /** @param {unknown} error */
  #report(error) {
    if (!(error instanceof ChatError)) console.error(error);
    else if (error.code !== "aborted") Emitter.emit(this, "error", error);
  }
}
