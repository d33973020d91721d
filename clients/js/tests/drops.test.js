// Connections are cut and answers are lost at random while both sides write and read, against a running
// stack. In the end nothing is missing, nothing is there twice, and every view is what a fresh fetch gives.
// SEED repeats a run's decisions.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocketOfNode from "ws";
import { needsStack, newClient, newConversation } from "./support/stack.js";
import { eventually, shows } from "./support/wait.js";

const CUTS = 50;
const SENDS = 250;
const LIMIT = 600_000;
const LOST_ANSWERS = 0.08;
const LOST_REQUESTS = 0.04;
const HALF_ANSWERS = 0.02;

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

/** A mulberry32 generator: the same numbers for the same seed. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A network for one side: its connection can be cut, and it loses some requests and answers. */
function brokenNetwork(random) {
  const network = { isBroken: true, lost: 0, socket: undefined };
  network.WebSocket = class extends WebSocketOfNode {
    constructor(...given) {
      super(...given);
      network.socket = this;
    }
  };
  network.fetch = async (url, init) => {
    const fate = network.isBroken ? random() : 1;
    if (fate < LOST_ANSWERS + LOST_REQUESTS + HALF_ANSWERS) network.lost += 1;
    if (fate < LOST_REQUESTS) throw new TypeError("the request was lost");
    const answer = await fetch(url, init);
    const body = await answer.text();
    if (fate < LOST_REQUESTS + LOST_ANSWERS) throw new TypeError("the answer was lost");
    const half = fate < LOST_REQUESTS + LOST_ANSWERS + HALF_ANSWERS;
    const { status, headers } = answer;
    return new Response(half ? body.slice(0, body.length / 2) : body, { status, headers });
  };
  // Nobody says good-bye, and what is on its way is gone.
  network.cut = () => network.socket.terminate();
  network.isUp = () => network.socket?.readyState === WebSocketOfNode.OPEN;
  return network;
}

/** One side, whose every change is looked at: what was sent is shown exactly once, pending or stored. */
function watch(conversation, role) {
  const sent = [];
  const seen = [];
  const check = () => {
    const shown = [
      ...conversation.messages.filter(({ sender_type }) => sender_type === role),
      ...conversation.pending,
    ].map(({ client_message_id }) => client_message_id);
    assert.equal(new Set(shown).size, shown.length, "an own message is shown twice");
    // A view that missed many messages has begun again with the newest ones.
    if (!conversation.hasMoreBefore) assert.equal(shown.length, sent.length, "an own message is not shown");
    const seqs = conversation.messages.map(({ seq }) => seq);
    assert.ok(
      seqs.every((seq, at) => seq === seqs[0] + at),
      "there is a gap",
    );
  };
  let failure;
  conversation.on("change", () => {
    try {
      check();
    } catch (error) {
      failure ??= error;
    }
  });
  conversation.on("message", ({ seq }) => seen.push(seq));
  const send = (content) => {
    // The queue tells of the message before it is in our hands.
    sent.push(content);
    conversation.send({ content });
  };
  return { sent, seen, send, isSound: () => assert.ifError(failure) };
}

/** Cuts one side's connection each time so many messages have come, until all cuts are done. */
async function cutting(networks, conversation, random) {
  const after = Array.from({ length: CUTS }, () => Math.floor(random() * 2 * SENDS * 0.96)).sort((a, b) => a - b);
  for (const [at, count] of after.entries()) {
    await shows(conversation, ({ messages }) => (messages.at(-1)?.seq ?? 0) >= count, LIMIT);
    const network = networks[random() < 0.5 ? 0 : 1];
    await eventually(() => assert.ok(network.isUp(), `no connection to cut for the ${at + 1}. time`), LIMIT);
    network.cut();
  }
}

/** Sends everything, a few at a time, as people and programs do. */
async function sending(side, conversation, role, random) {
  while (side.sent.length < SENDS) {
    const burst = Math.min(1 + Math.floor(random() * 6), SENDS - side.sent.length);
    for (let each = 0; each < burst; each += 1) side.send(`${role} ${side.sent.length}`);
    const most = Math.floor(random() * 4);
    await shows(conversation, ({ pending }) => pending.length <= most, LIMIT);
  }
}

