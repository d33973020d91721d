import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { newSession } from "./support/stack.js";

const COUNT = 115;
const FAR = 100_000;

story(
  "earlier messages are loaded while scrolling up, and what is read stays in its place",
  { customer: 11, dentist: 5 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    for (let number = 1; number <= COUNT; number += 1) {
      const author = number % 3 ? customer : dentist;
      await author.post(session, `Message ${number}${" of the long story".repeat(number % 5)}`);
    }
    for (const person of [customer, dentist]) {
      await person.call("POST", `/sessions/${session}/read`, { up_to_seq: COUNT });
    }

    const { page, phones } = await open();
    const { log } = phones.dentist;
    await phones.dentist.hears(`Message ${COUNT}`);
    await phones.customer.hears(`Message ${COUNT}`);

    // Pages wait until they are let through.
    const asked = [];
    await page.route(`**/sessions/${session}/messages?before=*`, (route) => void asked.push(route));
    await log.hover();
    for (let count = 50; count < COUNT; ) {
      const isAsked = page.waitForRequest(/before=/);
      await page.mouse.wheel(0, -FAR);
      await isAsked;
      await log.getByText("Loading earlier messages…").waitFor();
      await log.evaluate((box) => box.scrollTop === 0 || new Promise((resolve) => (box.onscrollend = resolve)));
      const top = await log.locator(".message").first().elementHandle();
      const before = await top.boundingBox();
      await Promise.all(asked.splice(0).map((route) => route.continue()));
      await log.locator(".message").nth(count).waitFor({ state: "attached" });
      const after = await top.boundingBox();
      assert.ok(Math.abs(after.y - before.y) <= 1, `it moved from ${before.y} to ${after.y}`);
      count = await log.locator(".message").count();
    }
    await page.unrouteAll();
    await phones.dentist.agrees(session);

    // Who reads old messages is told of new ones, and has not read them.
    await phones.customer.say("Are you still reading?");
    const news = phones.dentist.button("1 new message");
    await news.waitFor();
    await phones.customer.marked("Are you still reading?", "Sent");
    await news.click();
    await phones.customer.marked("Are you still reading?", "Read");
    await news.waitFor({ state: "hidden" });
    await phones.dentist.agrees(session);
  },
);
