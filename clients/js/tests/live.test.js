// Against a running stack.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { needsStack, newClient, newConversation, newPeople, newToken } from "./support/stack.js";
import { eventually, online, shows } from "./support/wait.js";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const image = () => new Blob([png], { type: "image/png" });

/** Both sides, connected, with their views of their session open. */
async function start(t, options) {
  const started = await newConversation(t, options);
  const { id, customers, dentists } = started;
  await Promise.all([online(customers), online(dentists)]);
  const [customer, dentist] = [customers.conversation(id), dentists.conversation(id)];
  await Promise.all([customer.open(), dentist.open()]);
  return { ...started, customer, dentist };
}

const withoutUrls = (message) => message && { ...message, images: message.images.map(({ key }) => key) };

/** What the views show is what a fresh fetch gives, but for signed URLs. */
const isFresh = (client, conversation, inbox) =>
  eventually(async () => {
    const id = conversation.sessionId;
    const [page, session] = await Promise.all([client.listMessages(id, { limit: 100 }), client.getSession(id)]);
    assert.deepEqual(conversation.messages.map(withoutUrls), page.messages.map(withoutUrls));
    assert.equal(conversation.customerReadSeq, page.customer_read_seq);
    assert.equal(conversation.dentistReadSeq, page.dentist_read_seq);
    const view = (each) => ({ ...each, last_message: withoutUrls(each.last_message) });
    assert.deepEqual(view(conversation.session), view(session));
    if (!inbox) return;
    const { sessions } = await client.listSessions({ status: "active", limit: 100 });
    assert.deepEqual(inbox.sessions.map(view), sessions.map(view));
  });

test("both sides write, read and see the same", needsStack, async (t) => {
  const { customers, dentists, customer, dentist } = await start(t);
  const inboxes = [customers.inbox(), dentists.inbox()];
  await Promise.all(inboxes.map((inbox) => inbox.open()));
  const sent = customer.send({ content: "My crown feels loose." });
  await shows(dentist, ({ messages }) => messages.length === 1);
  await shows(customer, ({ pending }) => pending.length === 0);
  assert.equal(customer.messages[0].client_message_id, sent.client_message_id);
  dentist.displayed(1);
  await shows(customer, ({ messages }) => messages[0].is_read);
  dentist.send({ content: "Come by at four." });
  dentist.send({ content: "Or at five." });
  await shows(customer, ({ messages }) => messages.length === 3);
  await eventually(() => assert.equal(inboxes[0].sessions[0].unread_count, 2));
  customer.displayed(2);
  await isFresh(customers, customer, inboxes[0]);
  await isFresh(dentists, dentist, inboxes[1]);
  assert.equal(inboxes[0].sessions[0].unread_count, 1);
});

test("a side sees the other one write, until it sends", needsStack, async (t) => {
  const { customer, dentist } = await start(t);
  dentist.typing(true);
  await shows(customer, ({ otherIsTyping }) => otherIsTyping);
  dentist.send({ content: "Hello" });
  await shows(customer, ({ otherIsTyping }) => !otherIsTyping);
});

test("images are sent, seen, and seen again by fresh URLs", needsStack, async (t) => {
  const { customer, dentist } = await start(t);
  const sent = customer.send({ content: "Look", images: [image(), image()] });
  const progress = [];
  customer.on("change", () => progress.push(sent.progress));
  await shows(dentist, ({ messages }) => messages.length === 1);
  assert.ok(progress.includes(0.5) && progress.includes(1));
  const fetched = async ({ url }) => Buffer.from(await (await fetch(url)).arrayBuffer());
  assert.equal(dentist.messages[0].images.length, 2);
  for (const each of dentist.messages[0].images) assert.deepEqual(await fetched(each), png);
  const message = await dentist.refreshImages(1);
  assert.equal(dentist.messages[0], message);
  assert.deepEqual(await fetched(message.images[1]), png);
});

