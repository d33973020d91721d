import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { Service } from "./support/service.js";
import { eventually, settled } from "./support/wait.js";

const UPLOAD = "POST /sessions/5/uploads";
const image = (size = 9, type = "image/jpeg") => new Blob([new Uint8Array(size).fill(7)], { type });
const MINUTE = 60_000;

/**
 * A client, and an object store that answers each request with the next of these: a status, "cut" for
 * no answer after the request, or "hang" for none at all; then 200. A function answers all that come.
 */
async function start(t, ...answers) {
  const puts = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const { method, url, headers } = request;
      puts.push({ method, url, headers, size: Buffer.concat(parts).length });
      const answer = typeof answers[0] === "function" ? answers[0](url) : (answers.shift() ?? 200);
      if (answer === "cut") request.socket.destroy();
      else if (answer !== "hang") response.writeHead(answer).end("<Error/>");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const service = new Service();
  const uploads = [];
  service.intercept = ({ what, body }, answer) => {
    if (what !== UPLOAD) return answer();
    const key = `key-${uploads.push(body)}`;
    const headers = {
      "content-length": String(body.content_length),
      "content-type": body.content_type,
      host: "ignored.test",
      "if-none-match": "*",
    };
    const url = `http://127.0.0.1:${server.address().port}/${key}`;
    return Response.json({ key, method: "PUT", url, headers, expires_at: "2026-03-12T19:08:58Z" }, { status: 201 });
  };
  const { fetch } = service;
  service.fetch = (url, init) =>
    url.startsWith("http://service.test") ? fetch(url, init) : globalThis.fetch(url, init);
  const client = service.client({ random: () => 0.001 });
  t.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { service, client, puts, uploads };
}

const urls = (puts) => puts.map(({ url }) => url);

test("an image is put to its URL with the headers that were given, and its key comes back", async (t) => {
  const { client, puts, uploads } = await start(t);
  const progress = [];
  assert.equal(await client.uploadImage(5, image(), { onProgress: (fraction) => progress.push(fraction) }), "key-1");
  assert.deepEqual([uploads, progress], [[{ content_type: "image/jpeg", content_length: 9 }], [1]]);
  const [{ method, url, headers, size }] = puts;
  assert.deepEqual([method, url, size], ["PUT", "/key-1", 9]);
  assert.deepEqual(
    [headers["content-type"], headers["content-length"], headers["if-none-match"]],
    ["image/jpeg", "9", "*"],
  );
  assert.match(headers.host, /^127/);
  assert.equal(headers.authorization, undefined);
});

test("what cannot be an image is refused before anything is asked", async (t) => {
  const { service, client } = await start(t);
  const refused = (blob, field) =>
    assert.rejects(client.uploadImage(5, blob), (error) => {
      assert.deepEqual(
        [error.code, error.status, error.retryable, error.errors[0].field],
        ["invalid_request", 0, false, field],
      );
      return true;
    });
  await refused(image(9, "image/gif"), "content_type");
  await refused(image(9, ""), "content_type");
  await refused(image(0), "content_length");
  await refused(image(10_485_761), "content_length");
  assert.deepEqual(service.asked, []);
  assert.equal(await client.uploadImage(5, image(10_485_760)), "key-1");
});

test("what fails on the way is put again to the same URL", async (t) => {
  const { client, puts } = await start(t, 503, "cut", 500, 409);
  assert.equal(await client.uploadImage(5, image()), "key-1");
  assert.deepEqual(urls(puts), Array(5).fill("/key-1"));
});

test("an image that arrived although its answer did not is there", async (t) => {
  const { client, puts } = await start(t, "cut", 412);
  assert.equal(await client.uploadImage(5, image()), "key-1");
  assert.equal(puts.length, 2);
});

test("an image that is there before the first try is another one's", async (t) => {
  const { client } = await start(t, 412);
  await assert.rejects(client.uploadImage(5, image()), { code: "http_412", status: 412, retryable: false });
});

