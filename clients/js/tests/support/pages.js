// Pages that come after each other, or stand beside each other, over one storage.
import assert from "node:assert/strict";
import { Locks } from "./locks.js";
import { Service } from "./service.js";
import { Storage } from "./storage.js";
import { eventually } from "./wait.js";

export const away = () => {
  throw new TypeError("fetch failed");
};
export const never = () => new Promise(() => {});
export const saved = (conversation) => eventually(() => assert.ok(conversation.pending.every(({ isSaved }) => isSaved)));
export const stored = ({ messages }) => messages.map(({ content }) => content);
export const isEmpty = (storage) =>
  eventually(() => assert.deepEqual([...storage.values].flat(), storage.values.size ? ["chat.pending", "[]"] : []));

/** A page: a client with the storage that an earlier one has left. */
export function page(t, { service = new Service(), storage = new Storage(), locks = Locks.install(t), ...options } = {}) {
  const client = service.client({ random: () => 0.01, storage, ...options });
  t.after(() => client.close());
  const errors = [];
  client.on("error", (error) => errors.push(error));
  return { service, storage, locks, client, errors, conversation: client.conversation(5) };
}

/** The page ends at this instant: what it does after that, nobody sees. */
export function reload(t, { service, storage, locks, client }, options) {
  const left = storage.copy();
  locks?.end();
  client.close();
  const next = new Service();
  Object.assign(next, { messages: service.messages, marks: service.marks });
  service.intercept = away;
  return page(t, { service: next, storage: left, locks, ...options });
}
