import assert from "node:assert/strict";
import { test } from "node:test";
import { MINUTE, SECOND, start, stopped } from "./support/connection.js";
import { once, online, settled } from "./support/wait.js";

test("a connection offers the protocol and the token", async () => {
  const { service, client, states } = start({ token: async () => "the-token" });
  await online(client);
  assert.deepEqual(service.sockets[0].protocols, ["chat.v1", "the-token"]);
  assert.deepEqual(states, ["connecting", "online"]);
  client.connect();
  assert.equal(service.sockets.length, 1);
  client.close();
  client.close();
  assert.deepEqual(states, ["connecting", "online", "offline"]);
});

test("a lost connection is made anew, after pauses of ten seconds that grow while it is not stable", async (t) => {
  const tick = stopped(t);
  const { service, client, states } = start();
  client.connect();
  await settled();
  const pauses = [];
  for (let losses = 0; losses < 9; losses += 1) {
    service.cut();
    assert.equal(client.connection.status, "waiting");
    const pause = client.connection.retryAt - Date.now();
    pauses.push(pause);
    await tick(pause - 1);
    assert.equal(client.connection.status, "waiting");
    await tick(1);
    assert.equal(client.connection.status, "online");
  }
  assert.deepEqual(pauses, [5000, 10_000, ...Array(7).fill(15_000)]);
  await tick(31 * SECOND);
  service.cut();
  assert.equal(client.connection.retryAt - Date.now(), 5000);
  assert.deepEqual(states.slice(0, 5), ["connecting", "online", "waiting", "connecting", "online"]);
  client.close();
});

test("after an outage, first reconnections spread over ten seconds", async (t) => {
  const tick = stopped(t);
  for (const [random, pause] of [
    [0, 0],
    [0.5, 5000],
    [0.999, 9990],
  ]) {
    const { service, client } = start({ random: () => random });
    client.connect();
    await settled();
    await tick(MINUTE);
    service.cut();
    assert.equal(client.connection.retryAt - Date.now(), pause);
    client.close();
  }
});

const KEEP = { action: "ping", pong: false };

test("over a connection that is quiet something is said every nine minutes, and any frame counts", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  await settled();
  await tick(9 * MINUTE - 1);
  assert.deepEqual(service.said, []);
  await tick(1);
  assert.deepEqual(service.said, [KEEP]);
  await tick(8 * MINUTE);
  service.tell({ type: "typing", session_id: 5, sender_type: "dentist", typing: false, expires_at: "" });
  await tick(9 * MINUTE - 1);
  assert.equal(service.said.length, 1);
  await tick(1);
  assert.deepEqual(service.said, [KEEP, KEEP]);
  // Nobody waits for an answer.
  await tick(MINUTE);
  assert.equal(service.sockets.length, 1);
  client.close();
});

test("an idle hour costs at most eight messages, whichever hour it is, and the gateway closes nothing", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  await settled();
  const counts = [];
  for (let minutes = 0; minutes < 118; minutes += 1) {
    const before = service.said.length;
    await tick(MINUTE);
    // What is answered is billed twice.
    counts.push(service.said.slice(before).reduce((sum, { pong }) => sum + (pong === false ? 1 : 2), 0));
  }
  const during = (from, length) => counts.slice(from, from + length).reduce((sum, count) => sum + count, 0);
  for (let from = 0; from + 60 <= counts.length; from += 1) assert.ok(during(from, 60) <= 8);
  for (let from = 0; from + 10 <= counts.length; from += 1) assert.ok(during(from, 10) >= 1);
  assert.equal(service.sockets.length, 1);
  client.close();
});

test("fifteen seconds after something was sent, a connection on which nothing was heard is replaced", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  await settled();
  // The connection's name is known, so that nothing is asked for it.
  service.tell({ type: "pong", connection_id: "c1" });
  client.resume();
  client.conversation(5).send({ content: "Hello" });
  await settled();
  // It was under way already, and says nothing of what was sent since.
  service.tell({ type: "pong" });
  service.said = [];
  await tick(10 * SECOND - 1);
  assert.deepEqual(service.said, []);
  await tick(1);
  assert.deepEqual(service.said, [{ action: "ping" }]);
  await tick(5 * SECOND);
  assert.deepEqual([service.sockets.length, client.connection.status], [2, "online"]);
  client.close();
});

test("a connection on which something is heard after something was sent is not asked", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  await settled();
  client.conversation(5).typing(true);
  await tick(6 * SECOND);
  // What was said last is that the user has stopped.
  service.tell({ type: "typing", session_id: 5, sender_type: "dentist", typing: true, expires_at: "" });
  await tick(MINUTE);
  assert.ok(!service.said.some(({ action }) => action === "ping"));
  client.close();
});

