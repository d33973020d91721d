import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { endpoints, newSession } from "./support/stack.js";

const NOTHING_TO_SEE = "\u3164\u200b ";

story(
  "an image is what its bytes say, and not what its name says",
  { customer: 19, dentist: 3 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    const { buffer } = await xRay(page);
    const misnamed = { name: "x-ray.txt", mimeType: "text/plain", buffer };
    const unfit = { name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("GIF89a") };
    await phones.customer.box.waitFor();
    await phones.customer.files.setInputFiles([unfit, misnamed]);
    await phones.customer.talk.getByText("Only JPEG, PNG, WebP and HEIC").waitFor();
    await phones.customer.talk.getByRole("img", { name: "Image 1" }).waitFor();
    assert.equal(await phones.customer.talk.locator(".attachments img").count(), 1);

    await phones.customer.say("Here it is.");
    await phones.customer.marked("Here it is.", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
    const [{ images }] = (await customer.fetch(session)).messages;
    assert.equal(images.length, 1);
  },
);

story(
  "a message waits for the images that were picked just before it",
  { customer: 19, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await phones.customer.box.waitFor();
    await page.evaluate(() => {
      const { promise, resolve } = Promise.withResolvers();
      const read = Blob.prototype.arrayBuffer;
      Blob.prototype.arrayBuffer = async function arrayBuffer() {
        await promise;
        return read.call(this);
      };
      globalThis.letRead = resolve;
    });
    await phones.customer.files.setInputFiles([await xRay(page)]);
    await phones.customer.say("Here it is.");
    assert.equal(await phones.customer.box.inputValue(), "Here it is.");
    await page.evaluate(() => globalThis.letRead());
    await phones.customer.marked("Here it is.", "Read");
    const [{ images }] = (await customer.fetch(session)).messages;
    assert.equal(images.length, 1);
  },
);

story(
  "a text of which nothing shows is not sent",
  { customer: 20, dentist: 3 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { phones } = await open();
    await phones.customer.say(NOTHING_TO_SEE);
    assert.equal(await phones.customer.box.inputValue(), NOTHING_TO_SEE);
    assert.equal(await phones.customer.send.getAttribute("aria-disabled"), "true");
    await phones.customer.say(`${NOTHING_TO_SEE}Hello.`);
    await phones.customer.marked("Hello.", "Read");
    assert.equal((await customer.fetch(session)).last_seq, 1);
  },
);

story(
  "what has not left can be discarded, and what may have arrived cannot",
  { customer: 20, dentist: 5 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await phones.customer.box.waitFor();
    const discard = (text) => phones.customer.message(text).getByRole("button", { name: "Discard" });
    const isGone = (text) => phones.customer.message(text).waitFor({ state: "detached" });

    // A request without an answer: nobody knows whether it has arrived.
    const hasLeft = Promise.withResolvers();
    await page.route(`**/sessions/${session}/messages`, () => hasLeft.resolve(), { times: 1 });
    await phones.customer.say("It is on its way.");
    await phones.customer.say("It waits.");
    await hasLeft.promise;
    await discard("It waits.").click();
    await isGone("It waits.");
    await phones.customer.marked("It is on its way.", "Sending");
    assert.equal(await discard("It is on its way.").count(), 0);
    await phones.customer.network.click();
    await phones.customer.network.click();
    await phones.customer.marked("It is on its way.", "Read");

    // An image whose upload does not come to an end.
    await page.route(`${endpoints.s3}/**`, () => {});
    await phones.customer.files.setInputFiles([await xRay(page)]);
    await phones.customer.say("It is large.");
    await phones.customer.marked("It is large.", "Uploading images");
    await discard("It is large.").click();
    await isGone("It is large.");
    await phones.customer.say("Never mind.");
    await phones.customer.marked("Never mind.", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
    assert.equal((await customer.fetch(session)).last_seq, 2);
  },
);
