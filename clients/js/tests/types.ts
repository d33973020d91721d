// Checked by the compiler, never run: that the sources are what index.d.ts says, and that index.d.ts
// allows what applications do and refuses what they should not.
import WebSocketOfNode from "ws";
import * as chat from "../src/index.js";
import { indexedDbStorage } from "../src/storage/indexed-db.js";
import { ChatClient } from "../src/client.js";
import { Conversation } from "../src/conversation.js";
import { Emitter } from "../src/emitter.js";
import { ChatError } from "../src/http.js";
import { Inbox } from "../src/inbox.js";

/** Both have the same members, with the same types; private ones do not count. */
type Same<A, B> = (<T>() => T extends Members<A> ? 1 : 2) extends <T>() => T extends Members<B> ? 1 : 2 ? true : false;
type Members<T> = { [Name in keyof T]: T[Name] };
type Keys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;
const isSame = <_ extends true>() => {};

// The sources have every member with its type (`@implements` says so there), and no other.
isSame<Keys<ChatClient, chat.ChatClient>>();
isSame<Keys<Conversation, chat.Conversation>>();
isSame<Keys<Inbox, chat.Inbox>>();
isSame<Keys<ChatError, chat.ChatError>>();
isSame<Same<Emitter<{ a: 1 }>, chat.Emitter<{ a: 1 }>>>();
const constructor: new (options: chat.ChatOptions) => chat.ChatClient = ChatClient;
type Values =
  | "ChatClient"
  | "ChatError"
  | "Conversation"
  | "Emitter"
  | "Inbox"
  | "imageType"
  | "isBlank";
isSame<Keys<Record<Values, 0>, typeof chat>>();

export async function everything(image: Blob): Promise<void> {
  const client = new chat.ChatClient({
    httpUrl: "https://chat.example.com",
    wsUrl: "wss://live.example.com/default",
    role: "customer",
    token: async ({ expired }) => (expired ? "new" : "old"),
    WebSocket: WebSocketOfNode,
    fetch: globalThis.fetch,
    storage: indexedDbStorage("chat-customer-42"),
    random: Math.random,
  });
  const role: chat.Role = client.role;
  const stop: () => void = client.on("connection", ({ status, retryAt }) => {
    const wait: number | undefined = status === "waiting" ? retryAt?.getTime() : undefined;
    return wait;
  });
  client.on("frame", (frame) => {
    if (frame.type === "message.created") frame.message.content.trim();
    if (frame.type === "messages.read") frame.reader satisfies chat.Role;
    if (frame.type === "session.created" || frame.type === "session.updated") frame.session.unread_count.toFixed();
    if (frame.type === "typing") frame.typing satisfies boolean;
    if (frame.type === "error") frame.code.trim();
    // @ts-expect-error: only a message's frame has a message
    frame.message;
  });
  client.on("error", (error: ChatError) => [
    error.code,
    error.status,
    error.retryable,
    error.retryAfter,
    error.requestId,
  ]);
  // @ts-expect-error: there is no such event
  client.on("closed", () => {});
  client.connect();
  await client.restored;
  client.resume();
  // @ts-expect-error: not the application's to set
  client.role = "dentist";

  const page: chat.SessionPage = await client.listSessions({ status: "all", limit: 5, cursor: "abc" });
  await client.listSessions();
  // @ts-expect-error: there is no such status
  await client.listSessions({ status: "open" });
  const session: chat.Session = await client.createSession({ dentist_id: 7 });
  await client.createSession({ customer_id: 42 });
  // @ts-expect-error: by id, not by name
  await client.createSession({ dentist: "Dr. Vogt" });
  await client.updateSession((await client.getSession(5)).id, { status: "archived" });
  const draft = { client_message_id: "67e55044-10b1-426f-9247-bb680e5fe0c8", content: "Hello", image_urls: [] };
  const message: chat.Message = await client.sendMessage(session.id, draft);
  // @ts-expect-error: without its name a message could not be sent again
  await client.sendMessage(session.id, { content: "Hello" });
  const messages: chat.MessagePage = await client.listMessages(5, { around: message.seq, limit: 10 });
  await client.listMessages(5, { after: 0 });
  await client.listMessages(5, { before: 9 });
  const mark: chat.ReadMark = await client.markRead(5, messages.last_seq);
  const upload: chat.Upload = await client.createUpload(5, { content_type: "image/png", content_length: 9 });
  // @ts-expect-error: not a type of image that is taken
  await client.createUpload(5, { content_type: "image/gif", content_length: 9 });
  const player: chat.Player = await client.registerPlayer("ea31cadc-7d15-4135-8828-d2392a26d16c");
  const nothing: void = await client.unregisterPlayer();
  const { signal } = new AbortController();
  const key: string = await client.uploadImage(5, image, { onProgress: (fraction) => fraction.toFixed(), signal });

  await talk(client.conversation(session.id), image);
  await list(client.inbox(), client.inbox("archived"));
  stop();
  client.disconnect();
  client.close();
  console.log(role, page, mark, upload, player, nothing, key, client.connection.status, constructor);
}

