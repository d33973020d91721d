import assert from "node:assert/strict";
import { test } from "node:test";
import { MESSAGES, hold, isFresh, open } from "./support/conversation.js";
import { eventually, shows } from "./support/wait.js";

test("a mark that was missed brings the times at which messages were read", async (t) => {
  const before = (service) => Array.from({ length: 4 }, () => service.store("customer"));
  const { service, conversation } = await open(t, { before });
  service.cut();
  service.read("dentist", 2);
  const late = service.read("dentist", 3);
  const page = hold(service, MESSAGES);
  await eventually(() => assert.ok(page.release));
  service.tell(late);
  page.release();
  await shows(conversation, ({ isStale }) => !isStale);
  isFresh(service, conversation);
  assert.notEqual(conversation.messages[0].read_at, conversation.messages[2].read_at);
});

test("marks that overtake messages and one another give the same as a fresh fetch", async (t) => {
  const { service, conversation } = await open(t);
  const messages = Array.from({ length: 6 }, () => service.store("customer"));
  const [first, second] = [service.read("dentist", 2), service.read("dentist", 5)];
  service.tell(messages[0], second, messages[1], messages[2], first, ...messages.slice(3));
  await eventually(() => isFresh(service, conversation));
});

test("a mark that comes while the page before is on its way applies to it", async (t) => {
  const before = (service) => Array.from({ length: 60 }, () => service.store("customer"));
  const { service, conversation } = await open(t, { before });
  const page = hold(service, MESSAGES);
  const loading = conversation.loadBefore();
  await eventually(() => assert.ok(page.release));
  service.tell(service.read("dentist", 60));
  page.release();
  await loading;
  await eventually(() => isFresh(service, conversation));
});
