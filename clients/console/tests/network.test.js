import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { eventually } from "./support/phone.js";
import { endpoints, newSession, pushesOf } from "./support/stack.js";

story(
  "after a cut connection, both phones show every message once and in the service's order",
  { customer: 7, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { phones } = await open();
    await phones.customer.say("Before the cut.");
    await phones.customer.marked("Before the cut.", "Read");

    await phones.dentist.network.click();
    await phones.dentist.connection("Offline");
    for (const number of [1, 2, 3]) await phones.customer.say(`Customer ${number}`);
    for (const number of [1, 2]) await phones.dentist.say(`Dentist ${number}`);
    await phones.customer.marked("Customer 3", "Sent");
    // It has heard nothing, and what it says waits.
    await phones.dentist.marked("Dentist 2", "Waiting");
    assert.deepEqual(texts(await phones.dentist.shown()), ["Before the cut.", "Dentist 1", "Dentist 2"]);
    assert.equal((await customer.fetch(session)).last_seq, 4);

    await phones.dentist.network.click();
    await phones.dentist.connection("Online");
    await phones.customer.hears("Dentist 2");
    await phones.dentist.marked("Dentist 2", "Read");
    await phones.customer.marked("Customer 3", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
    const all = ["Before the cut.", "Customer 1", "Customer 2", "Customer 3", "Dentist 1", "Dentist 2"];
    assert.deepEqual(texts(await phones.dentist.shown()), all);
  },
);

story(
  "a message whose answer is lost is sent again and is there once",
  { customer: 8, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await phones.customer.box.waitFor();
    await phones.dentist.box.waitFor();

    // The service stores it, and its answer never arrives.
    const isStored = Promise.withResolvers();
    await page.route(
      `**/sessions/${session}/messages`,
      async (route) => {
        await route.fetch();
        isStored.resolve();
      },
      { times: 1 },
    );
    await phones.customer.say("Do you hear me?");
    await isStored.promise;
    await phones.customer.network.click();
    await phones.dentist.hears("Do you hear me?");
    await phones.customer.network.click();
    await phones.customer.marked("Do you hear me?", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
    assert.equal((await customer.fetch(session)).last_seq, 1);
  },
);

story(
  "a phone whose connection is lost says when it tries again, sends meanwhile, and misses nothing",
  { customer: 9, dentist: 5 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const lines = [];
    let isUp = true;
    const intercept = (line) => {
      lines.push(line);
      if (isUp) line.connectToServer();
      else line.close();
    };
    const prepare = (page) => page.routeWebSocket(endpoints.ws_api, intercept);
    const { page, phones } = await open({ prepare });
    await phones.customer.box.waitFor();
    await phones.dentist.box.waitFor();

    isUp = false;
    for (const line of lines) await line.close();
    await phones.customer.root.getByText(/^Reconnecting in \d+ s$/).waitFor();
    await phones.customer.say("Said without a connection.");
    await phones.customer.marked("Said without a connection.", "Sent");

    isUp = true;
    // So a browser says that the network is back: they try at once.
    await page.evaluate(() => dispatchEvent(new Event("online")));
    for (const phone of Object.values(phones)) await phone.connection("Online");
    await phones.dentist.hears("Said without a connection.");
    await phones.customer.marked("Said without a connection.", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
  },
);

story(
  "a customer who is offline gets a push that tells nothing of the message, and opens the conversation",
  { customer: 10, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await phones.customer.box.waitFor();
    await phones.customer.network.click();
    await phones.customer.connection("Offline");
    await phones.dentist.say("Biopsy unremarkable, molar healthy");

    const [push] = await eventually(async () => {
      const pushes = await pushesOf(session);
      assert.notEqual(pushes.length, 0);
      return pushes;
    });
    const strip = page.getByRole("complementary", { name: "Pushes" });
    // Older ones may be there, of other conversations.
    const card = strip.locator(".fresh").getByRole("button", { name: `${customer.name}’s phone` });
    const text = `${await card.innerText()} ${JSON.stringify(push)}`;
    assert.match(text, /Your dentist/);
    assert.doesNotMatch(text, /biopsy|unremarkable|molar|healthy/i);

    // The phone is somebody else's meanwhile.
    await phones.customer.owner.selectOption("20");
    await page.waitForURL(/#customer=20&dentist=4$/);
    await card.click();
    await page.waitForURL(/#customer=10&dentist=4$/);
    await phones.customer.hears("Biopsy unremarkable");
    await phones.dentist.marked("Biopsy unremarkable", "Read");
    await phones.customer.box.and(page.locator(":focus")).waitFor();
    for (const phone of Object.values(phones)) await phone.agrees(session);
  },
);

const texts = (messages) => messages.map(({ text }) => text);
