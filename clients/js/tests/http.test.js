import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatError } from "../src/index.js";
import { stopClock } from "./support/clock.js";
import { Service, gateway, problem } from "./support/service.js";
import { settled } from "./support/wait.js";

/** A token that expires in so many seconds. */
function token(seconds, name = "a") {
  const claims = { exp: Math.floor(Date.now() / 1000) + seconds, name: `${name}ÿ?>` };
  return `head.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
}

/** A client whose tokens are these, one after the other. */
function withTokens(...tokens) {
  const service = new Service();
  const why = [];
  const used = [];
  service.intercept = ({ headers }, answer) => {
    used.push(headers.authorization.slice("Bearer ".length));
    return answer();
  };
  const client = service.client({
    token: async (reason) => {
      why.push(reason.expired);
      return tokens.length > 1 ? tokens.shift() : tokens[0];
    },
  });
  return { service, client, why, used };
}

test("a token is asked for once, until a minute before it expires", async (t) => {
  const clock = stopClock(t);
  const [first, second] = [token(300), token(3600)];
  const { client, why, used } = withTokens(first, second);
  await Promise.all([client.getSession(5), client.getSession(5)]);
  clock.tick(239_000);
  await client.getSession(5);
  clock.tick(1_000);
  await client.getSession(5);
  assert.deepEqual(why, [false, false]);
  assert.deepEqual(used, [first, first, first, second]);
});

test("a token that does not tell when it expires is used until it is refused", async () => {
  const { client, why } = withTokens("opaque");
  await client.getSession(5);
  await client.getSession(5);
  assert.deepEqual(why, [false]);
});

test("after a 401 a new token is asked for, and the request is repeated once", async () => {
  const [old, fresh] = [token(300, "old"), token(300, "new")];
  const { service, client, why, used } = withTokens(old, fresh);
  const accept = service.intercept;
  service.intercept = async (request, answer) => {
    const answered = await accept(request, answer);
    return request.headers.authorization === `Bearer ${old}` ? gateway(401, "Unauthorized") : answered;
  };
  const sessions = await Promise.all([client.getSession(5), client.getSession(5)]);
  assert.deepEqual(
    sessions.map(({ id }) => id),
    [5, 5],
  );
  assert.deepEqual(why, [false, true]);
  assert.deepEqual(used, [old, old, fresh, fresh]);
});

test("a second 401 is an error", async () => {
  const { service, client, why } = withTokens(token(300));
  service.intercept = () => gateway(401, "Unauthorized");
  await assert.rejects(client.getSession(5), { code: "http_401", status: 401, retryable: false });
  assert.deepEqual(why, [false, true]);
  assert.equal(service.asked.length, 2);
});

test("a token callback that fails fails the request, and is asked again for a new one", async () => {
  const why = [];
  const results = [token(300), new Error("the identity provider is away"), token(300, "b")];
  const service = new Service();
  const client = service.client({
    token: ({ expired }) => {
      why.push(expired);
      const result = results.shift();
      if (result instanceof Error) throw result;
      return result;
    },
  });
  await client.getSession(5);
  service.intercept = (_, answer) => (results.length ? gateway(401, "Unauthorized") : answer());
  await assert.rejects(client.getSession(5), (error) => {
    assert.ok(error instanceof ChatError);
    assert.deepEqual([error.code, error.status, error.retryable], ["token", 0, true]);
    assert.match(error.cause.message, /identity provider/);
    return true;
  });
  await client.getSession(5);
  assert.deepEqual(why, [false, true, true]);
});

test("a problem document becomes an error with all that it says", async () => {
  const service = new Service();
  const errors = [{ field: "content", reason: "must not be blank" }];
  service.intercept = () => problem(400, "invalid_request", { errors });
  const draft = { client_message_id: "x" };
  await assert.rejects(service.client().sendMessage(5, draft), (error) => {
    assert.ok(error instanceof ChatError && error instanceof Error);
    const { name, message, status, code, retryable, retryAfter, requestId } = error;
    assert.deepEqual(
      { name, message, status, code, retryable, retryAfter, requestId, errors: error.errors },
      {
        name: "ChatError",
        message: "A sentence.",
        status: 400,
        code: "invalid_request",
        retryable: false,
        retryAfter: undefined,
        requestId: "r1=",
        errors,
      },
    );
    return true;
  });
});

test("whether to try again is the problem document's to say, and the status's without one", async () => {
  const service = new Service();
  const answers = [
    [problem(503, "unavailable", { retryable: true, retryAfter: 2 }), "unavailable", true, 2000],
    [problem(429, "rate_limited", { retryable: true, retryAfter: 7 }), "rate_limited", true, 7000],
    [problem(500, "internal"), "internal", false, undefined],
    [gateway(429, "Too Many Requests"), "http_429", true, undefined],
    [gateway(503, "Service Unavailable"), "http_503", true, undefined],
    [gateway(404, "Not Found"), "http_404", false, undefined],
    [new Response("<html>", { status: 502 }), "http_502", true, undefined],
    [new Response("null", { status: 504 }), "http_504", true, undefined],
  ];
  for (const [answer, code, retryable, retryAfter] of answers) {
    service.intercept = () => answer;
    await assert.rejects(service.client().getSession(5), {
      code,
      status: answer.status,
      retryable,
      retryAfter,
      errors: [],
    });
  }
});

test("how long to wait is between nothing and 15 minutes, whatever the server says", async () => {
  const service = new Service();
  for (const [said, wait] of [
    ["0", 0],
    ["-5", 0],
    ["2200000", 900_000],
    ["1e999", 900_000],
    ["0.5", 500],
    ["soon", undefined],
    ["NaN", undefined],
    [undefined, undefined],
  ]) {
    service.intercept = () => problem(503, "unavailable", { retryable: true, retryAfter: said });
    await assert.rejects(service.client().getSession(5), { retryAfter: wait });
  }
});

test("a date to wait for is by the clock of the server that says it, as one's own may be wrong", async () => {
  const service = new Service();
  const [began, later] = ["Sat, 01 Jan 2022 00:00:00 GMT", "Sat, 01 Jan 2022 00:01:00 GMT"];
  for (const [date, said, wait] of [
    [began, later, 60_000],
    [later, began, 0],
    [began, "Sun, 02 Jan 2022 00:00:00 GMT", 900_000],
    [undefined, later, undefined],
  ]) {
    service.intercept = () => {
      const answer = problem(503, "unavailable", { retryable: true, retryAfter: said });
      if (date) answer.headers.set("date", date);
      return answer;
    };
    await assert.rejects(service.client().getSession(5), { code: "unavailable", retryAfter: wait });
  }
});

for (const [clock, hours] of [
  ["right", 0],
  ["two hours fast", 2],
  ["two hours slow", -2],
  ["fast by almost the token's life", 0.97],
  ["fast by half the token's life", 0.5],
]) {
  test(`with a clock that is ${clock}, a token of an hour is used for most of it`, async (t) => {
    const started = Date.now();
    const hour = 3_600_000;
    const { tick } = stopClock(t, { now: started + hours * hour });
    const right = () => Math.floor((started + performance.now()) / 1000);
    const fresh = () => {
      const claims = { iat: right(), exp: right() + 3600 };
      return `head.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
    };
    const service = new Service();
    const why = [];
    const client = service.client({ token: ({ expired }) => why.push(expired) && fresh() });
    for (let minutes = 0; minutes < 57; minutes += 1) {
      await client.getSession(5);
      tick(60_000);
    }
    // Of the first one nobody knows how old it was when it came.
    assert.ok(why.length <= (hours > 0 && hours < 1 ? 2 : 1), `${why.length} tokens`);
    tick(5 * 60_000);
    await client.getSession(5);
    assert.ok(why.length >= 2);
  });
}

