import assert from "node:assert/strict";
import { test } from "node:test";
import { advance } from "../src/advance.js";

const at = (second) => `2026-03-12T19:00:${String(second).padStart(2, "0")}Z`;
const message = (seq, sender_type, facts = {}) => ({
  seq,
  sender_type,
  created_at: at(seq),
  is_read: false,
  read_at: null,
  ...facts,
});
const session = (facts = {}) => ({
  id: 5,
  status: "active",
  updated_at: at(3),
  last_seq: 3,
  last_message: message(3, "dentist"),
  unread_count: 2,
  customer_read_seq: 1,
  dentist_read_seq: 0,
  ...facts,
});
const created = (next) => ({ type: "message.created", session_id: 5, seq: next.seq, message: next });
const read = (reader, up_to_seq, read_at = at(40)) => ({
  type: "messages.read",
  session_id: 5,
  reader,
  up_to_seq,
  read_at,
});
const answered = (up_to_seq, unread_count) => ({ type: "messages.read", reader: "customer", up_to_seq, unread_count });
const updated = (facts) => ({ type: "session.updated", session: session(facts) });
const asCustomer = (known, frame) => advance(known, frame, "customer");

/** Only the service knows. */
const unknown = undefined;

test("the next message is the last one, and unread if the other side wrote it", () => {
  const [theirs, own] = [message(4, "dentist"), message(4, "customer")];
  const expected = { last_seq: 4, updated_at: at(4) };
  assert.deepEqual(
    asCustomer(session(), created(theirs)),
    session({ ...expected, last_message: theirs, unread_count: 3 }),
  );
  assert.deepEqual(asCustomer(session(), created(own)), session({ ...expected, last_message: own, unread_count: 2 }));
});

test("a message that is known changes nothing", () => {
  const known = session();
  assert.equal(asCustomer(known, created(message(3, "dentist"))), known);
  assert.equal(asCustomer(known, created(message(1, "dentist"))), known);
});

test("after a gap, in an archived session, and behind a mark only the service knows", () => {
  assert.equal(asCustomer(session(), created(message(5, "dentist"))), unknown);
  assert.equal(asCustomer(session({ status: "archived" }), created(message(4, "dentist"))), unknown);
  assert.equal(asCustomer(session({ customer_read_seq: 4 }), created(message(4, "dentist"))), unknown);
  assert.equal(asCustomer(session(), created(message(4, "dentist", { is_read: true, read_at: at(9) }))), unknown);
});

test("reading to the end leaves nothing unread", () => {
  const last_message = message(3, "dentist", { is_read: true, read_at: at(40) });
  assert.deepEqual(
    asCustomer(session(), read("customer", 3)),
    session({ customer_read_seq: 3, unread_count: 0, last_message }),
  );
});

test("how much is unread after reading a part is what the frame says", () => {
  assert.deepEqual(
    asCustomer(session(), { ...read("customer", 2), unread_count: 1 }),
    session({ customer_read_seq: 2, unread_count: 1 }),
  );
});

test("how much is unread only the service knows, if the frame does not say, or counts what is not here yet", () => {
  assert.equal(asCustomer(session(), read("customer", 2)), unknown);
  assert.equal(asCustomer(session(), { ...read("customer", 2), unread_count: 2 }), unknown);
  assert.equal(asCustomer(session({ last_seq: 9, unread_count: 1 }), { ...read("customer", 2), unread_count: 2 }), unknown);
});

test("a mark behind the known one brings no count", () => {
  const known = session({ customer_read_seq: 2, unread_count: 1 });
  assert.equal(asCustomer(known, { ...read("customer", 2), unread_count: 0 }).unread_count, 1);
  assert.equal(asCustomer(known, { ...read("customer", 1), unread_count: 0 }).unread_count, 1);
});

test("an answer, which does not tell since when the last message is read, leaves that to the service", () => {
  assert.equal(asCustomer(session(), answered(3, 0)), unknown);
  const own = session({ last_message: message(3, "customer") });
  assert.deepEqual(
    asCustomer(own, answered(2, 1)),
    session({ last_message: message(3, "customer"), customer_read_seq: 2, unread_count: 1 }),
  );
});

test("a mark behind the known one changes nothing but a time that was too late", () => {
  assert.deepEqual(asCustomer(session(), read("customer", 1)), session());
  const last_message = message(3, "dentist", { is_read: true, read_at: at(50) });
  const known = session({ customer_read_seq: 3, unread_count: 0, last_message });
  assert.equal(asCustomer(known, read("customer", 3, at(40))).last_message.read_at, at(40));
  assert.equal(asCustomer(known, read("customer", 3, at(55))).last_message.read_at, at(50));
});

test("the other side's reading moves its mark, and reads one's own last message", () => {
  const own = session({ last_message: message(3, "customer") });
  const after = asCustomer(own, read("dentist", 3));
  assert.deepEqual([after.dentist_read_seq, after.unread_count, after.last_message.is_read], [3, 2, true]);
  const before = asCustomer(own, read("dentist", 2));
  assert.deepEqual([before.dentist_read_seq, before.last_message.is_read], [2, false]);
});

test("a newer session replaces the known one, an older one does not", () => {
  const next = updated({ status: "archived", updated_at: at(9) });
  assert.deepEqual(asCustomer(session(), next), next.session);
  const known = session();
  assert.equal(asCustomer(known, updated({ updated_at: at(2) })), known);
  assert.equal(asCustomer(known, updated({})), known);
});

test("a newer session that knows an older state of its last message does not bring that back", () => {
  const last_message = message(3, "customer", { retracted_at: at(5) });
  const next = { status: "archived", updated_at: at(9), last_message: message(3, "customer") };
  assert.deepEqual(asCustomer(session({ last_message }), updated(next)), session({ ...next, last_message }));
});

test("a session that says another thing at the same time, or whose numbers are behind the known ones, is to be asked for", () => {
  assert.equal(asCustomer(session(), updated({ status: "archived" })), unknown);
  const later = { status: "archived", updated_at: at(9) };
  assert.equal(asCustomer(session(), updated({ ...later, customer_read_seq: 0 })), unknown);
  assert.equal(asCustomer(session({ dentist_read_seq: 3 }), updated(later)), unknown);
  assert.equal(asCustomer(session(), updated({ ...later, last_seq: 2 })), unknown);
  // A message that is read, but nobody has told since when.
  const last_message = message(4, "customer");
  const known = session({ dentist_read_seq: 4 });
  assert.equal(asCustomer(known, updated({ ...later, last_seq: 4, last_message })), unknown);
});

test("other frames change nothing", () => {
  const known = session();
  assert.equal(asCustomer(known, { type: "typing", session_id: 5, sender_type: "dentist", typing: true }), known);
});
