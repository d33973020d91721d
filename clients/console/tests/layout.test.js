import assert from "node:assert/strict";
import { join } from "node:path";
import { PICTURES, story } from "./support/console.js";
import { fits, hasFont, readsForward, useFont, WIDE_FONT } from "./support/layout.js";
import { activeSession, endpoints, newSession } from "./support/stack.js";

const WIDTHS = [1920, 1440, 1280, 1100, 900, 640, 360];
/** Turns what follows around, as far as it is allowed to. */
const OVERRIDE = "\u202e";

story(
  "with the letters of any font nothing is cut off, however wide the screen is",
  { customer: 16, dentist: 1 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open({ prepare: (page) => useFont(page, WIDE_FONT) });
    assert.ok(await hasFont(page, WIDE_FONT), `${WIDE_FONT} is missing`);
    await phones.dentist.box.waitFor();
    await phones.customer.say("Good morning! May I come today?");
    await phones.dentist.hears("May I come today?");
    await fits(page);
    await page.screenshot({ path: join(PICTURES, "wide-letters.png") });
    // As many words as there are: nobody looks, one message waits, and later all is archived.
    await phones.dentist.reading.click();
    await phones.customer.say("Hello?");
    await phones.dentist.log.getByText("New messages").waitFor();
    await phones.customer.network.click();
    await phones.customer.connection("Offline");
    await phones.customer.say("Later.");
    await phones.customer.log.getByText("Waiting for the network.").waitFor();
    await atEveryWidth(page, () => showsInbox(page, phones.customer));
    await phones.customer.network.click();
    await phones.customer.marked("Later.", "Sent");
    await dentist.call("PATCH", `/sessions/${session}`, { status: "archived" });
    await phones.dentist.button("Reopen").waitFor();
    await atEveryWidth(page);
  },
);

story(
  "a name that turns letters around turns no word around but itself",
  { customer: 17, dentist: 3 },
  async ({ customer, dentist, open }) => {
    await newSession(customer, dentist);
    const { page, phones } = await open({ prepare: (page) => turnAround(page, [customer.name, dentist.name]) });
    await phones.customer.box.waitFor();
    await phones.customer.network.click();
    await phones.customer.connection("Offline");
    await phones.dentist.say(`${OVERRIDE}Come by at four.`);
    await phones.dentist.marked("Come by at four.", "Sent");
    await page.locator(".card.fresh").filter({ hasText: `${customer.name}’s phone` }).waitFor();
    await readsForward(page);
    await phones.customer.network.click();
    await phones.customer.hears("Come by at four.");
    await readsForward(page);

    await phones.dentist.button("New conversation").click();
    await page.getByRole("dialog").waitFor();
    await readsForward(page);
    await page.keyboard.press("Escape");
    // On the other phone there is somebody else: words about a name, and a name within them.
    await phones.dentist.owner.selectOption("5");
    await phones.customer.talk.getByRole("button", { name: /^(Show|Start)/ }).first().waitFor();
    await readsForward(page);
    await activeSession(customer, dentist);
  },
);

/** The page at every width: what it shows, and then what `look` does with it. */
async function atEveryWidth(page, look = async () => {}) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await fits(page);
    await look();
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** A phone without room for both shows the inbox too. */
async function showsInbox(page, phone) {
  const back = phone.button("Back to conversations");
  if (!(await back.isVisible())) return;
  await back.click();
  await phone.inbox.waitFor();
  await fits(page);
  await phone.inbox.getByRole("listitem").first().getByRole("button").click();
  await phone.talk.waitFor();
}

/** Has the service and the page's own list say these names with an override before them. */
async function turnAround(page, names) {
  const isAbout = ({ origin, pathname }) =>
    pathname === "/console/endpoints.json" || (origin === endpoints.http_api && pathname.startsWith("/sessions"));
  await page.route(isAbout, async (route) => {
    const response = await route.fetch();
    let body = await response.text();
    for (const name of names) body = body.replaceAll(`"${name}"`, `"${OVERRIDE}${name}"`);
    await route.fulfill({ response, body });
  });
}
