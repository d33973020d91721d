/**
 * What the sources share among themselves; nothing here is for applications.
 *
 * - `client.js` puts everything together: operations by HTTP, one connection, views and queues.
 * - `http.js` makes one try of a request, with a token that it keeps until it is due. `backoff.js` tries
 *   again, and makes sure that a task runs one at a time.
 * - `images.js` says by an image's bytes what it is. `images/`, which is loaded with the first image that is
 *   sent, reads it (`read.js`), takes its metadata out but the orientation (`clean.js` and a source for each
 *   format), and brings it to the object store (`upload.js`). What failed is told apart: reading (for good),
 *   the network and a store that wants another try (again, with a fresh URL when the old one is over), a
 *   store that refuses (for good).
 * - `connection.js` keeps one WebSocket open, and replaces it when it is silent, or too old for its token.
 *   It pings rarely: when nothing was said for long, and when there is a reason to suspect the connection.
 *   A request counts as something said, and names the connection it belongs to, so that no frame comes of it:
 *   `client.js` makes the frame of the answer.
 * - `sessions.js` holds the caller's sessions. Frames begin with what is committed once a connection is open, so
 *   that after that it asks once what has changed (`current()`), whatever views there are, and applies the frames
 *   that came meanwhile to the answer. A frame that does not suffice (`advance.js`) asks again. The cursor is kept;
 *   once everything was told (`isWhole`), what is not told has not changed. Before that, up to 1,000 sessions are
 *   listed unasked, and `floor` is where they end: `more()` lists further, `know(id)` fetches one that is not among
 *   them, and a new connection begins a new `chain`, after which views load what they show. So does a cursor
 *   that is over, after which nothing that is held counts.
 * - `life.js` opens and ends a view, and loads it after every reconnection; it watches the sessions as long.
 * - `conversation.js` shows one session. What `sync` tells of its messages is added to them; if that was not all
 *   (`truncated`), they are fetched again from the first one shown (`isTorn`), or, when it is behind by more than
 *   1,000, it begins anew with the newest page. Its `message-log.js` holds messages without gaps: a frame that
 *   is not the next one only tells that something is to be fetched. Read marks move by frames and pages;
 *   a frame also tells since when messages are read, but only those behind the mark before it. When a mark
 *   was missed, the messages are fetched again. Of two states of a message the later stands, which its
 *   `retracted_at` and `corrected_at` tell, also over a page that was on its way.
 * - `inbox.js` shows the beginning of the list of sessions with a status, without gaps.
 * - `advance.js` is a session after a frame. Read marks only go forward; of two sessions the one with the later
 *   `updated_at` stands; where that does not tell, the service is asked.
 * - `send-queue.js` sends one message after the other, and outlives its view. A message leaves it in the
 *   same step in which the log takes the stored one. One that failed holds those behind it. `storage/`, which only those
 *   load who use it, keeps what is in it in the host's storage (`indexed-db.js` is one). The keys of uploaded images are kept before the message is sent:
 *   sent again after a reload, it must be the same. Several tabs may have a message; a lock lets one of
 *   them send it, and who comes later finds it gone from the storage.
 * - `read-marks.js` and `typing.js` tell the other side what the user sees and does.
 *
 * What is compressed and sent to browsers is `*.js` only, so that whatever types can say is said here, and
 * these names are known in every source without an import.
 */
import * as Api from "./index.js";
import type { Emitter } from "./emitter.js";
import type { MessageLog } from "./message-log.js";
import type { PendingStore } from "./storage/pending-store.js";
import type { SendQueue } from "./send-queue.js";
import type { Sessions } from "./sessions.js";

