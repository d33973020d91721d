import { NARROW, WIDE, check, loadAxe } from "./support/axe.js";
import { story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { newSession } from "./support/stack.js";

story(
  "axe finds no serious fault: wide and narrow, light and dark, with every dialog",
  { customer: 15, dentist: 5 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await loadAxe(page);
    await phones.dentist.box.waitFor();
    await phones.customer.say("Good morning!");
    await phones.dentist.say("Good morning. How can I help?");
    await phones.customer.files.setInputFiles([await xRay(page)]);
    await phones.customer.say("The filling broke.");
    await phones.dentist.marked("How can I help?", "Read");
    await phones.customer.marked("The filling broke.", "Read");
    // Everything at once: nobody looks, unread messages, one that waits, images to send, a complaint.
    await phones.dentist.reading.click();
    await phones.customer.say("When may I come?");
    await phones.dentist.log.getByText("New messages").waitFor();
    await phones.customer.network.click();
    await phones.customer.say("Hello?");
    await phones.customer.log.getByText("Waiting for the network.").waitFor();
    const unfit = { name: "a.gif", mimeType: "image/gif", buffer: Buffer.of(1) };
    await phones.customer.files.setInputFiles([await xRay(page), unfit]);
    await phones.customer.talk.getByText("Only JPEG, PNG, WebP and HEIC").waitFor();
    await check(page, "conversation", WIDE);
    await check(page, "conversation", NARROW);

    await page.setViewportSize(NARROW);
    await phones.customer.button("Back to conversations").click();
    await page.getByRole("button", { name: "Pushes" }).click();
    await check(page, "inbox and pushes", NARROW);
    await page.setViewportSize(WIDE);

    for (const [name, opener] of [
      ["What to try", page.getByRole("button", { name: "What to try" })],
      [`New conversation for ${dentist.name}`, phones.dentist.button("New conversation")],
      ["Image", phones.dentist.message("The filling broke.").getByRole("button", { name: "Image" })],
    ]) {
      await opener.click();
      const dialog = page.getByRole("dialog", { name });
      await dialog.waitFor();
      await check(page, name, WIDE);
      await check(page, name, NARROW);
      await page.setViewportSize(WIDE);
      await page.keyboard.press("Escape");
    }

    await dentist.call("PATCH", `/sessions/${session}`, { status: "archived" });
    await phones.dentist.button("Reopen").waitFor();
    await check(page, "archived", WIDE);
    await page.setViewportSize(NARROW);
    await phones.dentist.tab.click();
    await check(page, "archived", NARROW);
  },
);
