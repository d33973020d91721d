/** Live views of conversations and of the inbox. */
import type { ChatError, Message, Session } from "./wire.js";

export class Emitter<Events> {
  /** Calls the listener with each such event. Returns what ends that. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
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
 * messages were missed, or the service is another one, it begins again with the newest page.
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
   * `displayed` would before. Throws `invalid_request` when there is nothing to see, as `edit` does.
   */
  send(message: { content?: string; images?: Blob[] }, options?: { readUpToSeq?: number }): PendingMessage;
  /** Tries a failed message again, and then those that wait behind it. One that waits for its next try does not wait. */
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
  /** Loads what there is; a second time is nothing. */
  open(): Promise<void>;
  /** Shows 50 more. */
  loadMore(): Promise<void>;
  close(): void;
}
