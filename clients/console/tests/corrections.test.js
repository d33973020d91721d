import assert from "node:assert/strict";
import { join } from "node:path";
import { PICTURES, story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { newSession } from "./support/stack.js";

story(
  "a message is corrected and retracted from its menu, and both phones show it at once",
  { customer: 19, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    const { page, phones } = await open();
    await phones.dentist.row(customer.name).click();
    await phones.customer.say("I took ten milligrams.");
    await phones.dentist.hears("I took ten milligrams.");

    const act = async (text, label) => {
      await phones.customer.message(text).hover();
      await phones.customer.message(text).getByRole("button", { name: "Correct or retract" }).click();
      await page.getByRole("button", { name: label }).click();
    };
    await act("I took ten milligrams.", "Correct…");
    const correcting = page.getByRole("dialog", { name: "Correct your message" });
    const box = correcting.getByRole("textbox", { name: "The new text" });
    assert.equal(await box.inputValue(), "I took ten milligrams.");
    await box.fill(" ");
    await correcting.getByRole("button", { name: "Save correction" }).click();
    await correcting.getByText("needs a text").waitFor();
    await box.fill("I took one milligram.");
    await correcting.getByRole("button", { name: "Save correction" }).click();
    await correcting.waitFor({ state: "hidden" });
    for (const phone of Object.values(phones)) {
      await phone.message("I took one milligram.").getByText("Corrected").waitFor();
      assert.equal(await phone.log.getByText("ten milligrams").count(), 0);
    }

    await phones.customer.files.setInputFiles([await xRay(page)]);
    await phones.customer.talk.getByRole("img", { name: "Image 1" }).waitFor();
    await phones.customer.say("The wrong patient.");
    await phones.dentist.hears("The wrong patient.");
    await act("The wrong patient.", "Retract…");
    const retracting = page.getByRole("dialog", { name: "Retract this message?" });
    await page.screenshot({ path: join(PICTURES, "retract.png") });
    await retracting.getByRole("button", { name: "Keep it" }).click();
    await phones.customer.message("The wrong patient.").waitFor();
    await act("The wrong patient.", "Retract…");
    await retracting.getByRole("button", { name: "Retract for good" }).click();
    await retracting.waitFor({ state: "hidden" });
    await phones.customer.message("You retracted this message.").waitFor();
    await phones.dentist.message("This message was retracted.").waitFor();
    await phones.dentist.row(customer.name).getByText("Message retracted").waitFor();
    for (const phone of Object.values(phones)) {
      assert.equal(await phone.log.getByText("The wrong patient.").count(), 0);
      assert.equal(await phone.log.getByRole("img", { name: "Image" }).count(), 0);
      const menus = phone.message(/retracted/).getByRole("button", { name: "Correct or retract" });
      assert.equal(await menus.count(), 0);
      await phone.agrees(session);
    }
    await phones.customer.message("I took one milligram.").hover();
    await page.screenshot({ path: join(PICTURES, "corrections.png") });
  },
);
