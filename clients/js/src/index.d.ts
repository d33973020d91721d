/**
 * The chat service's client: operations, one connection that heals itself, and live views of the
 * inbox and of conversations. Sizes are bytes, times RFC 3339 in UTC, waits milliseconds.
 */

export type Role = "customer" | "dentist";
export type SessionStatus = "active" | "archived";
export type ImageType = "image/jpeg" | "image/png" | "image/webp" | "image/heic";

export interface Participant {
  id: number;
  /** Null while the directory of names cannot be asked. */
  name: string | null;
}

/** A conversation, as the caller's side sees it. */
export interface Session {
  id: number;
  status: SessionStatus;
  customer: Participant;
  dentist: Participant;
  created_at: string;
  updated_at: string;
  last_seq: number;
  last_message: Message | null;
  unread_count: number;
  customer_read_seq: number;
  dentist_read_seq: number;
}

/** A stored message; `seq` counts 1, 2, 3, … within its session, without gaps. */
export interface Message {
  id: number;
  session_id: number;
  seq: number;
  sender_type: Role;
  sender_id: number;
  content: string;
  /** The images' keys. */
  image_urls: string[];
  /** Where the images can be fetched until `expires_at`. */
  images: { key: string; url: string; expires_at: string }[];
  client_message_id: string;
  created_at: string;
  is_read: boolean;
  read_at: string | null;
  /** When its text was last replaced. */
  corrected_at: string | null;
  /** When it was taken back: its text and images are gone. */
  retracted_at: string | null;
}

export interface SessionPage {
  sessions: Session[];
  next_cursor: string | null;
}

export interface MessagePage {
  messages: Message[];
  has_more_before: boolean;
  has_more_after: boolean;
  last_seq: number;
  customer_read_seq: number;
  dentist_read_seq: number;
}

export interface Changes {
  changes: {
    session: Session;
    /** New or changed, ascending; the session's newest if `truncated`. */
    messages: Message[];
    truncated: boolean;
  }[];
  next: string;
  has_more: boolean;
  unread_total: number;
}

export interface ReadMark {
  session_id: number;
  up_to_seq: number;
  marked: number;
  unread_count: number;
}

export interface Upload {
  key: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  expires_at: string;
}

export interface Player {
  id: number;
  customer_id: number;
  onesignal_player_id: string;
  created_at: string;
  updated_at: string;
}

/** Frames from the server. Unknown types are passed over. */
export type Frame =
  | { type: "message.created"; session_id: number; seq: number; message: Message }
  | { type: "message.updated"; session_id: number; seq: number; message: Message }
  | {
      type: "messages.read";
      session_id: number;
      reader: Role;
      up_to_seq: number;
      /** Not in what the client makes of the answer to its own request. */
      read_at?: string;
      /** What is left to the reader; only in the reader's own frames. */
      unread_count?: number;
    }
  | { type: "session.created"; session: Session }
  | { type: "session.updated"; session: Session }
  | { type: "typing"; session_id: number; sender_type: Role; typing: boolean; expires_at: string }
  | { type: "pong"; connection_id?: string }
  | { type: "error"; status: number; code: string; detail: string; retryable: boolean };

/** Anything that can be told of a failure: a problem document, the gateway's refusal, or no answer. */
export class ChatError extends Error {
  private constructor();
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /**
   * The problem's stable code; where there is none, `network` (no answer), `token` (the token callback
   * failed), `image_unreadable` (the file cannot be read, or is damaged), `upload_refused` (by the object store),
   * `storage` (the host's), `aborted`, or `http_<status>`.
   */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the server wants to be left alone, in milliseconds: up to 15 minutes, whatever it says. */
  readonly retryAfter: number | undefined;
  readonly requestId: string | undefined;
  /** Which fields were refused, for `invalid_request`. */
  readonly errors: { field: string; reason: string }[];
}

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