async function everyMessage(client, id) {
  const messages = [];
  for (;;) {
    const page = await client.listMessages(id, { after: messages.length, limit: 100 });
    messages.push(...page.messages);
    if (!page.has_more_after) return { ...page, messages };
  }
}

/** Everything that a side shows is what it gets when it asks anew. */
const isFresh = (client, conversation, inbox) =>
  eventually(async () => {
    const id = conversation.sessionId;
    const page = await everyMessage(client, id);
    assert.deepEqual(conversation.messages, page.messages);
    assert.deepEqual(
      [conversation.customerReadSeq, conversation.dentistReadSeq],
      [page.customer_read_seq, page.dentist_read_seq],
    );
    const session = await client.getSession(id);
    assert.deepEqual(conversation.session, session);
    assert.deepEqual(inbox.sessions, (await client.listSessions()).sessions);
    assert.deepEqual([conversation.pending, conversation.isStale], [[], false]);
    return { messages: page.messages, session };
  });

const options = { ...needsStack, timeout: LIMIT };

test(`${CUTS} lost connections and many lost answers lose nothing and double nothing`, options, async (t) => {
  t.diagnostic(`SEED=${seed}`);
  const random = generator(seed);
  const people = await newConversation(t);
  const networks = [0, 1].map((side) => brokenNetwork(generator(seed + 1 + side)));
  // Short pauses, so that it takes seconds.
  const pauses = generator(seed + 3);
  const clients = [people.customer, people.dentist].map((person, at) => {
    const { fetch, WebSocket } = networks[at];
    return newClient(person, { fetch, WebSocket, random: () => pauses() * 0.02 });
  });
  t.after(() => clients.forEach((client) => client.close()));
  const views = clients.map((client) => client.conversation(people.id));
  const inboxes = clients.map((client) => client.inbox());
  clients.forEach((client) => client.connect());
  await Promise.all([...views, ...inboxes].map((view) => view.open()));
  const sides = views.map((view, at) => watch(view, clients[at].role));
  // The dentist looks at every message, the customer at some.
  views[1].on("message", ({ seq }) => views[1].displayed(seq));
  views[0].on("message", ({ seq }) => seq % 7 === 0 && seq < SENDS * 1.8 && views[0].displayed(seq));

  const started = performance.now();
  await Promise.all([
    cutting(networks, views[0], random),
    ...views.map((view, at) => sending(sides[at], view, clients[at].role, generator(seed + 4 + at))),
  ]);
  for (const view of views) {
    await shows(view, ({ messages, pending }) => messages.at(-1)?.seq === 2 * SENDS && !pending.length, LIMIT);
  }
  views[1].displayed(2 * SENDS);
  networks.forEach((network) => (network.isBroken = false));
  const restarts = views.map(({ hasMoreBefore }) => hasMoreBefore);
  for (const view of views) while (view.hasMoreBefore) await view.loadBefore();

  const fresh = await Promise.all(
    [people.customers, people.dentists].map((asking, at) => isFresh(asking, views[at], inboxes[at])),
  );
  const [{ messages, session }] = fresh;
  for (const [at, { sent, seen, isSound }] of sides.entries()) {
    isSound();
    const stored = messages.filter(({ sender_type }) => sender_type === clients[at].role);
    assert.deepEqual(
      stored.map(({ content }) => content),
      sent,
    );
    const all = messages.map(({ seq }) => seq);
    // What comes with the newest ones after many were missed is not told one by one.
    assert.deepEqual(seen, restarts[at] ? all.filter((seq) => seen.includes(seq)) : all);
  }
  assert.ok(session.unread_count > 0 && fresh[1].session.unread_count === 0);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const lost = networks.reduce((sum, network) => sum + network.lost, 0);
  t.diagnostic(`${messages.length} messages, ${CUTS} cuts, ${lost} requests or answers lost, ${seconds} s`);
});
