import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageLog, isLater } from "../src/message-log.js";

const message = (seq, sender_type = "customer", facts = {}) => ({
  seq,
  sender_type,
  is_read: false,
  read_at: null,
  ...facts,
});
const range = (first, last) => Array.from({ length: last - first + 1 }, (_, at) => message(first + at));
const page = (messages, facts = {}) => ({
  messages,
  has_more_before: (messages[0]?.seq ?? 1) > 1,
  has_more_after: false,
  last_seq: messages.at(-1)?.seq ?? 0,
  customer_read_seq: 0,
  dentist_read_seq: 0,
  ...facts,
});
const seqs = (messages) => messages.map(({ seq }) => seq);
const frame = (reader, up_to_seq, read_at) => ({ type: "messages.read", session_id: 5, reader, up_to_seq, read_at });
const [early, middle, late] = ["2026-03-12T19:00:00Z", "2026-03-12T19:00:00.5Z", "2026-03-12T19:00:00.500001Z"];

function loaded(messages) {
  const log = new MessageLog();
  log.prepend(page(messages));
  log.hear(page(messages));
  return log;
}

test("times compare however many digits their seconds have", () => {
  assert.deepEqual([isLater(middle, early), isLater(early, middle)], [true, false]);
  assert.deepEqual([isLater(late, middle), isLater(middle, late)], [true, false]);
  assert.equal(isLater(late, late), false);
});

test("a message that is there is dropped, the next one is added, one beyond is remembered as missing", () => {
  const log = loaded(range(3, 5));
  assert.deepEqual(log.append(range(4, 5)), []);
  assert.deepEqual(seqs(log.append([message(6)])), [6]);
  assert.deepEqual(log.append([message(8)]), []);
  assert.deepEqual([log.last, log.end], [6, 8]);
  assert.deepEqual(seqs(log.append(range(5, 9))), [7, 8, 9]);
  assert.deepEqual(seqs(log.messages), [3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual([log.last, log.end], [9, 9]);
});

test("before the newest page is there, nothing is added, and the end is remembered", () => {
  const log = new MessageLog();
  assert.deepEqual(log.append([message(1)]), []);
  assert.deepEqual([log.messages, log.last, log.end], [[], 0, 1]);
});

test("an empty session's first message is the next one", () => {
  const log = loaded([]);
  assert.deepEqual(seqs(log.append([message(1)])), [1]);
});

test("pages before go before", () => {
  const log = loaded(range(5, 6));
  assert.equal(log.hasMoreBefore, true);
  log.prepend(page(range(1, 4)));
  assert.deepEqual([seqs(log.messages), log.hasMoreBefore, log.last], [[1, 2, 3, 4, 5, 6], false, 6]);
});

test("a read mark marks the other side's unread messages up to it, all with its time", () => {
  const log = loaded([message(1, "dentist"), message(2), message(3), message(4, "dentist"), message(5)]);
  log.read(frame("dentist", 3, early), true);
  assert.deepEqual(
    log.messages.map(({ is_read, read_at }) => [is_read, read_at]),
    [
      [false, null],
      [true, early],
      [true, early],
      [false, null],
      [false, null],
    ],
  );
  assert.deepEqual(log.marks, { customer: 0, dentist: 3 });
});

test("a mark that comes again, later, or behind another never moves back and changes no time", () => {
  const log = loaded(range(1, 4));
  log.read(frame("dentist", 2, early), true);
  log.read(frame("dentist", 4, late), true);
  log.read(frame("dentist", 2, early), true);
  log.read(frame("dentist", 4, late), true);
  log.read(frame("dentist", 1, middle), true);
  assert.deepEqual(
    log.messages.map(({ read_at }) => read_at),
    [early, early, late, late],
  );
  assert.equal(log.marks.dentist, 4);
});

test("a mark that overtook an earlier one is corrected by it", () => {
  const log = loaded(range(1, 4));
  log.read(frame("dentist", 4, late), true);
  log.read(frame("dentist", 2, early), true);
  assert.deepEqual(
    log.messages.map(({ read_at }) => read_at),
    [early, early, late, late],
  );
});

test("a mark before which others may have been missed leaves open since when messages are read", () => {
  const log = loaded(range(1, 4));
  log.read(frame("dentist", 3, late), false);
  assert.deepEqual([log.marks.dentist, log.unclear(), log.unclear(2), log.unclear(3)], [3, 1, 3, undefined]);
  log.read(frame("dentist", 4, late), true);
  assert.deepEqual(
    log.messages.map(({ read_at }) => read_at),
    [null, null, null, late],
  );
  log.replace([message(1, "customer", { is_read: true, read_at: early }), ...range(7, 8)]);
  assert.deepEqual([log.unclear(), log.messages[0].read_at, log.messages.length], [2, early, 4]);
});

test("a page's marks move forward only, and make messages unclear", () => {
  const log = loaded([message(1), message(2, "dentist")]);
  log.hear(page([], { last_seq: 2, customer_read_seq: 2, dentist_read_seq: 0 }));
  assert.deepEqual([log.unclear(), log.moves], [2, 1]);
  log.hear(page([], { last_seq: 1, customer_read_seq: 1, dentist_read_seq: 1 }));
  assert.deepEqual([log.marks, log.end, log.unclear(), log.moves], [{ customer: 2, dentist: 1 }, 2, 1, 2]);
});

test("there is something to read only if the other side said something between mark and message", () => {
  const log = loaded([message(1, "dentist"), message(2), message(3), message(4, "dentist")]);
  const asCustomer = (mark, seq) => log.hasUnread("customer", mark, seq);
  assert.deepEqual(
    [asCustomer(0, 1), asCustomer(1, 3), asCustomer(1, 4), asCustomer(4, 4)],
    [true, false, true, false],
  );
});

test("what lies before the first message may be something to read", () => {
  const log = loaded(range(51, 52));
  assert.equal(log.hasUnread("customer", 0, 52), true);
  assert.equal(log.hasUnread("customer", 50, 52), false);
  assert.equal(new MessageLog().hasUnread("customer", 0, 0), false);
});