test("a URL that is refused at once is refused, one that worked before is over and replaced", async (t) => {
  const { client, puts } = await start(t, 403, 503, 403);
  await assert.rejects(client.uploadImage(5, image()), { code: "http_403", status: 403, retryable: false });
  assert.equal(await client.uploadImage(5, image()), "key-3");
  assert.deepEqual(urls(puts), ["/key-1", "/key-2", "/key-2", "/key-3"]);
});

test("a URL that is five minutes old is replaced", async (t) => {
  const { client, puts } = await start(t, (url) => (url === "/key-1" ? "cut" : 200));
  const uploading = client.uploadImage(5, image());
  await eventually(() => assert.ok(puts.length > 0));
  const now = Date.now;
  t.mock.method(Date, "now", () => now() + 5 * MINUTE + 1);
  assert.equal(await uploading, "key-2");
});

test("an upload can be ended", async (t) => {
  const { client, puts } = await start(t, "hang");
  const controller = new AbortController();
  const uploading = assert.rejects(client.uploadImage(5, image(), controller), { code: "aborted" });
  await eventually(() => assert.equal(puts.length, 1));
  controller.abort();
  await uploading;
  await assert.rejects(client.uploadImage(5, image(), controller), { code: "aborted" });
  assert.equal(puts.length, 1);
});

/** Stands in for the browser's; tests do what its network would. */
class FakeRequest {
  static all = [];
  upload = {};
  headers = {};
  constructor() {
    FakeRequest.all.push(this);
  }
  open(method, url) {
    Object.assign(this, { method, url });
  }
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }
  send(body) {
    this.body = body;
  }
  abort() {
    this.isAborted = true;
    this.onabort();
  }
  answer(status) {
    this.status = status;
    this.onload();
  }
}

async function inBrowser(t) {
  FakeRequest.all = [];
  globalThis.XMLHttpRequest = FakeRequest;
  t.after(() => delete globalThis.XMLHttpRequest);
  const started = await start(t);
  const next = async (count) => {
    await settled();
    assert.equal(FakeRequest.all.length, count);
    return FakeRequest.all[count - 1];
  };
  return { ...started, next };
}

test("in a browser, progress is told, and only what may be set is set", async (t) => {
  const { client, next } = await inBrowser(t);
  const progress = [];
  const blob = image(100);
  const uploading = client.uploadImage(5, blob, { onProgress: (fraction) => progress.push(fraction) });
  const request = await next(1);
  assert.deepEqual([request.method, request.body], ["PUT", blob]);
  assert.match(request.url, /\/key-1$/);
  assert.deepEqual(request.headers, { "content-type": "image/jpeg", "if-none-match": "*" });
  for (const loaded of [25, 100]) request.upload.onprogress({ loaded });
  request.answer(200);
  assert.equal(await uploading, "key-1");
  assert.deepEqual(progress, [0.25, 1, 1]);
});

test("in a browser, an upload that fails on the way, or stands still, is tried again", async (t) => {
  const { client, next } = await inBrowser(t);
  const clock = stopClock(t);
  const uploading = client.uploadImage(5, image(100));
  (await next(1)).onerror({});
  await settled();
  clock.tick(1000);
  const stalled = await next(2);
  stalled.upload.onprogress({ loaded: 10 });
  clock.tick(29_999);
  stalled.upload.onprogress({ loaded: 20 });
  clock.tick(29_999);
  assert.equal(stalled.isAborted, undefined);
  clock.tick(1);
  assert.equal(stalled.isAborted, true);
  await settled();
  clock.tick(1000);
  (await next(3)).answer(412);
  assert.equal(await uploading, "key-1");
});

test("in a browser, an upload can be ended", async (t) => {
  const { client, next } = await inBrowser(t);
  const controller = new AbortController();
  const uploading = assert.rejects(client.uploadImage(5, image(), controller), { code: "aborted" });
  const request = await next(1);
  controller.abort();
  await uploading;
  assert.equal(request.isAborted, true);
});
