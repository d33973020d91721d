import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocketOfNode from "ws";
import { MESSAGES, SEND, asked, isFresh, open } from "./support/conversation.js";
import { gateway } from "./support/service.js";
import { needsStack, newConversation } from "./support/stack.js";
import { eventually, online, settled, shows } from "./support/wait.js";

const READ = "POST /sessions/5/read";
const connectionOf = ({ headers }) => headers["chat-connection"];

/** A conversation whose connection knows its name, and what requests name it. */
async function named(t, options) {
  const opened = await open(t, options);
  const { service } = opened;
  const names = [];
  service.intercept = (request, answer) => {
    if (!request.what.startsWith("GET")) names.push([request.what, connectionOf(request)]);
    return answer();
  };
  service.tell({ type: "pong", connection_id: "L0SM9cOFvHcCIhw=" });
  return { ...opened, names };
}

test("what is sent names its connection, and is shown without an echo", async (t) => {
  const { service, conversation, names, added } = await named(t);
  conversation.send({ content: "Hello" });
  await shows(conversation, ({ messages }) => messages.length === 1);
  assert.deepEqual(names, [[SEND, "L0SM9cOFvHcCIhw="]]);
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual([added, asked(service, MESSAGES)], [[1], 0]);
});

test("an inbox shows what was sent without an echo", async (t) => {
  const { service, client, conversation } = await named(t);
  const inbox = client.inbox();
  await inbox.open();
  conversation.send({ content: "Hello" });
  await shows(inbox, ({ sessions }) => sessions[0].last_seq === 1);
  assert.deepEqual(inbox.sessions, [service.session]);
});

test("a mark is moved by its answer, and since when messages are read is fetched if that does not tell", async (t) => {
  const before = (service) => [1, 2, 3].forEach(() => service.store("dentist"));
  const { service, conversation, names } = await named(t, { before });
  conversation.displayed(2);
  await shows(conversation, ({ customerReadSeq }) => customerReadSeq === 2);
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual(names, [[READ, "L0SM9cOFvHcCIhw="]]);
});

test("a mark whose answer tells everything is fetched by nobody", async (t) => {
  const before = (service) => [1, 2, 3].forEach(() => service.store("dentist"));
  const { service, conversation } = await named(t, { before });
  service.intercept = async ({ what }, answer) => {
    const answered = await answer();
    if (what !== READ) return answered;
    const { read_at } = service.lastRead;
    return Response.json({ ...(await answered.json()), read_at, unread_count: service.session.unread_count });
  };
  const before_ = service.asked.length;
  conversation.displayed(2);
  await shows(conversation, ({ customerReadSeq }) => customerReadSeq === 2);
  await settled();
  isFresh(service, conversation);
  assert.equal(service.asked.length, before_ + 1);
});

test("a message that moves the mark says so, and both are shown", async (t) => {
  const before = (service) => [1, 2, 3].forEach(() => service.store("dentist"));
  const { service, conversation } = await named(t, { before });
  const drafts = [];
  service.intercept = ({ what, body }, answer) => {
    if (what !== SEND) return answer();
    drafts.push(body);
    service.read("customer", body.read_up_to_seq);
    const { read_up_to_seq: _, ...message } = body;
    return Response.json(service.store("customer", message).message, { status: 201 });
  };
  conversation.send({ content: "Thanks" }, { readUpToSeq: 3 });
  await shows(conversation, ({ messages }) => messages.length === 4);
  await eventually(() => isFresh(service, conversation));
  assert.deepEqual([drafts[0].read_up_to_seq, conversation.customerReadSeq], [3, 3]);
});

test("without being told to, a message moves no mark", async (t) => {
  const { service, conversation } = await named(t);
  const drafts = [];
  service.intercept = ({ what, body }, answer) => {
    if (what === SEND) drafts.push(body);
    return answer();
  };
  conversation.send({ content: "Thanks" });
  await shows(conversation, ({ messages }) => messages.length === 1);
  assert.ok(!("read_up_to_seq" in drafts[0]));
});

