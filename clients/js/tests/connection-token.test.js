import assert from "node:assert/strict";
import { test } from "node:test";
import { SECOND, start, stopped } from "./support/connection.js";
import { online, settled } from "./support/wait.js";

function token(seconds) {
  const claims = { exp: Math.floor(Date.now() / SECOND) + seconds };
  return `head.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
}

test("before the token expires, a connection with a new one takes over", async (t) => {
  const tick = stopped(t);
  const tokens = [];
  const { service, client } = start({
    token: () => {
      tokens.push(token(600));
      return tokens.at(-1);
    },
  });
  client.connect();
  await settled();
  for (let pings = 0; pings < 18; pings += 1) {
    await tick(30 * SECOND);
    service.tell({ type: "pong" });
  }
  assert.equal(service.sockets.length, 1);
  await tick(30 * SECOND);
  assert.equal(service.sockets.length, 2);
  assert.equal(client.connection.status, "online");
  assert.deepEqual(service.sockets[1].protocols, ["chat.v1", tokens[1]]);
  assert.equal(service.sockets[0].readyState, 3);
  client.close();
});

test("a connection whose token seems to be over stays, as the clock is wrong", async (t) => {
  const tick = stopped(t);
  const { service, client } = start({ token: () => token(-3600) });
  client.connect();
  await settled();
  for (let pings = 0; pings < 5; pings += 1) {
    await tick(30 * SECOND);
    service.tell({ type: "pong" });
  }
  assert.equal(service.sockets.length, 1);
  client.close();
});

test("a token callback that fails is told of, and asked again later", async (t) => {
  const tick = stopped(t);
  let isAway = true;
  const { client, states, errors } = start({
    token: () => {
      if (isAway) throw new Error("the identity provider is away");
      return "token";
    },
  });
  client.connect();
  await settled();
  assert.deepEqual([states, errors], [["connecting", "waiting"], ["token"]]);
  isAway = false;
  await tick(SECOND);
  assert.deepEqual([states, errors], [["connecting", "waiting", "connecting", "online"], ["token"]]);
  client.close();
});

test("after some refused handshakes, the token is taken for refused, too", async (t) => {
  const tick = stopped(t);
  const why = [];
  const { service, client } = start({
    token: ({ expired }) => {
      why.push(expired);
      return `token-${why.length}`;
    },
  });
  service.isSilent = true;
  client.connect();
  await settled();
  for (let tries = 0; tries < 6; tries += 1) {
    service.cut();
    await tick(30 * SECOND);
  }
  assert.deepEqual(why, [false, true]);
  const used = service.sockets.slice(0, 4).map(({ protocols }) => protocols[1]);
  assert.deepEqual(used, ["token-1", "token-1", "token-2", "token-2"]);
  client.close();
});
