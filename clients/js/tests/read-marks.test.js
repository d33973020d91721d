import assert from "node:assert/strict";
import { test } from "node:test";
import { Service, gateway, problem } from "./support/service.js";
import { eventually, online, settled, shows } from "./support/wait.js";

const READ = "POST /sessions/5/read";

/** A live conversation with these sides' messages, and the marks that were sent. */
async function start(t, sides, { isLive = true } = {}) {
  const service = new Service();
  for (const side of sides) service.store(side);
  const sent = [];
  const answers = [];
  service.intercept = async ({ what, body }, answer) => {
    if (what !== READ) return answer();
    sent.push(body.up_to_seq);
    const next = answers.shift();
    return next ? next(answer) : answer();
  };
  const client = service.client();
  t.after(() => client.close());
  const errors = [];
  client.on("error", ({ code }) => errors.push(code));
  if (isLive) await online(client);
  const conversation = client.conversation(5);
  await conversation.open();
  return { service, client, conversation, sent, answers, errors };
}

const many = (side, count) => Array.from({ length: count }, () => side);

test("only what was displayed is marked, only the newest of it, one request at a time", async (t) => {
  const { conversation, sent, answers } = await start(t, many("dentist", 9));
  let release;
  answers.push(async (answer) => {
    await new Promise((resolve) => (release = resolve));
    return answer();
  });
  conversation.displayed(2);
  await eventually(() => assert.ok(release));
  for (const seq of [3, 7, 5, 2]) conversation.displayed(seq);
  await settled();
  assert.deepEqual(sent, [2]);
  release();
  await eventually(() => assert.deepEqual(sent, [2, 7]));
  await settled();
  conversation.displayed(6);
  conversation.displayed(7);
  await settled();
  assert.deepEqual(sent, [2, 7]);
});

test("nothing is marked that is one's own, marked already, or not there", async (t) => {
  const { service, conversation, sent } = await start(t, ["dentist", "customer", "customer"]);
  conversation.displayed(0);
  service.tell(service.read("customer", 1));
  conversation.displayed(1);
  conversation.displayed(3);
  conversation.displayed(99);
  await settled();
  assert.deepEqual(sent, []);
  service.tell(service.store("dentist"));
  conversation.displayed(99);
  await eventually(() => assert.deepEqual(sent, [4]));
});

test("what lies before the first message may be unread, so that it is marked", async (t) => {
  const { conversation, sent } = await start(t, ["dentist", ...many("customer", 60)]);
  conversation.displayed(61);
  await eventually(() => assert.deepEqual(sent, [61]));
});

test("a mark that fails on the way is sent again, with what was displayed meanwhile", async (t) => {
  const { conversation, sent, answers, errors } = await start(t, many("dentist", 5));
  answers.push(
    () => {
      conversation.displayed(4);
      throw new TypeError("fetch failed");
    },
    () => gateway(503, "Service Unavailable"),
  );
  conversation.displayed(1);
  await eventually(() => assert.deepEqual(sent, [1, 4, 4]));
  await settled();
  assert.deepEqual([sent.length, errors], [3, []]);
});

test("a mark that is refused is told of, and sent again when something is displayed again", async (t) => {
  const { conversation, sent, answers, errors } = await start(t, many("dentist", 2));
  answers.push(() => problem(403, "unknown_user"));
  conversation.displayed(1);
  await eventually(() => assert.deepEqual([sent, errors], [[1], ["unknown_user"]]));
  conversation.displayed(2);
  await eventually(() => assert.deepEqual(sent, [1, 2]));
});

test("with a connection the frame moves the mark, without one it is fetched", async (t) => {
  const { service, client, conversation, sent } = await start(t, many("dentist", 3));
  conversation.displayed(2);
  await eventually(() => assert.deepEqual(sent, [2]));
  await settled();
  assert.equal(conversation.customerReadSeq, 0);
  service.tell(service.lastRead);
  assert.equal(conversation.customerReadSeq, 2);
  client.disconnect();
  conversation.displayed(3);
  await shows(conversation, ({ customerReadSeq }) => customerReadSeq === 3);
  await eventually(() => assert.deepEqual(conversation.messages, service.messages));
});
