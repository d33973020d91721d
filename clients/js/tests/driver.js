// The scenarios' driver of the JavaScript client; clients/scenarios/README.md says what it is told.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import WebSocketOfNode from "ws";
import { ChatClient, ChatError } from "../src/index.js";
import { folderStorage } from "./support/folder.js";
import { shows } from "./support/wait.js";

/** What the client leaves to its app, which may have a store of messages, or not. */
const LACKS = {
  draft: "it keeps no drafts: what is being written is the app's",
  gaps: "it shows a conversation without gaps: what is behind one is shown once that is filled",
  notification: "it keeps no messages on the device, and pushes to browsers are not the service's",
  search: "it keeps no messages on the device to search in",
};

/** A client as an app has it: its inbox is open, and so is each conversation that was looked at. */
class Device {
  #client;
  #entries = [];

  constructor([httpUrl, wsUrl, store, role, token]) {
    this.#client = new ChatClient({
      httpUrl,
      wsUrl,
      role,
      token: () => token,
      WebSocket: WebSocketOfNode,
      storage: folderStorage(store),
    });
    this.#client.connect();
    this.#opened(this.#client.inbox("all"));
  }

  // Tries until the service answers, and ends with the client.
  #opened(view) {
    view.open().catch((error) => error.code === "aborted" || console.error(error));
    return view;
  }

  #conversation(id) {
    return this.#opened(this.#client.conversation(id));
  }

  close = () => this.#client.close();
  network = () => this.#client.resume();
  sign_out = () => this.#client.signOut();
  register = (subscription) => this.#client.registerPlayer(subscription);
  archive = (session) => this.#client.updateSession(Number(session), { status: "archived" });
  correct = (session, seq, content) => this.#conversation(Number(session)).correct(Number(seq), content);
  retract = (session, seq) => this.#conversation(Number(session)).retract(Number(seq));
  typing = (session) => this.#conversation(Number(session)).typing(true);

  async create(other) {
    const isCustomer = this.#client.role === "customer";
    const session = await this.#client.createSession({ [isCustomer ? "dentist_id" : "customer_id"]: Number(other) });
    return { value: session.id };
  }

  async send(session, content, ...files) {
    const conversation = this.#conversation(Number(session));
    const images = await Promise.all(files.map(async (file) => new Blob([await readFile(file)])));
    const message = conversation.send({ content, images });
    this.#entries.push({ conversation, message });
    // From then on it survives the process.
    await shows(conversation, () => message.isSaved);
    return { value: this.#entries.length - 1 };
  }

  #entry(act, entry, ...change) {
    const { conversation, message } = this.#entries[entry];
    conversation[act](message, ...change);
  }

  retry = (entry) => this.#entry("retry", entry);
  discard = (entry) => this.#entry("discard", entry);
  edit = (entry, content) => this.#entry("edit", entry, { content });

  async read(session, seq) {
    const conversation = this.#conversation(Number(session));
    await shows(conversation, ({ messages }) => messages.at(-1)?.seq >= Number(seq));
    conversation.displayed(Number(seq));
  }

  async older(session) {
    const conversation = this.#conversation(Number(session));
    await conversation.open();
    await conversation.loadBefore();
  }

  view(id) {
    const conversation = this.#conversation(Number(id));
    const { session, messages, pending, hasMoreBefore } = conversation;
    const shown = { online: this.#client.connection.status === "online", typing: conversation.otherIsTyping };
    if (!session) return shown;
    const { role } = this.#client;
    const refused = pending.find(({ status }) => status === "failed");
    return {
      ...shown,
      texts: messages.map(({ content }) => content),
      mine: messages.map(({ sender_type }) => sender_type === role),
      read: messages.map(({ is_read }) => is_read),
      corrected: messages.map(({ corrected_at }) => corrected_at !== null),
      retracted: messages.map(({ retracted_at }) => retracted_at !== null),
      images: messages.map(({ images }) => images.length),
      gaps: messages.map(({ seq }, at) => at > 0 && seq !== messages[at - 1].seq + 1),
      queue: pending.map(({ content }) => content),
      refusal: refused?.error.code ?? null,
      has_older: hasMoreBefore,
      unread: session.unread_count,
      status: session.status,
      other: session[role === "customer" ? "dentist" : "customer"].id,
    };
  }
}

const devices = new Map();

/** Verbs whose result is their answer. */
const GIVING = ["create", "send", "view"];

async function carryOut(verb, name, words) {
  if (verb === "client") return { language: "JavaScript", lacks: LACKS };
  try {
    if (verb === "open") {
      devices.set(name, new Device(words));
      return {};
    }
    const result = await devices.get(name)[verb](...words);
    return GIVING.includes(verb) ? result : {};
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { error: error.code };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, name, ...words] = line.split(" ").map(decodeURIComponent);
  process.stdout.write(`${JSON.stringify(await carryOut(verb, name, words))}\n`);
}
// What is still waiting for an answer ends with it.
process.exit();
