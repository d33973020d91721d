import assert from "node:assert/strict";
import { story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { fits, useFont, WIDE_FONT } from "./support/layout.js";
import { newSession } from "./support/stack.js";

const WORD = "Wurzelkanalbehandlungsnachsorgeuntersuchungstermin".repeat(3);

for (const family of [undefined, WIDE_FONT]) {
  const prepare = family && ((page) => useFont(page, family));
  story(
    `on a narrow screen the phones take turns, and nothing is wider than the screen, in ${family ?? "the page’s own font"}`,
    { customer: 12, dentist: 3 },
    async ({ customer, dentist, open }) => {
      const session = await newSession(customer, dentist);
      const { page, phones } = await open({ width: 360, height: 740, prepare });
      await page.getByRole("tabpanel", { name: "Customer" }).waitFor();
      await phones.customer.box.waitFor();
      assert.equal(await phones.dentist.root.isVisible(), false);
      await fits(page);

      await phones.customer.say(`The word is ${WORD}.`);
      await page.getByRole("tab", { name: /^Dentist \d+ unread$/ }).waitFor();
      // Behind its tab, the dentist's phone shows it to nobody.
      await phones.customer.marked(WORD, "Sent");
      await phones.dentist.tab.click();
      await page.getByRole("tabpanel", { name: "Dentist" }).waitFor();
      await phones.dentist.hears(WORD);
      await fits(page);
      await phones.customer.tab.click();
      await phones.customer.marked(WORD, "Read");

      await phones.customer.button("Back to conversations").click();
      await phones.customer.inbox.waitFor();
      assert.equal(await phones.customer.talk.isVisible(), false);
      await fits(page);
      await phones.customer.row(dentist.name).click();
      await phones.customer.box.waitFor();
      assert.equal(await phones.customer.inbox.isVisible(), false);

      const image = await xRay(page);
      await phones.customer.files.setInputFiles(Array(7).fill(image));
      await fits(page);
      await phones.customer.send.click();
      await phones.customer.log.getByRole("button", { name: "Image 7 of 7" }).waitFor();
      await phones.customer.log.getByRole("img", { name: "Sent" }).waitFor();
      await fits(page);
      await phones.customer.network.click();
      await phones.customer.say("Later.");
      await phones.customer.log.getByText("Waiting for the network.").waitFor();
      await fits(page);
      await phones.customer.network.click();
      await phones.customer.marked("Later.", "Sent");

      await phones.dentist.tab.click();
      await phones.dentist.button("Back to conversations").click();
      const help = page.getByRole("button", { name: "What to try" });
      for (const opener of [help, phones.dentist.button("New conversation")]) {
        await opener.click();
        await page.getByRole("dialog").waitFor();
        await fits(page);
        await page.keyboard.press("Escape");
      }
      await page.getByRole("button", { name: "Pushes" }).click();
      await page.getByRole("complementary", { name: "Pushes" }).getByText(/None yet|new message/).first().waitFor();
      await fits(page);

      await phones.dentist.row(customer.name).click();
      await phones.dentist.button("Image 2 of 7").click();
      await page.getByRole("button", { name: "Next image" }).click();
      await page.getByRole("dialog", { name: "Image" }).getByText("3 of 7").waitFor();
      await fits(page);
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 1440, height: 900 });
      await phones.customer.root.waitFor();
      assert.equal(await page.getByRole("tab").count(), 0);
      for (const phone of Object.values(phones)) await phone.agrees(session);
    },
  );
}