test("the name is asked for when it is first of use, once, and a service without names is asked once, too", async (t) => {
  const { service, client, conversation } = await open(t);
  assert.deepEqual(service.said, []);
  conversation.send({ content: "One" });
  await shows(conversation, ({ messages }) => messages.length === 1);
  assert.deepEqual(service.said, [{ action: "ping" }]);
  service.tell({ type: "pong" });
  conversation.send({ content: "Two" });
  await shows(conversation, ({ messages }) => messages.length === 2);
  await client.markRead(5, 0);
  assert.deepEqual(service.said, [{ action: "ping" }]);
});

test("a connection that is gone is named no more", async (t) => {
  const { service, client, conversation, names } = await named(t);
  client.disconnect();
  conversation.send({ content: "One" });
  await eventually(() => assert.equal(service.messages.length, 1));
  await online(client);
  conversation.send({ content: "Two" });
  await eventually(() => assert.equal(service.messages.length, 2));
  assert.deepEqual(
    names.map(([, name]) => name),
    [undefined, undefined],
  );
  service.tell({ type: "pong", connection_id: "another" });
  await client.updateSession(5, { status: "active" }).catch(() => {});
  assert.deepEqual(names.at(-1), ["PATCH /sessions/5", "another"]);
});

test("reading names nothing", async (t) => {
  const { service, client } = await named(t);
  let name = "none";
  service.intercept = (request, answer) => {
    name = connectionOf(request);
    return answer();
  };
  await client.getSession(5);
  assert.equal(name, undefined);
});

test("a change of a session is shown without an echo, and fetched when its answer is lost", async (t) => {
  const { service, client, conversation } = await named(t);
  const inbox = client.inbox("all");
  await inbox.open();
  let isLost = false;
  service.intercept = ({ what, body }, answer) => {
    if (what !== "PATCH /sessions/5") return answer();
    const { session } = service.update(body.status);
    return isLost ? gateway(504, "Gateway Timeout") : Response.json(session);
  };
  await client.updateSession(5, { status: "archived" });
  assert.deepEqual([conversation.session.status, inbox.sessions[0].status], ["archived", "archived"]);
  isLost = true;
  await assert.rejects(client.updateSession(5, { status: "active" }), { status: 504 });
  await shows(inbox, ({ sessions }) => sessions[0].status === "active");
  await eventually(() => isFresh(service, conversation));
});

test("the service tells the connection that a request names nothing of it", needsStack, async (t) => {
  const heard = [];
  class Listening extends WebSocketOfNode {
    constructor(...parameters) {
      super(...parameters);
      const frames = [];
      heard.push(frames);
      this.on("message", (data) => frames.push(JSON.parse(data)));
    }
  }
  const { id, customers, dentists } = await newConversation(t, { WebSocket: Listening });
  await online(customers);
  await online(dentists);
  const [own] = heard;
  const [customer, dentist] = [customers.conversation(id), dentists.conversation(id)];
  await Promise.all([customer.open(), dentist.open()]);
  const hears = (type, member) =>
    eventually(() => assert.ok(own.some((frame) => frame.type === type && [frame.seq, frame.reader].includes(member))));
  // Its name is asked for when it is first of use.
  customer.send({ content: "Hello" });
  await eventually(() => assert.ok(own.some(({ type, connection_id }) => type === "pong" && connection_id)));
  await shows(dentist, ({ messages }) => messages.length === 1);
  customer.send({ content: "My crown feels loose." });
  await shows(dentist, ({ messages }) => messages.length === 2);
  dentist.send({ content: "Come by at four." });
  await hears("message.created", 3);
  customer.displayed(3);
  await shows(dentist, ({ customerReadSeq }) => customerReadSeq === 3);
  dentist.displayed(2);
  await hears("messages.read", "dentist");
  const echoes = own.filter(({ seq, reader }) => seq === 2 || reader === "customer");
  assert.deepEqual(echoes, []);
});
