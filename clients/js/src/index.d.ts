/**
 * The chat service's client: operations, one connection that heals itself, and live views of the
 * inbox and of conversations. Sizes are bytes, times RFC 3339 in UTC, waits milliseconds.
 */

import { Emitter, type Conversation, type Inbox } from "./views.js";
import type {
  Changes,
  ChatError,
  Frame,
  ImageType,
  Message,
  MessagePage,
  Player,
  ReadMark,
  Role,
  Session,
  SessionPage,
  SessionStatus,
  Upload,
} from "./wire.js";

export * from "./views.js";
export * from "./wire.js";

/** What the client uses of the WebSocket API; the browser's and the package `ws` both fit. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface ChatOptions {
  /** The HTTP API, such as `https://chat.example.com`. */
  httpUrl: string;
  /** The WebSocket API with its stage, such as `wss://live.example.com/default`. */
  wsUrl: string;
  /** Whose app this is. */
  role: Role;
  /**
   * Gives a Cognito ID token. Asked first when one is needed, a minute before the token's end (measured
   * from its arrival, as clocks are wrong), and when the service refused it (`expired`), when it must not
   * be a stored one.
   */
  token(why: { expired: boolean }): string | Promise<string>;
  /** For runtimes without one of their own. */
  WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
  /** For runtimes without one of their own, or to look at requests. */
  fetch?: typeof fetch;
  /** Numbers in [0, 1), for jitter. */
  random?: () => number;
  /** Where pending messages survive the page; one for each user. Without it they live as long as the page. */
  storage?: ChatStorage;
}

/**
 * Anything that keeps values by name, such as React Native's AsyncStorage with JSON. Values are plain data,
 * as JSON has it: images are data URLs, or Blobs where `takesBlobs` says so. What was never set, or was
 * removed, is undefined or null. Without `remove`, undefined is set instead. For browsers there is `chat-client/indexed-db`.
 */
export interface ChatStorage {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<unknown>;
  remove?(key: string): Promise<unknown>;
  takesBlobs?: boolean;
}

/** What an image is by its first 256 bytes; undefined when it is nothing that can be sent. */
export function imageType(bytes: Uint8Array): ImageType | undefined;

/** Whether nothing of a text shows: such a message needs an image. */
export function isBlank(text: string): boolean;

/** `offline`: not asked to be connected. `waiting`: the next try is due at `retryAt`. */
export interface ConnectionState {
  status: "offline" | "connecting" | "online" | "waiting";
  retryAt?: Date;
}

export interface ClientEvents {
  connection: ConnectionState;
  /** Every frame as it comes, repetitions included, and what one's own requests have changed. */
  frame: Frame;
  /** What no call of the application's is there to be told of, such as a failing token callback. */
  error: ChatError;
}

export class ChatClient extends Emitter<ClientEvents> {
  constructor(options: ChatOptions);

  readonly role: Role;
  readonly connection: ConnectionState;
  /** Once what the storage holds is queued again. */
  readonly restored: Promise<void>;

  /** Connects and stays connected until `disconnect`. */
  connect(): void;
  /** Cuts the connection and does not try again. Sends that wait in queues go on by HTTP. */
  disconnect(): void;
  /**
   * Ends waits, and asks the connection whether it lives. Browsers' events do this by themselves; call it
   * elsewhere when the app comes to the front or the network changes.
   */
  resume(): void;
  /** Disconnects, and ends every view and queue. What is pending stays in the storage. */
  close(): void;
  /**
   * Closes the client, takes what is pending out of the storage, and unregisters the phone that this client
   * registered, unless that fails. What is asked of the client or sent afterwards fails with `signed_out`.
   */
  signOut(): Promise<void>;

  listSessions(query?: { status?: SessionStatus | "all"; limit?: number; cursor?: string }): Promise<SessionPage>;
  createSession(other: { dentist_id: number } | { customer_id: number }): Promise<Session>;
  getSession(sessionId: number): Promise<Session>;
  /** Dentists only. */
  updateSession(sessionId: number, change: { status: SessionStatus }): Promise<Session>;
  /** One try; views queue and retry. The same `client_message_id` again is the same message. */
  sendMessage(
    sessionId: number,
    message: { client_message_id: string; content?: string; image_urls?: string[]; read_up_to_seq?: number },
  ): Promise<Message>;
  /** Puts another text in the place of one's own message's. */
  correctMessage(sessionId: number, seq: number, content: string): Promise<Message>;
  /** Takes one's own message back, for good. */
  retractMessage(sessionId: number, seq: number): Promise<Message>;
  /** What changed since the answer that `since` is the `next` of; without it, everything. */
  sync(query?: { since?: string; limit?: number }): Promise<Changes>;
  listMessages(
    sessionId: number,
    query?: { before?: number; after?: number; around?: number; limit?: number },
  ): Promise<MessagePage>;
  markRead(sessionId: number, upToSeq: number): Promise<ReadMark>;
  createUpload(sessionId: number, image: { content_type: ImageType; content_length: number }): Promise<Upload>;
  registerPlayer(onesignalPlayerId: string): Promise<Player>;
  unregisterPlayer(): Promise<void>;

  /**
   * Uploads an image for a message in this session and gives its key. Its bytes say what it is; its metadata
   * are taken out first, but for the orientation.
   */
  uploadImage(
    sessionId: number,
    image: Blob,
    options?: { onProgress?: (fraction: number) => void; signal?: AbortSignal },
  ): Promise<string>;

  /** The live view of a session; one for each session, however often it is asked for. */
  conversation(sessionId: number): Conversation;
  /** The live list of the caller's sessions with this status. */
  inbox(status?: SessionStatus | "all"): Inbox;
}