async function talk(conversation: chat.Conversation, image: Blob): Promise<void> {
  conversation.on("change", () => conversation.messages.map(({ seq, is_read }) => [seq, is_read]));
  conversation.on("message", (message) => message.images.map(({ url }) => url));
  await conversation.open();
  await conversation.loadBefore();
  await conversation.catchUp();
  const sent: chat.PendingMessage = conversation.send({ content: "Look", images: [image] });
  conversation.send({});
  if (sent.status === "failed" && sent.error?.code === "session_archived") conversation.discard(sent);
  conversation.retry(sent);
  const isChanged: boolean = conversation.edit(sent, { content: "Look here" }) || conversation.discard(sent);
  conversation.send({ content: "Thank you" }, { readUpToSeq: 3 });
  conversation.displayed(conversation.messages.length);
  conversation.typing(true);
  const { customerReadSeq, dentistReadSeq, hasMoreBefore, isStale, otherIsTyping, pending, session } = conversation;
  const fresh: chat.Message = await conversation.refreshImages(1);
  // @ts-expect-error: a session that is not there yet
  session.id;
  // @ts-expect-error: what is shown is the client's to change
  conversation.messages.push(fresh);
  // @ts-expect-error: ChatClient.conversation makes them
  new chat.Conversation();
  conversation.close();
  console.log(
    customerReadSeq + dentistReadSeq,
    hasMoreBefore,
    isStale,
    otherIsTyping,
    pending[0]?.progress,
    sent.images,
    [sent.hasLeft, sent.isSaved, isChanged, chat.isBlank(sent.content), chat.imageType(new Uint8Array(256))],
  );
}

async function list(active: chat.Inbox, archived: chat.Inbox): Promise<void> {
  active.on("change", () =>
    active.sessions.map(({ last_message, unread_count }) => [last_message?.content, unread_count]),
  );
  await Promise.all([active.open(), archived.open()]);
  if (active.hasMore && active.isLoaded) await active.loadMore();
  // @ts-expect-error: what is shown is the client's to change
  active.sessions = [];
  active.close();
}

/** AsyncStorage with JSON, say. */
export const storage: chat.ChatStorage = {
  get: async (key) => JSON.parse(key),
  set: async (key, value) => `${key}${JSON.stringify(value)}`,
};

// Both the browser's WebSocket and the package `ws` can be passed in.
export const sockets: (chat.ChatOptions["WebSocket"] | undefined)[] = [WebSocket, WebSocketOfNode];

const options = { httpUrl: "", wsUrl: "", role: "customer", token: () => "" } as const;
export const least = new chat.ChatClient(options);
// @ts-expect-error: nobody is signed in
export const nobody = new chat.ChatClient({ httpUrl: "", wsUrl: "", role: "customer" });
// @ts-expect-error: no side of the conversation
export const admin = new chat.ChatClient({ ...options, role: "admin" });
