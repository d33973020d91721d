import assert from "node:assert/strict";
import { test } from "node:test";
import { SECOND, start, stopped } from "./support/connection.js";
import { gateway } from "./support/service.js";
import { settled } from "./support/wait.js";

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
  await tick(540 * SECOND - 1);
  assert.equal(service.sockets.length, 1);
  await tick(1);
  assert.equal(service.sockets.length, 2);
  assert.equal(client.connection.status, "online");
  assert.deepEqual(service.sockets[1].protocols, ["chat.v1", tokens[1]]);
  assert.equal(service.sockets[0].readyState, 3);
  client.close();
});

test("a connection lives two hours at most, however long its token does", async (t) => {
  const tick = stopped(t);
  const { service, client } = start({ token: () => token(2 ** 31) });
  client.connect();
  await settled();
  await tick(SECOND);
  assert.equal(service.sockets.length, 1);
  for (let minutes = 0; minutes < 119; minutes += 1) {
    await tick(60 * SECOND);
    service.tell({ type: "typing", session_id: 5, sender_type: "dentist", typing: false, expires_at: "" });
  }
  assert.equal(service.sockets.length, 2);
  client.close();
});

test("a connection whose token seems to be over stays, as the clock is wrong", async (t) => {
  const tick = stopped(t);
  const { service, client } = start({ token: () => token(-3600) });
  client.connect();
  await settled();
  await tick(500 * SECOND);
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
  await tick(10 * SECOND);
  assert.deepEqual([states, errors], [["connecting", "waiting", "connecting", "online"], ["token"]]);
  client.close();
});

/** A client whose handshakes fail, and how its requests are answered. */
async function failing(t, intercept) {
  const tick = stopped(t);
  const why = [];
  const { service, client } = start({
    token: ({ expired }) => {
      why.push(expired);
      return `token-${why.length}`;
    },
  });
  service.intercept = intercept;
  service.isSilent = true;
  client.connect();
  await settled();
  for (let tries = 0; tries < 20; tries += 1) {
    service.cut();
    await tick(30 * SECOND);
  }
  t.after(() => client.close());
  return { service, why };
}

test("an outage of connections asks for no new token, and for little else", async (t) => {
  const { service, why } = await failing(t, (_, answer) => answer());
  assert.deepEqual(why, [false]);
  assert.ok(service.asked.length <= 3, `${service.asked.length} requests`);
  assert.equal(service.sockets.length, 21);
});

test("an outage of everything asks for no new token", async (t) => {
  const { why } = await failing(t, () => gateway(503, "Service Unavailable"));
  assert.deepEqual(why, [false]);
});

test("after some failed handshakes a request finds out whether the token is refused", async (t) => {
  const refused = ({ headers }) => headers.authorization === "Bearer token-1";
  const { service, why } = await failing(t, (request, answer) =>
    refused(request) ? gateway(401, "Unauthorized") : answer(),
  );
  assert.deepEqual(why, [false, true]);
  const used = service.sockets.slice(0, 4).map(({ protocols }) => protocols[1]);
  assert.deepEqual(used, ["token-1", "token-1", "token-2", "token-2"]);
});
