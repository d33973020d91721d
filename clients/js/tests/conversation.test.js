import assert from "node:assert/strict";
import { test } from "node:test";
import { MESSAGES, SYNC, asked, hold, isFresh, open, seqs } from "./support/conversation.js";
import { Service, gateway, problem } from "./support/service.js";
import { eventually, online, settled, shows } from "./support/wait.js";

test("there is one view of a session, until it is closed", async (t) => {
  const { client, conversation, service } = await open(t);
  assert.equal(client.conversation(5), conversation);
  await conversation.open();
  assert.deepEqual(service.asked, [SYNC]);
  conversation.close();
  conversation.close();
  assert.notEqual(client.conversation(5), conversation);
  await assert.rejects(conversation.open(), { code: "aborted" });
});

test("opening goes on until the service answers, and fails if it refuses", async (t) => {
  const service = new Service();
  let failures = 3;
  service.intercept = (_, answer) => (failures-- > 0 ? gateway(503, "Service Unavailable") : answer());
  const client = service.client();
  t.after(() => client.close());
  await client.conversation(5).open();
  const strange = client.conversation(6);
  await assert.rejects(strange.open(), { code: "session_not_found" });
  await assert.rejects(strange.open(), { code: "session_not_found" });
});

test("a view that ends while it opens says so", async (t) => {
  const service = new Service();
  service.intercept = () => gateway(503, "Service Unavailable");
  const client = service.client({ random: () => 0.99 });
  t.after(() => client.close());
  const opening = assert.rejects(client.conversation(5).open(), { code: "aborted" });
  await settled();
  client.conversation(5).close();
  await opening;
});

test("without a connection a view is stale, and with one it is not", async (t) => {
  const { client, conversation, service } = await open(t, { isLive: false });
  assert.equal(conversation.isStale, true);
  service.store("dentist");
  await online(client);
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  client.disconnect();
  assert.equal(conversation.isStale, true);
});

test("frames are added in order, once, and those beyond a gap are fetched", async (t) => {
  const { service, conversation, added } = await open(t);
  const frames = ["customer", "dentist", "customer", "dentist", "customer"].map((side) => service.store(side));
  service.tell(frames[0], frames[0]);
  assert.deepEqual(seqs(conversation), [1]);
  assert.equal(asked(service, MESSAGES), 0);
  service.tell(frames[4], frames[3], frames[1]);
  assert.deepEqual(seqs(conversation), [1, 2]);
  await eventually(() => assert.deepEqual(seqs(conversation), [1, 2, 3, 4, 5]));
  service.tell(frames[2]);
  assert.deepEqual(added, [1, 2, 3, 4, 5]);
  await eventually(() => isFresh(service, conversation));
});

for (const what of [SYNC, MESSAGES]) {
  test(`what happens while "${what}" is on its way is not lost`, async (t) => {
    const service = new Service();
    for (let count = 0; count < 25; count += 1) service.store("dentist");
    const client = service.client();
    t.after(() => client.close());
    await online(client);
    const page = hold(service, what);
    const conversation = client.conversation(5);
    const opening = conversation.open();
    await eventually(() => assert.ok(page.release));
    service.tell(service.store("dentist"), service.correct(3, "Three"), service.store("dentist"), service.retract(26));
    page.release();
    await opening;
    await eventually(() => isFresh(service, conversation));
  });
}

test("after a lost connection everything that was missed is there", async (t) => {
  const { service, conversation, added } = await open(t, { before: (service) => service.store("dentist") });
  service.sockets[0].end();
  assert.equal(conversation.isStale, true);
  for (let missed = 0; missed < 20; missed += 1) service.store(missed % 3 ? "dentist" : "customer");
  service.read("dentist", 15);
  await shows(conversation, ({ isStale }) => !isStale);
  assert.deepEqual(
    added,
    Array.from({ length: 20 }, (_, at) => at + 2),
  );
  isFresh(service, conversation);
});

for (const [missed, pages] of [
  [20, 0],
  [21, 0],
  [20_000, 0],
]) {
  test(`a view that is ${missed} messages behind is up to date after one call`, async (t) => {
    const before = (service) => service.store("dentist");
    const { service, conversation, added } = await open(t, { before });
    service.cut();
    const asking = asked(service, MESSAGES);
    const message = service.messages[0];
    const many = Array.from({ length: missed }, (_, at) => ({ ...message, id: 9002 + at, seq: at + 2 }));
    service.messages = [...service.messages, ...many];
    service.changes.push(...many);
    await shows(conversation, ({ isStale }) => !isStale);
    assert.deepEqual([asked(service, MESSAGES) - asking, asked(service, SYNC)], [pages, 2]);
    const isWhole = missed <= 20;
    assert.deepEqual(conversation.messages, isWhole ? service.messages : service.messages.slice(-20));
    assert.deepEqual([conversation.hasMoreBefore, added.length], [!isWhole, isWhole ? missed : 0]);
    service.tell(service.store("dentist"));
    assert.equal(conversation.messages.at(-1).seq, missed + 2);
    if (!isWhole) await conversation.loadBefore();
    const shown = isWhole ? service.messages : service.messages.slice(-71);
    assert.deepEqual(conversation.messages, shown);
  });
}

