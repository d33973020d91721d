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

test("a lost connection is made anew, after pauses that grow while it is not stable", async (t) => {
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
  assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  for (let pings = 0; pings < 2; pings += 1) {
    await tick(30 * SECOND);
    service.tell({ type: "pong" });
  }
  service.cut();
  assert.equal(client.connection.retryAt - Date.now(), 250);
  assert.deepEqual(states.slice(0, 5), ["connecting", "online", "waiting", "connecting", "online"]);
  client.close();
});

test("a connection on which nothing is heard after a ping is dropped", async (t) => {
  const tick = stopped(t);
  const { service, client } = start();
  client.connect();
  await settled();
  await tick(30 * SECOND);
  assert.deepEqual(service.said, [{ action: "ping" }]);
  await tick(9 * SECOND);
  service.tell({ type: "typing", session_id: 5, sender_type: "dentist", typing: false, expires_at: "" });
  await tick(21 * SECOND);
  assert.equal(service.said.length, 2);
  await tick(10 * SECOND - 1);
  assert.equal(client.connection.status, "online");
  await tick(1);
  assert.equal(client.connection.status, "waiting");
  assert.equal(service.sockets[0].readyState, 3);
  await tick(30 * SECOND);
  assert.equal(service.sockets.length, 2);
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
  await tick(30 * SECOND);
  await tick(10 * SECOND);
  await tick(SECOND);
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

test("in a browser, the network's return ends a pause, or asks a connection whether it lives", async (t) => {
  const tick = stopped(t);
  const target = new EventTarget();
  globalThis.addEventListener = target.addEventListener.bind(target);
  globalThis.removeEventListener = target.removeEventListener.bind(target);
  t.after(() => {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  });
  const { service, client } = start();
  client.connect();
  await settled();
  service.cut();
  assert.equal(client.connection.status, "waiting");
  target.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(client.connection.status, "online");
  target.dispatchEvent(new Event("online"));
  assert.deepEqual(service.said, [{ action: "ping" }]);
  client.disconnect();
  target.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(service.sockets.length, 2);
});

test("a runtime without WebSocket says so at once", (t) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  t.after(() => own && Object.defineProperty(globalThis, "WebSocket", own));
  delete globalThis.WebSocket;
  const { client } = start({ WebSocket: undefined });
  assert.throws(() => client.connect(), TypeError);
});
