// Pages that end while they send: nothing is lost, and nothing is there twice.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isOpen, isQuiet, isSaved, openBarePage, serveBarePage } from "./support/bare-page.js";
import { launch } from "./support/browser.js";
import { xRay } from "./support/images.js";
import { eventually } from "./support/phone.js";
import { needsStack, newSession, Person } from "./support/stack.js";

const options = { ...needsStack, timeout: 60_000 };
const RELOADS = 15;

let browser;
after(() => browser?.close());

/** A page of this customer's in a new session, and what the service has of that. */
async function start(t, customerId) {
  browser ??= await launch();
  const [customer, dentist] = [new Person("customer", customerId), new Person("dentist", 2)];
  const session = await newSession(customer, dentist);
  const context = await browser.newContext();
  t.after(() => context.close());
  context.setDefaultTimeout(15_000);
  const address = await serveBarePage(t);
  const open = () => openBarePage(context, address, customer, session);
  const page = await open();
  const image = (await xRay(page)).buffer.toString("base64");
  const send = (content, withImage) =>
    page.evaluate(([text, data]) => void window.send(text, data), [content, withImage && image]);
  const stored = async () =>
    (await customer.fetch(session)).messages.map(({ content, images }) => [content, images.length]);
  return { context, page, open, send, stored };
}

/** What the page shows is what the service has, and what it kept is forgotten. */
async function agrees(page, stored) {
  await isQuiet(page);
  await eventually(async () => {
    const shown = await page.evaluate(() =>
      window.conversation.messages.map(({ content, images }) => [content, images.length]),
    );
    assert.deepEqual(shown, await stored());
    assert.equal(await kept(page), 1);
  });
}

/** How many records there are: of an empty storage, its index. */
const kept = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("chat");
        opening.onerror = reject;
        opening.onsuccess = () => {
          const database = opening.result;
          const counting = database.transaction("pending").objectStore("pending").count();
          counting.onsuccess = () => {
            database.close();
            resolve(counting.result);
          };
        };
      }),
  );

test("a reload in the middle of sending text and an image loses and doubles nothing", options, async (t) => {
  const { page, send, stored } = await start(t, 16);
  // The service stores the first one, and its answer never arrives.
  const isStored = Promise.withResolvers();
  await page.route(
    /\/sessions\/\d+\/messages$/,
    async (route) => {
      await route.fetch();
      isStored.resolve();
    },
    { times: 1 },
  );
  await send("One");
  await send("Two", true);
  await send("Three");
  await isSaved(page);
  await isStored.promise;
  await page.reload();
  await isOpen(page);
  await agrees(page, stored);
  const expected = [
    ["One", 0],
    ["Two", 1],
    ["Three", 0],
  ];
  assert.deepEqual(await stored(), expected);

  // The image is at the store, its message at the service, and the page hears of neither.
  const isDone = Promise.withResolvers();
  await page.route(
    /\/sessions\/\d+\/messages$/,
    async (route) => {
      await route.fetch();
      isDone.resolve();
    },
    { times: 1 },
  );
  await send("Four", true);
  await isDone.promise;
  await page.reload();
  await isOpen(page);
  await agrees(page, stored);
  assert.deepEqual(await stored(), [...expected, ["Four", 1]]);
});

test("reloads at any instant lose nothing that was saved, and double nothing", options, async (t) => {
  const { page, send, stored } = await start(t, 17);
  const expected = [];
  for (let reload = 0; reload < RELOADS; reload += 1) {
    await send(`Image ${reload}`, true);
    await send(`Text ${reload}`);
    await isSaved(page);
    expected.push([`Image ${reload}`, 1], [`Text ${reload}`, 0]);
    // From at once to well after everything is done.
    const instant = (reload / RELOADS) ** 2 * 600;
    await page.evaluate((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)), instant);
    await page.reload();
    await isOpen(page);
  }
  await agrees(page, stored);
  assert.deepEqual(await stored(), expected);
});

test("a picked file that is gone fails its message at once, and the next one goes out when it is taken back", options, async (t) => {
  const { page, send, stored } = await start(t, 19);
  const folder = mkdtempSync(join(tmpdir(), "chat-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "x-ray.jpg");
  writeFileSync(file, (await xRay(page)).buffer);
  await page.setInputFiles("input", file);
  rmSync(file);
  const failed = page.evaluate(
    () =>
      new Promise((resolve) => {
        const [image] = document.querySelector("input").files;
        const sent = window.conversation.send({ content: "Look", images: [image] });
        window.conversation.on("change", () => {
          if (sent.status !== "failed") return;
          resolve(sent.error.code);
          window.conversation.discard(sent);
        });
      }),
  );
  await send("Two");
  assert.equal(await failed, "image_unreadable");
  await eventually(async () => assert.deepEqual(await stored(), [["Two", 0]]));
});

test("of two tabs one uploads and sends, and the other goes on when that one is closed", options, async (t) => {
  const { context, page, open, send, stored } = await start(t, 18);
  const uploads = [];
  context.on("request", (request) => request.method() === "PUT" && uploads.push(request.url()));
  const isHeld = Promise.withResolvers();
  await page.route(
    (url) => url.searchParams.has("X-Amz-Signature"),
    (route) => (route.request().method() === "PUT" ? isHeld.resolve() : route.continue()),
  );
  await send("One", true);
  await send("Two");
  await isSaved(page);
  await isHeld.promise;
  const second = await open();
  await second.waitForFunction(() => window.conversation.pending.length === 2);
  assert.equal(uploads.length, 1);
  await second.evaluate(() => void window.send("Three"));
  await eventually(async () => assert.deepEqual(await stored(), [["Three", 0]]));
  await page.close();
  await agrees(second, stored);
  assert.deepEqual(await stored(), [
    ["Three", 0],
    ["One", 1],
    ["Two", 0],
  ]);
});
