// Tests of the console page: each has two of the demo's people for itself, and a page without faults.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.js";
import { Phone } from "./phone.js";
import { endpoints, needsStack, Person } from "./stack.js";

const TEST_LIMIT = 300_000;
const STEP_LIMIT = 60_000;

/** Where pictures of the page go. */
export const PICTURES = fileURLToPath(new URL("../../../../target/screenshots/", import.meta.url));
mkdirSync(PICTURES, { recursive: true });

let browser;
after(() => browser?.close());

/**
 * A test for two of the demo's people. `body` gets them as `customer` and `dentist`, and `open`, which
 * shows their phones in a page of its own. The browser logs answers that are errors: `refusals` are the
 * statuses that are expected here.
 */
export function story(name, { customer, dentist, refusals = [] }, body) {
  test(name, { ...needsStack, timeout: TEST_LIMIT }, async () => {
    browser ??= await launch();
    const people = { customer: new Person("customer", customer), dentist: new Person("dentist", dentist) };
    const desk = new Desk(people, refusals);
    try {
      await body({ ...people, open: (options) => desk.open(options) });
      assert.deepEqual(desk.faults, []);
    } catch (error) {
      await desk.photograph(name);
      if (desk.faults.length) console.error(desk.faults.slice(0, 10));
      throw error;
    } finally {
      await desk.clear();
    }
  });
}

/** The pages of one test, and what they complain of. */
class Desk {
  faults = [];
  #people;
  #refusals;
  #contexts = [];

  constructor(people, refusals) {
    this.#people = people;
    this.#refusals = refusals;
  }

  async open({ width = 1440, height = 900, scheme = "light", scale = 1, prepare = () => {} } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      deviceScaleFactor: scale,
      reducedMotion: "reduce",
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(STEP_LIMIT);
    const page = await context.newPage();
    await this.#listen(page);
    await prepare(page);
    const { customer, dentist } = this.#people;
    // The first look at the pushes shows which are old.
    const looked = page.waitForResponse(`${endpoints.console}/onesignal/received`);
    await page.goto(`${endpoints.console}#customer=${customer.id}&dentist=${dentist.id}`);
    await looked;
    const phones = { customer: new Phone(page, customer), dentist: new Phone(page, dentist) };
    for (const { root } of Object.values(phones)) {
      await root.getByText("Online", { exact: true }).waitFor({ state: "attached" });
    }
    return { page, phones };
  }

  async photograph(name) {
    const pages = this.#contexts.flatMap((context) => context.pages());
    for (const [index, page] of pages.entries()) {
      const path = join(PICTURES, `failed ${name.replace(/\W+/g, " ")} ${index + 1}.png`);
      await page.screenshot({ path }).catch(() => {});
    }
  }

  async clear() {
    for (const context of this.#contexts) {
      for (const page of context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    }
  }

  async #listen(page) {
    page.on("pageerror", (error) => this.faults.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      const isFault = ["error", "warning"].includes(message.type());
      const status = Number(/the server responded with a status of (\d+)/.exec(message.text())?.[1]);
      if (isFault && !this.#refusals.includes(status)) this.faults.push(`${message.text()} ${message.location().url}`);
    });
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`Against the content security policy: ${violatedDirective} ${blockedURI}`),
      ),
    );
  }
}