test("what is corrected and taken back is so for both sides, and its image is served no more", needsStack, async (t) => {
  const { customers, dentists, customer, dentist } = await start(t);
  customer.send({ content: "Ten milligrams" });
  customer.send({ content: "The wrong patient", images: [image()] });
  await shows(dentist, ({ messages }) => messages.length === 2);
  const [{ url }] = dentist.messages[1].images;
  await shows(customer, ({ messages }) => messages.length === 2);
  await customer.correct(1, "One milligram");
  await customer.retract(2);
  await shows(dentist, ({ messages }) => messages[0].corrected_at && messages[1].retracted_at);
  await isFresh(customers, customer);
  await isFresh(dentists, dentist);
  await eventually(async () => assert.equal((await fetch(url)).status, 403));
  await assert.rejects(dentist.retract(1), { code: "forbidden", status: 403 });
  await assert.rejects(customer.correct(2, "Back again"), { code: "message_retracted", status: 409 });
});

test("a photo of each kind arrives without its metadata, wherever it was taken", needsStack, async (t) => {
  const { id, customers } = await newConversation(t);
  const folder = new URL("../../vectors/photos/", import.meta.url);
  for (const { name } of JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"))) {
    const photo = new Blob([readFileSync(new URL(name, folder))]);
    const key = await customers.uploadImage(id, photo);
    // The service refuses an image that says where it was taken.
    const message = { client_message_id: randomUUID(), image_urls: [key] };
    const stored = await customers.sendMessage(id, message).catch((error) => error);
    assert.deepEqual([name, stored.image_urls], [name, [key]]);
  }
});

test("an image that is none fails its message, and the next one goes on when it is taken back", needsStack, async (t) => {
  const { customer, dentist } = await start(t);
  const sent = customer.send({ images: [new Blob(["no image"], { type: "image/png" })] });
  customer.send({ content: "Hello" });
  await shows(customer, () => sent.status === "failed");
  assert.deepEqual([sent.error.code, sent.error.status], ["invalid_request", 0]);
  customer.discard(sent);
  await shows(dentist, ({ messages }) => messages.length === 1);
  await shows(customer, ({ messages }) => messages.length === 1);
  assert.deepEqual(customer.pending, []);
});

test("an upload cannot overwrite, so that a second one to the same URL was done before", needsStack, async (t) => {
  let isLost = true;
  const losing = async (url, init) => {
    const answer = await fetch(url, init);
    if (init?.method !== "PUT" || !isLost) return answer;
    isLost = false;
    throw new TypeError("the answer was lost");
  };
  const { id, customers, customer, dentist } = await start(t, { fetch: losing, random: () => 0.01 });
  const key = await customers.uploadImage(id, image());
  assert.equal(isLost, false);
  await customers.sendMessage(id, { client_message_id: randomUUID(), image_urls: [key] });
  for (const view of [customer, dentist]) await shows(view, ({ messages }) => messages[0]?.image_urls[0] === key);
});

test("an archived session takes no messages until it is opened again", needsStack, async (t) => {
  const { id, customers, dentists, customer } = await start(t);
  const [active, archive] = [customers.inbox(), customers.inbox("archived")];
  await Promise.all([active.open(), archive.open()]);
  await dentists.updateSession(id, { status: "archived" });
  await shows(customer, ({ session }) => session.status === "archived");
  await eventually(() => assert.deepEqual([active.sessions.length, archive.sessions.length], [0, 1]));
  const sent = customer.send({ content: "Hello?" });
  await shows(customer, () => sent.status === "failed");
  assert.equal(sent.error.code, "session_archived");
  await dentists.updateSession(id, { status: "active" });
  await eventually(() => assert.deepEqual([active.sessions.length, archive.sessions.length], [1, 0]));
  customer.retry(sent);
  await shows(customer, ({ messages }) => messages[0]?.content === "Hello?");
  await isFresh(customers, customer, active);
});

test("a long conversation is loaded page by page", needsStack, async (t) => {
  const { id, customers, dentists, dentist } = await start(t);
  const send = (client, content) => client.sendMessage(id, { client_message_id: randomUUID(), content });
  // As many as the service takes of each side at once.
  for (const client of [customers, dentists]) {
    await Promise.all(Array.from({ length: 30 }, (_, at) => send(client, `Message ${at}`)));
  }
  await shows(dentist, ({ messages }) => messages.length === 60);
  await isFresh(dentists, dentist);
  dentist.close();
  const again = dentists.conversation(id);
  await again.open();
  assert.deepEqual([again.messages[0].seq, again.messages.length, again.hasMoreBefore], [11, 50, true]);
  await again.loadBefore();
  assert.deepEqual(
    again.messages.map(({ seq }) => seq),
    Array.from({ length: 60 }, (_, at) => at + 1),
  );
  assert.equal(again.hasMoreBefore, false);
});