test("a handshake that takes too long is given up", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  service.isSilent = true;
  client.connect();
  await settled();
  await tick(10 * SECOND - 1);
  assert.equal(client.connection.status, "connecting");
  await tick(1);
  assert.equal(client.connection.status, "waiting");
  client.close();
});

test("a socket that was dropped is not heard any more", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  const frames = [];
  client.on("frame", (frame) => frames.push(frame));
  client.connect();
  await settled();
  const [old] = service.sockets;
  client.resume();
  await tick(5 * SECOND);
  assert.deepEqual([service.sockets.length, client.connection.status], [2, "online"]);
  old.hear({ type: "pong" });
  old.onerror({ message: "an error that Node would throw" });
  old.readyState = 1;
  old.end();
  assert.deepEqual([frames, client.connection.status], [[], "online"]);
  client.close();
});

test("unknown frames, and what is no frame, are passed over", async () => {
  const { service, client } = start();
  await online(client);
  const pong = once(client, "frame");
  service.tell({ type: "message.deleted" }, null, 5, {
    message: "Internal server error",
    connectionId: "a",
    requestId: "b",
  });
  service.sockets[0].onmessage({ data: "{" });
  service.sockets[0].onmessage({ data: new Blob(["{}"]) });
  service.tell({ type: "pong" });
  assert.deepEqual(await pong, { type: "pong" });
  client.close();
});

test("disconnecting stops everything: the handshake, the next try, the question for a token", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  client.disconnect();
  await settled();
  assert.equal(service.sockets.length, 0);
  service.isSilent = true;
  client.connect();
  await settled();
  client.disconnect();
  assert.equal(service.sockets[0].readyState, 3);
  client.connect();
  await settled();
  service.cut();
  assert.equal(client.connection.status, "waiting");
  client.disconnect();
  await tick(MINUTE);
  assert.deepEqual([service.sockets.length, client.connection], [2, { status: "offline" }]);
});

test("an application may connect and disconnect while it is told of the connection", async () => {
  const { service, client, states } = start();
  client.on("connection", ({ status }) => {
    if (status === "connecting") client.disconnect();
  });
  client.connect();
  await settled();
  assert.deepEqual([states, service.sockets.length], [["connecting", "offline"], 0]);
});

/** A page, which the test shows, hides and takes the network from. */
function page(t) {
  const target = new EventTarget();
  globalThis.addEventListener = target.addEventListener.bind(target);
  globalThis.removeEventListener = target.removeEventListener.bind(target);
  globalThis.document = { visibilityState: "visible" };
  t.after(() => {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
    delete globalThis.document;
  });
  return (name) => target.dispatchEvent(new Event(name));
}

for (const sign of ["online", "pageshow", "visibilitychange"]) {
  test(`in a browser, "${sign}" ends a pause, or asks a connection whether it lives`, async (t) => {
    const tick = stopped(t);
    const happens = page(t);
    const { service, client } = start();
    client.connect();
    await settled();
    service.cut();
    assert.equal(client.connection.status, "waiting");
    happens(sign);
    await settled();
    assert.equal(client.connection.status, "online");
    happens(sign);
    happens(sign);
    assert.deepEqual(service.said, [{ action: "ping" }]);
    service.tell({ type: "pong" });
    await tick(MINUTE);
    assert.equal(service.sockets.length, 2);
    happens(sign);
    await tick(5 * SECOND - 1);
    assert.equal(service.sockets.length, 2);
    await tick(1);
    assert.deepEqual([service.sockets.length, client.connection.status], [3, "online"]);
    client.disconnect();
    happens(sign);
    await settled();
    assert.equal(service.sockets.length, 3);
    client.close();
  });
}

test("a page that is hidden asks nothing, and a client that is closed does not listen", async (t) => {
  stopped(t);
  const happens = page(t);
  const { service, client } = start();
  client.connect();
  await settled();
  globalThis.document.visibilityState = "hidden";
  happens("visibilitychange");
  happens("pageshow");
  assert.deepEqual(service.said, []);
  service.cut();
  happens("online");
  await settled();
  assert.equal(client.connection.status, "online");
  const resumed = t.mock.method(client, "resume");
  globalThis.document.visibilityState = "visible";
  happens("visibilitychange");
  client.close();
  happens("visibilitychange");
  assert.equal(resumed.mock.callCount(), 1);
});

test("a runtime without WebSocket says so at once", (t) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  t.after(() => own && Object.defineProperty(globalThis, "WebSocket", own));
  delete globalThis.WebSocket;
  const { client } = start({ WebSocket: undefined });
  assert.throws(() => client.connect(), TypeError);
});
