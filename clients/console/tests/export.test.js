import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ANY_IMPACT, check, loadAxe, NARROW, WIDE } from "./support/axe.js";
import { launch } from "./support/browser.js";
import { PICTURES } from "./support/console.js";
import { exported, upload } from "./support/export.js";
import { xRay } from "./support/images.js";
import { fits } from "./support/layout.js";
import { needsStack, newSession, Person } from "./support/stack.js";

const LIMIT = 300_000;
const LONG_WORD = "Wurzelkanalbehandlungsnachsorgeuntersuchungstermin".repeat(3);

const browser = needsStack.skip ? undefined : await launch();
after(() => browser?.close());

/** A conversation with everything that a record shows; gives the session. */
async function talk(customer, dentist, images) {
  const session = await newSession(customer, dentist);
  const path = `/sessions/${session}/messages`;
  const show = async (person, content, count) => {
    const keys = [];
    for (let number = 0; number < count; number += 1) keys.push(await upload(person, session, images));
    return person.call("POST", path, { client_message_id: randomUUID(), content, image_urls: keys });
  };
  await customer.post(session, "I took ten milligrams.\nWas that too much?");
  await customer.call("PUT", `${path}/1`, { content: "I took one milligram.\nWas that too much?" });
  await dentist.post(session, "No, that is fine. <b>Does it still hurt?</b>");
  await show(customer, "The wrong patient.", 1);
  await customer.call("POST", `${path}/3/retraction`, {});
  await show(customer, "Here it is, from both sides.", 2);
  await show(dentist, "", 1);
  await dentist.post(session, `The word is ${LONG_WORD}.`);
  await customer.post(session, "شكرا لك 🦷");
  await dentist.call("POST", `/sessions/${session}/read`, { up_to_seq: 4 });
  await customer.call("POST", `/sessions/${session}/read`, { up_to_seq: 2 });
  return session;
}

test(
  "an export’s page is read without a script and a network, on a screen, on a phone and on paper",
  { ...needsStack, timeout: LIMIT },
  async (t) => {
    const [customer, dentist] = [new Person("customer", 13), new Person("dentist", 2)];
    const context = await browser.newContext({ viewport: WIDE, reducedMotion: "reduce" });
    t.after(() => context.close());
    const page = await context.newPage();
    const session = await talk(customer, dentist, await xRay(page));
    const address = pathToFileURL(await exported(customer)).href;

    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    await context.setOffline(true);
    await page.goto(address);
    const record = page.locator(`#session-${session}`);
    const folder = new URL(".", address).href;

    await t.test("no script, and nothing from outside", async () => {
      assert.equal(await page.locator("script, iframe, object, embed, link, [onload], [onclick]").count(), 0);
      const references = await page.evaluate(() =>
        [...document.querySelectorAll("[src], [href]")].map((element) => element.src ?? element.href),
      );
      assert.ok(references.length > 4);
      assert.deepEqual(references.filter((url) => !url.startsWith(folder)), []);
    });

    await t.test("everything in the order in which it was said, with what became of it", async () => {
      const told = await record.locator("article").evaluateAll((articles) =>
        articles.map((article) => ({
          id: article.id,
          side: article.className,
          said: article.querySelector(":scope > .said")?.innerText,
          before: [...article.querySelectorAll("blockquote .said")].map((said) => said.innerText),
          images: article.querySelectorAll("img").length,
          read: article.querySelector(".read").textContent.replace(/\d.*/, ""),
        })),
      );
      const { messages } = await customer.fetch(session);
      assert.deepEqual(
        told.map(({ id, side, said }) => [id, side, said ?? ""]),
        messages.map(({ seq, sender_type, content }) => [`m${session}-${seq}`, sender_type, content]),
      );
      assert.deepEqual(
        told.map(({ before, images, read }) => [before, images, read]),
        [
          [["I took ten milligrams.\nWas that too much?"], 0, "Read "],
          [[], 0, "Read "],
          [["The wrong patient."], 1, "Read "],
          [[], 2, "Read "],
          [[], 1, "Not read yet"],
          [[], 0, "Not read yet"],
          [[], 0, "Not read yet"],
        ],
      );
      await record.locator(`#m${session}-3`).getByText(/^Retracted \d/).waitFor();
      await record.locator(`#m${session}-1`).getByText(/^Corrected \d/).waitFor();
    });

    await t.test("on paper no image is missing", async () => {
      // Nobody has scrolled yet.
      const images = await page.locator("img").count();
      const paper = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
      assert.ok(paper.split("/Subtype /Image").length > 1, "there are images");
      const drawn = await page.locator("img").evaluateAll((all) => all.filter((image) => image.naturalWidth > 0).length);
      assert.equal(drawn, images);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const paperColors = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return [color, backgroundColor];
      });
      assert.deepEqual(paperColors, ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]);
      await page.setViewportSize({ width: 718, height: 1047 });
      await page.screenshot({ path: join(PICTURES, "export-paper.png"), fullPage: true });
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
    });

    await t.test("each image is in its place, and whole", async () => {
      for (const image of await record.locator("img").all()) {
        await image.scrollIntoViewIfNeeded();
        const { width, height } = await image.evaluate(async (element) => {
          await element.decode();
          return { width: element.naturalWidth, height: element.naturalHeight };
        });
        assert.deepEqual([width, height], [800, 600]);
      }
    });

    await t.test("axe finds nothing, and nothing is wider than the screen", async () => {
      await loadAxe(page);
      for (const size of [WIDE, NARROW]) {
        await check(page, "export", size, ANY_IMPACT);
        await page.emulateMedia({ colorScheme: "light" });
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
        await fits(page);
        for (const colorScheme of ["light", "dark"]) {
          await page.emulateMedia({ colorScheme });
          const path = join(PICTURES, `export-${size.width}-${colorScheme}.png`);
          await page.screenshot({ path, fullPage: true });
        }
      }
    });

    assert.deepEqual(asked.filter((url) => !url.startsWith(folder)), []);
    assert.deepEqual(complaints, []);
  },
);