test("what the service refuses is an error with its code", needsStack, async (t) => {
  const { id, customers, dentists } = await newConversation(t);
  await assert.rejects(customers.createSession({ dentist_id: 999_999 }), { code: "unknown_dentist", status: 404 });
  await assert.rejects(customers.updateSession(id, { status: "archived" }), { code: "forbidden", status: 403 });
  await assert.rejects(dentists.listMessages(id, { limit: 101 }), (error) => {
    const { code, status, retryable, errors, requestId } = error;
    assert.deepEqual([code, status, retryable, errors[0].field], ["invalid_request", 400, false, "limit"]);
    assert.ok(requestId);
    return true;
  });
  await assert.rejects(newClient({ role: "customer", subject: randomUUID() }).listSessions(), { code: "unknown_user" });
});

test("a customer's phone is registered and forgotten", needsStack, async (t) => {
  const { customers } = await newConversation(t);
  const phone = randomUUID();
  assert.equal((await customers.registerPlayer(phone)).onesignal_player_id, phone);
  assert.equal(await customers.unregisterPlayer(), undefined);
});

test("a refused token is replaced, for requests and for the connection", needsStack, async (t) => {
  const { customer } = newPeople();
  const why = [];
  const token = ({ expired }) => {
    why.push(expired);
    return newToken(customer, expired ? {} : { audience: "another-app" });
  };
  const [asking, connecting] = [1, 2].map(() => newClient(customer, { token, random: () => 0.01 }));
  t.after(() => [asking, connecting].forEach((client) => client.close()));
  assert.deepEqual((await asking.listSessions()).sessions, []);
  assert.deepEqual(why, [false, true]);
  await online(connecting);
  assert.deepEqual(why, [false, true, false, true]);
});

test("what happens without a connection is there after it", needsStack, async (t) => {
  const { customers, dentists, customer, dentist } = await start(t);
  const inbox = customers.inbox();
  await inbox.open();
  customers.disconnect();
  assert.equal(customer.isStale, true);
  for (const content of ["One", "Two", "Three"]) dentist.send({ content });
  await shows(dentist, ({ messages }) => messages.length === 3);
  customer.send({ content: "Sent without a connection" });
  await shows(dentist, ({ messages }) => messages.length === 4);
  await online(customers);
  await shows(customer, ({ isStale }) => !isStale);
  await isFresh(customers, customer, inbox);
  await isFresh(dentists, dentist);
});

test("the runtime's own WebSocket does, where there is one", needsStack, async (t) => {
  if (!globalThis.WebSocket) return t.skip("this Node has none");
  const { customer, dentist } = await start(t, { WebSocket: globalThis.WebSocket });
  customer.send({ content: "Hello" });
  await shows(dentist, ({ messages }) => messages.length === 1);
});

test("a program that disconnects comes to its end by itself", needsStack, async (t) => {
  const { customer, dentist } = newPeople();
  const program = `
    import { newClient } from "${new URL("support/stack.js", import.meta.url)}";
    import { online, shows } from "${new URL("support/wait.js", import.meta.url)}";
    const client = newClient(${JSON.stringify(customer)});
    await online(client);
    const conversation = client.conversation((await client.createSession({ dentist_id: ${dentist.id} })).id);
    await Promise.all([conversation.open(), client.inbox().open()]);
    conversation.typing(true);
    conversation.send({ content: "Hello" });
    await shows(conversation, ({ messages }) => messages.length === 1);
    client.disconnect();
    console.log("done");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  child.stdout.setEncoding("utf8");
  const said = await new Promise((resolve) => child.stdout.once("data", resolve));
  assert.equal(said.trim(), "done");
  const before = performance.now();
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(code, 0);
  // Less than the client's own waits, and more than a busy machine needs.
  assert.ok(performance.now() - before < 8000, "it waited for something");
});
