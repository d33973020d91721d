/**
 * What the sources share among themselves; nothing here is for applications.
 *
 * - `client.js` puts everything together: operations by HTTP, one connection, views and queues.
 * - `http.js` makes one try of a request, with a token that it keeps until it is due. `backoff.js` tries
 *   again, and makes sure that a task runs one at a time. `upload.js` brings an image to the object store.
 * - `connection.js` keeps one WebSocket open, and drops it when it is silent, or too old for its token.
 * - `life.js` opens, reloads and ends a view. Frames begin with what is committed once a connection is
 *   open, so that a view fetches after that, and applies frames to what it fetched.
 * - `conversation.js` shows one session. Its `message-log.js` holds messages without gaps: a frame that
 *   is not the next one only tells that something is to be fetched. Read marks move by frames and pages;
 *   a frame also tells since when messages are read, but only those behind the mark before it. When a mark
 *   was missed, the messages are fetched again.
 * - `live-session.js` keeps one session's numbers: frames change them where they suffice, and else the
 *   session is fetched, and the frames that came meanwhile are applied once more. `inbox.js` keeps a list
 *   of these: always the beginning of the whole list, without gaps.
 * - `send-queue.js` sends one message after the other, and outlives its view. A message leaves it in the
 *   same step in which the log takes the stored one.
 * - `read-marks.js` and `typing.js` tell the other side what the user sees and does.
 *
 * What is compressed and sent to browsers is `*.js` only, so that whatever types can say is said here, and
 * these names are known in every source without an import.
 */
import * as Api from "./index.js";
import type { MessageLog } from "./message-log.js";
import type { SendQueue } from "./send-queue.js";

declare global {
  export import Chat = Api;
  type Status = Chat.SessionStatus | "all";
  type ReadFrame = Extract<Chat.Frame, { type: "messages.read" }>;

  /** Gives the token, another one if this one was refused. */
  type GetToken = (refused?: string) => Promise<string>;
  /** One try of a request. */
  type Operation = (method: string, path: string, body?: object) => Promise<any>;
  /** Runs a task until it succeeds or fails for good. */
  type Retry = <T>(
    task: () => Promise<T>,
    signal: AbortSignal,
    onRetry?: (error: Chat.ChatError) => void,
  ) => Promise<T>;
  /** One exchange with a server, which ends when it takes too long; `restart` allows for more. */
  type Exchange<T> = (signal: AbortSignal, restart: (limit: number) => void) => Promise<T>;
  /** One try of an upload; gives the answer's status. */
  type Put = (
    upload: Chat.Upload,
    image: Blob,
    signal: AbortSignal,
    onProgress: (fraction: number) => void,
  ) => Promise<number>;
  /** The session after something happened; nothing when only the service knows. */
  type Advance<Event> = (session: Chat.Session, event: Event, role: Chat.Role) => Chat.Session | undefined;

  /** What the views use of the client. */
  interface Core {
    client: Chat.ChatClient;
    role: Chat.Role;
    retry: Retry;
    fetch: typeof fetch;
    /** Another for each connection; 0 without one. */
    readonly epoch: number;
    /** Tells whether there was a connection to say it on. */
    say(action: object): boolean;
    /** For tasks that no call of the application's waits for. */
    background(task: Promise<unknown>): void;
  }

  interface ConnectionOptions {
    url: string;
    WebSocket: new (url: string, protocols: string[]) => Chat.WebSocketLike;
    getToken: GetToken;
    random: () => number;
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

  interface LiveSessionOptions {
    core: Core;
    id: number;
    onChange(): void;
  }

  /** Something that is so until it is not, or for so long by this machine's clock. */
  interface Flag {
    isSet: boolean;
    set(isSet: boolean): void;
  }

  interface LifeOptions {
    core: Core;
    load(): Promise<void>;
    onFrame(frame: Chat.Frame): void;
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
  }
}