declare global {
  export import Chat = Api;
  type Status = Chat.SessionStatus | "all";
  type ReadFrame = Extract<Chat.Frame, { type: "messages.read" }>;

  /** Gives the token, another one if this one was refused; `left` is for how long the last one is used. */
  type GetToken = ((refused?: string) => Promise<string>) & { left(): number };
  /** One try of a request, for a connection; `onLeave` is called once it may be heard. */
  type Operation = (
    method: string,
    path: string,
    body?: object,
    options?: { connection?: string; onLeave?: () => void },
  ) => Promise<any>;
  /**
   * For how long a token that has just come is used, which is at most so old. The clock may be hours wrong: what it
   * says counts where it is possible.
   */
  type Usable = (token: string, age: number) => number;
  type Http = (url: string, getToken: GetToken, fetch: typeof globalThis.fetch) => Operation;
  type Send = (
    id: number,
    message: Parameters<Chat.ChatClient["sendMessage"]>[1],
    onLeave?: () => void,
  ) => Promise<Chat.Message>;
  /** What a request's answer is to views. */
  type ToFrames = (answer: any) => any[];
  /**
   * What a connection causes is not told to it: the answer is applied as if it were. Without an answer, it may have
   * happened: views repeat what they do themselves, the rest is fetched.
   */
  type Change = (
    method: string,
    path: string,
    body: object | undefined,
    toFrames: ToFrames,
    onLeave?: () => void,
  ) => Promise<any>;
  type SetTimer = (name: Timer, task: () => void, delay: number) => void;
  type UnreadAfter = (session: Chat.Session, frame: ReadFrame, known: number) => number | undefined;
  /**
   * `next` is the next try; `keep` says something before the gateway closes what was silent for ten minutes, which is not
   * answered, as answers are billed; `renew` comes before the token's end, and the two hours after which the service falls silent; `silence` suspects a
   * connection on which nothing is heard after something was said; `deadline` ends a handshake, or the wait for a pong.
   */
  type Timer = "next" | "keep" | "renew" | "silence" | "deadline";
  /** Runs a task until it succeeds or fails for good. */
  type Retry = <T>(
    task: () => Promise<T>,
    signal: AbortSignal,
    onRetry?: (error: Chat.ChatError) => void,
  ) => Promise<T>;
  type Wait = (delay: number, signal: AbortSignal) => Promise<void>;
  /** Makes of a task one that runs once at a time, and once more for those who ask while it runs. */
  type Rerun = (task: () => Promise<void>) => () => Promise<void>;
  type Attempt = <T>(exchange: Exchange<T>, limit: number, signal?: AbortSignal) => Promise<T>;
  type Refusal = (response: Response, text: string) => Chat.ChatError;
  type Emit = <E, Name extends keyof E>(emitter: Emitter<E>, name: Name, event: E[Name]) => void;
  type CreateFlag = (limit: number, onChange: () => void) => Flag;
  type TypingSender = (say: (typing: boolean) => boolean) => (isTyping: boolean) => void;
  /** What is told of a session; messages only by `sync`. */
  type SessionChange = Pick<Chat.Changes["changes"][number], "session"> & Partial<Chat.Changes["changes"][number]>;
  /** Told of what changed, or that everything is to be forgotten. */
  type Watcher = (changes?: SessionChange[]) => void;
  type AskService = <T>(request: (client: Chat.ChatClient) => Promise<T>) => Promise<T>;
  type LogPage = Pick<Chat.MessagePage, "messages" | "has_more_before">;
  /** `known` is the mark before, of which this frame does not tell. */
  type ReadBy = (message: Chat.Message, frame: ReadFrame, known: number) => Chat.Message;
  /** `isNext` tells that no mark before it was missed. */
  type ReadAll = (frame: ReadFrame, isNext: boolean) => void;
  /** One exchange with a server, which ends when it takes too long; `restart` allows for more. */
  type Exchange<T> = (signal: AbortSignal, restart: (limit: number) => void) => Promise<T>;
  /** Of what is known of a message, and what came now. */
  type Merge = (known: Chat.Message, next: Chat.Message) => Chat.Message;
  type UploadImage = (core: Core, ...image: Parameters<Chat.ChatClient["uploadImage"]>) => Promise<string>;
  /** What an image is, and what is uploaded of it: its bytes without their metadata. */
  type ReadImage = (image: Blob) => Promise<{
    type: Chat.ImageType | undefined;
    body: Uint8Array<ArrayBuffer>;
  }>;
  type Clean = (type: Chat.ImageType, bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** A box by where it is in the file, and where what is in it begins. */
  interface HeicBox {
    name: string;
    at: number;
    start: number;
    end: number;
  }
  type ReadPatiently = (image: Blob, signal: AbortSignal) => ReturnType<ReadImage>;
  /** Brings an image to a URL; false when that is over. */
  type CarryOut = (core: Core, task: UploadTask) => Promise<boolean>;
  type PutWith = (fetch: typeof globalThis.fetch) => Put;
  /** One try of an upload; gives the answer. */
  type Put = (
    upload: Chat.Upload,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
    onProgress: (sent: number) => void,
  ) => Promise<{ status: number; text: string }>;
  interface UploadTask {
    target: Chat.Upload;
    body: Uint8Array<ArrayBuffer>;
    size: number;
    signal: AbortSignal;
    onProgress(fraction: number): void;
  }
  /** The session after something happened; nothing when only the service knows. */
  type Advance<Event> = (session: Chat.Session, event: Event, role: Chat.Role) => Chat.Session | undefined;

  /** What the views use of the client. */
  interface Core {
    client: Chat.ChatClient;
    /** Throws once it was signed out. */
    check(): void;
    role: Chat.Role;
    retry: Retry;
    /** Of the client's end. */
    signal: AbortSignal;
    fetch: typeof fetch;
    sessions: Sessions;
    /** Another for each connection; 0 without one. */
    readonly epoch: number;
    /** Tells whether there was a connection to say it on. */
    say(action: object): boolean;
    /** For tasks that no call of the application's waits for. */
    background(task: Promise<unknown>): void;
    /** One try to send a message. */
    send: Send;
    upload: Chat.ChatClient["uploadImage"];
    /** Says what went wrong without anybody to be told. */
    report(error: unknown): void;
    /** Loaded where the host has a storage. */
    store: Promise<PendingStore | undefined> | undefined;
  }

  interface ConnectionOptions {
    url: string;
    WebSocket: new (url: string, protocols: string[]) => Chat.WebSocketLike;
    getToken: GetToken;
    random: () => number;
    /** Any request, which tells what a handshake does not: whether the token is good. Never fails. */
    probe(): Promise<void>;
    onState(state: Chat.ConnectionState): void;
    onFrame(frame: Chat.Frame): void;
    onError(error: unknown): void;
  }

  interface ConversationOptions {
    core: Core;
    id: number;
    queue: SendQueue;
    onClose(): unknown;
  }

  interface InboxOptions {
    core: Core;
    status: Status;
    onClose(): unknown;
  }

  /** Something that is so until it is not, or for so long by this machine's clock. */
  interface Flag {
    isSet: boolean;
    set(isSet: boolean): void;
  }

  interface LifeOptions {
    core: Core;
    load(): Promise<void>;
    onFrame?(frame: Chat.Frame): void;
    onChanges: Watcher;
    onConnection?(): void;
  }

  interface ReadMarkOptions {
    core: Core;
    id: number;
    log: MessageLog;
    signal: AbortSignal;
    onMarked(): void;
  }

  /** A message on its way. */
  interface Entry {
    /** What the application sees of it. */
    message: Chat.PendingMessage;
    /** The keys of its images that are uploaded. */
    keys: string[];
    abort: AbortController;
    readUpToSeq?: number;
    /** Comes from the storage, where another tab may have it, too. */
    isRestored?: boolean;
    saving?: Promise<void>;
  }

  type NewEntry = (message: Chat.PendingMessage, facts?: Partial<Entry>) => Entry;
  type Update = (entry: Entry, status: Chat.PendingMessage["status"], error?: any) => void;
  /** Something to do with the store, if there is one; never fails. */
  type Keep = (task: (store: PendingStore) => Promise<void>) => Promise<void> | undefined;
  /** Tells whether it was there to deliver; calls `again` when another tab was at it, and has ended. */
  type Deliver = (
    session: number,
    entry: Entry,
    deliver: () => Promise<void>,
    again: () => void,
  ) => Promise<boolean>;
  type Note = (entry: Entry, facts?: Partial<Saved>) => Promise<void> | undefined;

  /** A message in the storage; plain data. */
  interface Saved {
    session_id: number;
    client_message_id: string;
    content: string;
    created_at: string;
    /** How many. */
    images: number;
    keys: string[];
    hasLeft: boolean;
    readUpToSeq?: number;
    /** Why it failed, if it did. */
    error?: { code: string; message: string; status: number };
  }
}