test("a page of the past that comes when a view has started again is dropped", async (t) => {
  const before = (service) => Array.from({ length: 120 }, () => service.store("dentist"));
  const { service, conversation } = await open(t, { before });
  const page = hold(service, MESSAGES);
  const loading = conversation.loadBefore();
  await eventually(() => assert.ok(page.release));
  service.cut();
  const message = service.messages[0];
  const many = Array.from({ length: 2000 }, (_, at) => ({ ...message, id: 9121 + at, seq: at + 121 }));
  service.messages = [...service.messages, ...many];
  service.changes.push(...many);
  await shows(conversation, ({ isStale }) => !isStale);
  page.release();
  await loading;
  assert.deepEqual(seqs(conversation), Array.from({ length: 20 }, (_, at) => 2101 + at));
});

test("a message that is sent while a view starts again is shown once", async (t) => {
  const { service, conversation } = await open(t, { before: (service) => service.store("dentist") });
  service.cut();
  const message = service.messages[0];
  service.messages = Array.from({ length: 3000 }, (_, at) => ({ ...message, id: 9001 + at, seq: at + 1 }));
  service.changes.push(...service.messages);
  conversation.send({ content: "Hello" });
  await shows(conversation, ({ isStale, pending }) => !isStale && !pending.length);
  assert.deepEqual(conversation.messages, service.messages.slice(-conversation.messages.length));
  assert.equal(conversation.messages.at(-1).content, "Hello");
});

test("catching up goes on until the service answers", async (t) => {
  const { service, conversation } = await open(t);
  let failures = 4;
  service.intercept = (_, answer) => {
    failures -= 1;
    if (failures === 1) throw new TypeError("fetch failed");
    return failures > 0 ? problem(503, "unavailable", { retryable: true }) : answer();
  };
  service.store("dentist");
  service.cut();
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
});

test("the page before is loaded once, however often it is asked for", async (t) => {
  const before = (service) => Array.from({ length: 120 }, () => service.store("dentist"));
  const { service, conversation, added } = await open(t, { before });
  assert.deepEqual([seqs(conversation)[0], conversation.hasMoreBefore], [71, true]);
  await Promise.all([conversation.loadBefore(), conversation.loadBefore()]);
  assert.deepEqual([seqs(conversation)[0], asked(service, MESSAGES)], [21, 2]);
  await conversation.loadBefore();
  await conversation.loadBefore();
  assert.deepEqual([conversation.hasMoreBefore, added, asked(service, MESSAGES)], [false, [], 3]);
  isFresh(service, conversation);
});

test("fresh URLs replace those of a message that is shown", async (t) => {
  const { service, conversation } = await open(t, { before: (service) => service.store("dentist") });
  const images = [{ key: "k", url: "https://images.test/k?new", expires_at: "2026-03-12T20:00:00Z" }];
  service.intercept = async ({ what, query }, answer) => {
    if (what !== MESSAGES || query.get("around") !== "1") return answer();
    const page = await (await answer()).json();
    return Response.json({ ...page, messages: [{ ...service.messages[0], images }] });
  };
  const message = await conversation.refreshImages(1);
  assert.deepEqual(message.images, images);
  assert.equal(conversation.messages[0], message);
});

test("a message that is not there has no URLs", async (t) => {
  const { conversation } = await open(t);
  await assert.rejects(conversation.refreshImages(9), { status: 404 });
});

test("a closed view changes no more, and leaves no listener behind", async (t) => {
  const { service, client, conversation } = await open(t, { before: (service) => service.store("dentist") });
  let changes = 0;
  conversation.on("change", () => (changes += 1));
  const page = hold(service, SYNC);
  conversation.catchUp().catch(() => {});
  await eventually(() => assert.ok(page.release));
  service.store("dentist");
  const added = t.mock.method(client, "on");
  conversation.close();
  page.release();
  service.tell(service.store("dentist"));
  service.cut();
  await settled();
  assert.deepEqual([changes, seqs(conversation), added.mock.callCount()], [0, [1], 0]);
});

test("a listener that throws does not keep a message from being shown", async (t) => {
  const { service, conversation, added } = await open(t);
  t.mock.method(console, "error", () => {});
  conversation.on("change", () => {
    throw new Error("of the application");
  });
  service.tell(service.store("dentist"), service.store("dentist"));
  assert.deepEqual(added, [1, 2]);
  conversation.send({ content: "Hello" });
  await eventually(() => assert.deepEqual([conversation.messages, conversation.pending], [service.messages, []]));
});
