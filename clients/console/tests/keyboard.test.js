import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { focused, reach, watchFocus } from "./support/keyboard.js";
import { endSession, newSession, Person } from "./support/stack.js";

story(
  "everything can be done with the keyboard, which is never lost",
  { customer: 13, dentist: 1 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const other = new Person("dentist", 3);
    await endSession(customer, other);
    const { page, phones } = await open();
    const image = await xRay(page);
    page.on("filechooser", (chooser) => chooser.setFiles([image]));
    const { keyboard } = page;
    const { box } = phones.customer;
    await box.waitFor();

    await reach(box);
    await watchFocus(page);
    await keyboard.type("Good evening.");
    await keyboard.press("Enter");
    await phones.customer.marked("Good evening.", "Read");
    await focused(box);

    const help = page.getByRole("button", { name: "What to try" });
    await reach(help, "Shift+Tab");
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "What to try" }).waitFor();
    await keyboard.press("Escape");
    await focused(help);

    // Attached, taken back, attached again, sent, looked at.
    await reach(phones.customer.button("Attach images"));
    await keyboard.press("Enter");
    await focused(box);
    await reach(phones.customer.button("Remove image 1"), "Shift+Tab");
    await keyboard.press("Enter");
    await focused(box);
    await reach(phones.customer.button("Attach images"), "Shift+Tab");
    await keyboard.press("Enter");
    await focused(box);
    await reach(phones.customer.send);
    await keyboard.press("Enter");
    const picture = phones.customer.log.getByRole("button", { name: "Image" });
    await phones.customer.log.getByRole("img", { name: "Read" }).nth(1).waitFor();
    await reach(picture, "Shift+Tab");
    await keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Image" }).waitFor();
    await keyboard.press("Escape");
    await focused(picture);

    const start = phones.customer.button("New conversation");
    await reach(start, "Shift+Tab");
    await keyboard.press("Enter");
    await reach(page.getByRole("dialog").getByRole("button", { name: other.name }));
    await keyboard.press("Enter");
    await phones.customer.talk.getByRole("heading", { name: other.name }).waitFor();
    await focused(box);
    await keyboard.type("Hello, too.");
    await keyboard.press("Enter");
    await phones.customer.marked("Hello, too.", "Sent");
    await reach(phones.customer.row(other.name), "Shift+Tab");
    await keyboard.press("ArrowDown");
    await focused(phones.customer.row(dentist.name));
    // What is said there takes the row to the top.
    await dentist.post(session, "Are you there?");
    await phones.customer.row(/Are you there/).waitFor();
    await focused(phones.customer.row(dentist.name));
    await keyboard.press("Enter");
    await phones.customer.hears("Good evening.");
    await focused(box);

    // The dentist's doing takes the composer away from under the hands of the customer.
    await dentist.call("PATCH", `/sessions/${session}`, { status: "archived" });
    await focused(phones.customer.button("Start a new conversation"));
    await dentist.call("PATCH", `/sessions/${session}`, { status: "active" });
    await box.waitFor();
    await focused(box);

    await reach(phones.dentist.button("Archive"));
    await keyboard.press("Enter");
    await focused(phones.dentist.button("Reopen"));
    await keyboard.press("Enter");
    await focused(phones.dentist.button("Archive"));
    assert.deepEqual(await page.evaluate(() => globalThis.losses), []);
  },
);

story(
  "on a narrow screen, Esc leads to the inbox, and arrow keys through it and through the tabs",
  { customer: 14, dentist: 1 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const other = new Person("dentist", 4);
    await customer.post(await newSession(customer, other), "Hello to you.");
    await customer.post(session, "Hello.");
    await endSession(customer, new Person("dentist", 5));
    const { page, phones } = await open({ width: 360, height: 740 });
    const { keyboard } = page;
    await phones.customer.box.waitFor();
    await phones.customer.root.locator(".sessions button").nth(1).waitFor({ state: "attached" });
    await reach(phones.customer.box);
    await watchFocus(page);

    await keyboard.press("Escape");
    await focused(phones.customer.row(dentist.name));
    await phones.customer.row(other.name).waitFor();
    await keyboard.press("ArrowDown");
    await focused(phones.customer.row(other.name));
    await keyboard.press("Enter");
    await phones.customer.hears("Hello to you.");
    await focused(phones.customer.box);

    await keyboard.press("Escape");
    await reach(phones.customer.button("New conversation"), "Shift+Tab");
    await keyboard.press("Enter");
    await reach(page.getByRole("dialog").getByRole("button", { name: "Dr. Priya Raghavan" }));
    await keyboard.press("Enter");
    await phones.customer.talk.getByRole("heading", { name: "Dr. Priya Raghavan" }).waitFor();
    await focused(phones.customer.box);
    // She is brought to the other phone, behind the other tab.
    await reach(phones.customer.button("Show Dr. Priya Raghavan"), "Shift+Tab");
    await keyboard.press("Enter");
    await page.getByRole("tabpanel", { name: "Dentist" }).waitFor();
    await focused(phones.dentist.tab);
    await keyboard.press("ArrowLeft");
    await page.getByRole("tabpanel", { name: "Customer" }).waitFor();
    await focused(phones.customer.tab);
    assert.deepEqual(await page.evaluate(() => globalThis.losses), []);
  },
);
