// A view of the one session of a service in memory.
import assert from "node:assert/strict";
import { Service } from "./service.js";
import { online } from "./wait.js";

/** A conversation that is open and, unless told otherwise, live. */
export async function open(t, { role = "customer", before = () => {}, isLive = true, ...options } = {}) {
  const service = new Service(role);
  before(service);
  const client = service.client(options);
  t.after(() => client.close());
  const errors = [];
  client.on("error", (error) => errors.push(error));
  if (isLive) await online(client);
  const conversation = client.conversation(5);
  await conversation.open();
  const added = [];
  conversation.on("message", ({ seq }) => added.push(seq));
  return { service, client, conversation, errors, added };
}

export const seqs = ({ messages }) => messages.map(({ seq }) => seq);
export const asked = (service, what) => service.asked.filter((each) => each === what).length;
export const MESSAGES = "GET /sessions/5/messages";
export const SYNC = "GET /sync";
export const SEND = "POST /sessions/5/messages";

/** The view is what a fresh fetch gives. */
export function isFresh(service, conversation) {
  assert.deepEqual(conversation.messages, service.messages);
  assert.deepEqual(
    [conversation.customerReadSeq, conversation.dentistReadSeq],
    [service.marks.customer, service.marks.dentist],
  );
  assert.deepEqual(conversation.session, service.session);
  assert.deepEqual(conversation.pending, []);
  assert.equal(conversation.isStale, false);
}

/** Answers this request when told to. */
export function hold(service, what) {
  const held = {};
  const { intercept } = service;
  service.intercept = async (request, answer) => {
    if (request.what !== what) return intercept(request, answer);
    service.intercept = intercept;
    held.answered = await answer();
    await new Promise((resolve) => (held.release = resolve));
    return held.answered;
  };
  return held;
}
