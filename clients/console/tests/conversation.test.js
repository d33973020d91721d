import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { activeSession, endSession, newSession, Person, strangerOf } from "./support/stack.js";

story(
  "a customer and a dentist talk, with an image, and both phones show what the service has",
  { customer: 3, dentist: 1 },
  async ({ customer, dentist, open }) => {
    await endSession(customer, dentist);
    const { page, phones } = await open();

    await phones.customer.talk.getByRole("button", { name: /^Start a (new )?conversation/ }).click();
    await phones.customer.say("A filling fell out.");
    const session = await activeSession(customer, dentist);
    // Where an archived one was open, it stays open.
    await phones.dentist.root.getByRole("radio", { name: "Active" }).check();
    await phones.dentist.row(customer.name).filter({ hasText: "A filling fell out." }).click();
    await phones.customer.marked("A filling fell out.", "Read");

    await phones.dentist.box.pressSequentially("Please send");
    await phones.customer.talk.getByText("typing…").waitFor();
    await phones.customer.log.getByText(`${dentist.name} is typing`).waitFor({ state: "attached" });
    await phones.dentist.say("Please send me the X-ray.");
    await phones.customer.hears("Please send me the X-ray.");
    await phones.customer.talk.getByText("typing…").waitFor({ state: "hidden" });
    await phones.dentist.marked("Please send me the X-ray.", "Read");

    await phones.customer.files.setInputFiles([await xRay(page)]);
    await phones.customer.talk.getByRole("img", { name: "Image 1" }).waitFor();
    await phones.customer.say("Here it is.");
    await phones.customer.marked("Here it is.", "Read");
    const thumbnail = phones.dentist.message("Here it is.").getByRole("button", { name: "Image" });
    await isDrawn(thumbnail.getByRole("img"));

    await thumbnail.click();
    const lightbox = page.getByRole("dialog", { name: "Image" });
    await isDrawn(lightbox.getByRole("img", { name: "Image" }));
    await page.keyboard.press("Escape");
    await lightbox.waitFor({ state: "hidden" });

    await phones.dentist.say("Come at four.");
    await phones.dentist.marked("Come at four.", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
    await phones.dentist.row(customer.name).getByText("You: Come at four.").waitFor();
    const { unread_count, customer_read_seq } = await customer.fetch(session);
    assert.deepEqual({ unread_count, customer_read_seq }, { unread_count: 0, customer_read_seq: 4 });
  },
);

story(
  "messages that nobody looks at are counted, and read once somebody does",
  { customer: 4, dentist: 1 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { phones } = await open();
    await phones.dentist.box.waitFor();

    await phones.dentist.reading.click();
    await phones.customer.say("Good morning.");
    await phones.customer.say("Does it open at eight?");
    await phones.dentist.row(new RegExp(`${customer.name}.* 2 unread`)).waitFor();
    await phones.dentist.log.getByText("New messages").waitFor();
    await phones.customer.agrees(session);
    await phones.customer.marked("Does it open at eight?", "Sent");

    await phones.dentist.reading.click();
    await phones.customer.marked("Good morning.", "Read");
    await phones.customer.marked("Does it open at eight?", "Read");
    await phones.dentist.row(/unread/).and(phones.dentist.row(customer.name)).waitFor({ state: "hidden" });
    await phones.dentist.agrees(session);
  },
);

story(
  "an archived conversation can be read but not continued, until it is reopened",
  { customer: 5, dentist: 3, refusals: [409] },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    await customer.post(session, "Thank you, all is well.");
    const { phones } = await open();
    await phones.customer.box.waitFor();
    await phones.dentist.hears("Thank you, all is well.");

    // What is written without network meets an archived conversation.
    await phones.customer.network.click();
    await phones.customer.say("One more question.");
    await phones.customer.say("And its answer?");
    await phones.dentist.button("Archive").click();
    await phones.dentist.talk.getByText("This conversation is archived.").waitFor();
    await phones.dentist.box.waitFor({ state: "hidden" });
    assert.equal(await phones.dentist.root.getByRole("radio", { name: "Archived" }).isChecked(), true);
    await phones.dentist.row(customer.name).and(phones.dentist.inbox.locator("[aria-current=true]")).waitFor();
    await phones.dentist.hears("Thank you, all is well.");

    await phones.customer.network.click();
    await phones.customer.talk.getByText("This conversation is archived.").waitFor();
    await phones.customer.button("Start a new conversation").waitFor();
    await phones.customer.box.waitFor({ state: "hidden" });
    await phones.customer.marked("One more question.", "Not sent");
    await phones.customer.marked("And its answer?", "Waiting");
    await phones.customer.log.getByText("Waiting for the message before it.").waitFor();

    await phones.dentist.button("Reopen").click();
    await phones.dentist.box.waitFor();
    await phones.customer.box.waitFor();
    await phones.customer.button("Retry").click();
    await phones.customer.marked("One more question.", "Read");
    await phones.customer.marked("And its answer?", "Read");
    await phones.dentist.say("Yes?");
    await phones.dentist.marked("Yes?", "Read");
    for (const phone of Object.values(phones)) await phone.agrees(session);
  },
);

story(
  "whom the service refuses is named in the dialog, and a dentist who is elsewhere can be brought",
  { customer: 6, dentist: 3, refusals: [404] },
  async ({ customer, dentist, open }) => {
    await newSession(customer, dentist);
    await endSession(customer, new Person("dentist", 5));
    const stranger = await strangerOf(dentist);
    const { page, phones } = await open();
    await phones.customer.box.waitFor();

    await phones.dentist.button("New conversation").click();
    const dialog = page.getByRole("dialog", { name: `New conversation for ${dentist.name}` });
    await dialog.getByRole("button", { name: stranger.name }).click();
    await dialog.getByRole("alert").filter({ hasText: `${stranger.name}: the service answers` }).waitFor();
    await page.keyboard.press("Escape");

    await phones.customer.button("New conversation").click();
    await page.getByRole("dialog").getByRole("button", { name: "Dr. Priya Raghavan" }).click();
    await phones.customer.button("Show Dr. Priya Raghavan").click();
    await page.waitForURL(/#customer=6&dentist=5$/);
    await phones.dentist.box.waitFor();
    await phones.dentist.say("Here I am.");
    await phones.dentist.marked("Here I am.", "Read");
  },
);

/** Waits until a picture is loaded and has a size of its own. */
async function isDrawn(image) {
  await image.waitFor();
  const width = await image.evaluate(async (picture) => {
    await picture.decode();
    return picture.naturalWidth;
  });
  assert.equal(width, 800);
}