test("a clock that is put forward changes nothing about a token", async (t) => {
  const { client, why } = withTokens(token(3600));
  await client.getSession(5);
  const { now } = Date;
  t.mock.method(Date, "now", () => now() + 2 * 3_600_000);
  await client.getSession(5);
  assert.deepEqual(why, [false]);
});

test("one try is one request, even where another would help", async () => {
  const service = new Service();
  service.intercept = () => gateway(503, "Service Unavailable");
  await assert.rejects(service.client().listSessions(), { status: 503 });
  assert.deepEqual(service.asked, ["GET /sessions"]);
});

test("no answer, and half an answer, are the network's fault", async () => {
  const service = new Service();
  const network = { code: "network", status: 0, retryable: true };
  service.intercept = () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(service.client().getSession(5), network);
  service.intercept = () => new Response('{"id": 5, "sta', { status: 200 });
  await assert.rejects(service.client().getSession(5), network);
});

test("a request without an answer ends after ten seconds", async (t) => {
  const clock = stopClock(t);
  const service = new Service();
  service.intercept = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const asked = assert.rejects(service.client().getSession(5), { code: "network", retryable: true });
  await settled();
  clock.tick(10_000);
  await asked;
});

test("what is undefined is not asked for, and no answer is no value", async () => {
  const service = new Service();
  const asked = [];
  service.intercept = ({ what, query, body }) => {
    asked.push([what, Object.fromEntries(query), body]);
    return what.startsWith("DELETE") ? new Response(null, { status: 204 }) : new Response("{}");
  };
  const client = service.client({ httpUrl: "http://service.test/" });
  await client.listMessages(5, { after: 0, before: undefined });
  await client.listSessions({ status: "all", cursor: "a_b-c", limit: undefined });
  await client.registerPlayer("ea31cadc-7d15-4135-8828-d2392a26d16c");
  assert.equal(await client.unregisterPlayer(), undefined);
  assert.deepEqual(asked, [
    ["GET /sessions/5/messages", { after: "0" }, undefined],
    ["GET /sessions", { status: "all", cursor: "a_b-c" }, undefined],
    ["PUT /players", {}, { onesignal_player_id: "ea31cadc-7d15-4135-8828-d2392a26d16c" }],
    ["DELETE /players", {}, undefined],
  ]);
});
