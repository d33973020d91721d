import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { stopClock } from "./support/clock.js";
import { imageOf, unreadable } from "./support/images.js";
import { Service } from "./support/service.js";
import { eventually, settled } from "./support/wait.js";

const UPLOAD = "POST /sessions/5/uploads";
const image = (size = 9) => imageOf("image/jpeg", { size });
const MINUTE = 60_000;
const ERRORS = { RequestTimeout: 400, IncompleteBody: 400, InvalidArgument: 400, ExpiredToken: 400 };

/**
 * A client, and an object store that answers each request with the next of these: a status, "cut" for
 * no answer after the request, "hang" for none at all, or an error's code; then 200. A function answers all that come.
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
      else if (answer in ERRORS) response.writeHead(ERRORS[answer]).end(`<Error><Code>${answer}</Code></Error>`);
      else if (answer !== "hang") response.writeHead(answer).end("<Error/>");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const service = new Service();
  const uploads = [];
  let signed = "";
  service.intercept = ({ what, body }, answer) => {
    if (what !== UPLOAD) return answer();
    const key = `key-${uploads.push(body)}`;
    const headers = {
      "content-length": String(body.content_length),
      "content-type": body.content_type,
      host: "ignored.test",
      "if-none-match": "*",
    };
    const url = `http://127.0.0.1:${server.address().port}/${key}${signed}`;
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
  return { service, client, puts, uploads, life: (parameters) => (signed = parameters) };
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
  await refused(new Blob(["GIF89a"], { type: "image/jpeg" }), "content_type");
  await refused(new Blob([]), "content_length");
  await refused(image(10_485_761), "content_length");
  assert.deepEqual(service.asked, []);
  assert.equal(await client.uploadImage(5, image(10_485_760)), "key-1");
});

test("what fails on the way, or is to be tried later, is put again to the same URL", async (t) => {
  const answers = [503, "cut", 500, 409, 408, 429, "RequestTimeout", "IncompleteBody"];
  const { client, puts } = await start(t, ...answers);
  assert.equal(await client.uploadImage(5, image()), "key-1");
  assert.deepEqual(urls(puts), Array(answers.length + 1).fill("/key-1"));
});

test("a store that refuses an image is asked once", async (t) => {
  const answers = [400, "InvalidArgument", 401, 403, 404, 405, 411, 413, 414];
  const { client, puts } = await start(t, ...answers);
  for (const answer of answers) {
    const status = ERRORS[answer] ?? answer;
    await assert.rejects(client.uploadImage(5, image()), { code: "upload_refused", status, retryable: false });
  }
  assert.equal(puts.length, answers.length);
});

test("an image that the store has already is there, whatever try says so", async (t) => {
  const { client, puts } = await start(t, "cut", 412, 412);
  assert.equal(await client.uploadImage(5, image()), "key-1");
  // A layer below may have tried before, and have lost the answer.
  assert.equal(await client.uploadImage(5, image()), "key-2");
  assert.equal(puts.length, 3);
});

test("a URL that is refused at once is refused, one that worked before is over and replaced", async (t) => {
  const { client, puts } = await start(t, 403, 503, 403, 503, "ExpiredToken");
  await assert.rejects(client.uploadImage(5, image()), { code: "upload_refused", status: 403, retryable: false });
  assert.equal(await client.uploadImage(5, image()), "key-4");
  assert.deepEqual(urls(puts), ["/key-1", "/key-2", "/key-2", "/key-3", "/key-3", "/key-4"]);
});

test("an image is what its bytes say, whatever it is called", async (t) => {
  const { client, uploads } = await start(t);
  const kinds = [
    ["image/jpeg", "image/jpg"],
    ["image/heic", ""],
    ["image/webp", "image/jpeg"],
    ["image/png", "application/octet-stream"],
  ];
  for (const [kind, type] of kinds) await client.uploadImage(5, imageOf(kind, { type }));
  assert.deepEqual(
    uploads.map(({ content_type }) => content_type),
    kinds.map(([kind]) => kind),
  );
});

test("an image that cannot be read fails at once, before anything is asked", async (t) => {
  const { service, client } = await start(t);
  await assert.rejects(client.uploadImage(5, unreadable()), { code: "image_unreadable", retryable: false });
  assert.deepEqual(service.asked, []);
});

test("a URL that is five minutes old is replaced", async (t) => {
  const { client, puts } = await start(t, (url) => (url === "/key-1" ? "cut" : 200));
  const uploading = client.uploadImage(5, image());
  await eventually(() => assert.ok(puts.length > 0));
  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + 5 * MINUTE + 1);
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

async function inBrowser(t, life) {
  FakeRequest.all = [];
  globalThis.XMLHttpRequest = FakeRequest;
  t.after(() => delete globalThis.XMLHttpRequest);
  const started = await start(t);
  if (life) started.life(life);
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
  assert.deepEqual([request.method, request.body], ["PUT", new Uint8Array(await blob.arrayBuffer())]);
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
  clock.tick(MINUTE - 1);
  stalled.upload.onprogress({ loaded: 20 });
  clock.tick(MINUTE - 1);
  assert.equal(stalled.isAborted, undefined);
  clock.tick(1);
  assert.equal(stalled.isAborted, true);
  await settled();
  clock.tick(1000);
  (await next(3)).answer(412);
  assert.equal(await uploading, "key-1");
});

for (const [signed, life] of [
  ["", 5 * MINUTE],
  ["?X-Amz-Expires=600", 10 * MINUTE],
  ["?X-Amz-Expires=2200000", 15 * MINUTE],
]) {
  test(`in a browser, what a proxy has swallowed is waited for as long as its URL lives: ${life} ms`, async (t) => {
    const { client, next } = await inBrowser(t, signed);
    const clock = stopClock(t);
    const uploading = client.uploadImage(5, image(100));
    const swallowed = await next(1);
    swallowed.upload.onprogress({ loaded: 100 });
    clock.tick(life - 1);
    assert.equal(swallowed.isAborted, undefined);
    clock.tick(1);
    assert.equal(swallowed.isAborted, true);
    await settled();
    // The URL is over.
    clock.tick(1000);
    const again = await next(2);
    again.upload.onprogress({ loaded: 100 });
    clock.tick(life - 1);
    again.answer(200);
    assert.equal(await uploading, "key-2");
  });
}

test("in a browser, an upload that gets on may take longer than its URL lives", async (t) => {
  const { client, next } = await inBrowser(t);
  const clock = stopClock(t);
  const uploading = client.uploadImage(5, image(100));
  const slow = await next(1);
  for (let loaded = 0; loaded < 100; loaded += 5) {
    slow.upload.onprogress({ loaded });
    clock.tick(50_000);
  }
  slow.upload.onprogress({ loaded: 100 });
  clock.tick(30_000);
  slow.answer(200);
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