export class Emitter<Events> {
  /** Calls the listener with each such event. Returns what ends that. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
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

/**
 * A message of one's own that is not stored yet, or an error instead. It stays the same object while
 * its status changes.
 */
export interface PendingMessage {
  client_message_id: string;
  content: string;
  images: Blob[];
  /** When the user sent it, by this machine's clock. */
  created_at: string;
  status: "queued" | "uploading" | "sending" | "failed";
  /** How much of the images is uploaded, 0…1. */
  progress: number;
  /** Why it failed, or why it is being tried again. */
  error: ChatError | undefined;
  /** Whether the service may have it: then it cannot be changed or taken back, unless it failed. */
  hasLeft: boolean;
  /** Whether it is in the storage, and would survive the page. */
  isSaved: boolean;
}

export interface ConversationEvents {
  /** Something of what the view shows is another now. */
  change: undefined;
  /** A message of either side was added at the end. */
  message: Message;
}

/**
 * One session, live. `messages` is a piece of its history without gaps that reaches to its end; it
 * grows by `loadBefore` and by what arrives, over any number of lost connections. When more than 1,000
 * messages were missed, it begins again with the newest page.
 */
export class Conversation extends Emitter<ConversationEvents> {
  private constructor();
  readonly sessionId: number;
  /** As last heard of; undefined until opened. */
  readonly session: Session | undefined;
  readonly messages: readonly Message[];
  /** One's own that are on their way, in order; shown behind `messages`. */
  readonly pending: readonly PendingMessage[];
  readonly hasMoreBefore: boolean;
  readonly customerReadSeq: number;
  readonly dentistReadSeq: number;
  /** Whether the other side is writing now. */
  readonly otherIsTyping: boolean;
  /** Whether what is shown may be behind: from a lost connection to the end of the catch-up. */
  readonly isStale: boolean;

  /** Loads the session and its newest page; a second time is nothing. */
  open(): Promise<void>;
  /** Loads the page before the first message. Calls while one is loading share it. */
  loadBefore(): Promise<void>;
  /** Asks for everything that is newer than the last message. Happens by itself after gaps. */
  catchUp(): Promise<void>;
  /**
   * Queues a message. Its images are uploaded first. `readUpToSeq` moves the read mark with it, as
   * `displayed` would before.
   */
  send(message: { content?: string; images?: Blob[] }, options?: { readUpToSeq?: number }): PendingMessage;
  /** Tries a failed message again, behind those that wait. One that waits for its next try does not wait. */
  retry(message: PendingMessage): void;
  /** Changes a message that failed or has not left, and tries it again. Tells whether it did. */
  edit(message: PendingMessage, change: { content?: string; images?: Blob[] }): boolean;
  /** Takes back a message that failed or has not left. Tells whether it did. */
  discard(message: PendingMessage): boolean;
  /** Says that everything up to this message was on the screen. */
  displayed(seq: number): void;
  /** Says that the user is writing, or has stopped. Call it at every key; it is thinned out. */
  typing(isTyping: boolean): void;
  /**
   * Puts another text in the place of one's own stored message's, within a day of sending it. Tries until
   * there is an answer; fails with `too_late`, `message_retracted` and the like.
   */
  correct(seq: number, content: string): Promise<Message>;
  /** Takes one's own stored message back, for good: its text and images are gone for everyone. */
  retract(seq: number): Promise<Message>;
  /** Fetches fresh URLs for a message's images, once those it has are expired. */
  refreshImages(seq: number): Promise<Message>;
  /** Ends the view; messages that are queued are still sent. */
  close(): void;
}

export interface InboxEvents {
  change: undefined;
}

/** The caller's sessions, most recent activity first, live. */
export class Inbox extends Emitter<InboxEvents> {
  private constructor();
  readonly sessions: readonly Session[];
  readonly hasMore: boolean;
  readonly isLoaded: boolean;
  /** Loads the first page; a second time is nothing. */
  open(): Promise<void>;
  loadMore(): Promise<void>;
  close(): void;
}
