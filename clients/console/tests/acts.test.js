import assert from "node:assert/strict";
import { NARROW, WIDE, check, loadAxe } from "./support/axe.js";
import { story } from "./support/console.js";
import { focused, reach, watchFocus } from "./support/keyboard.js";
import { newSession } from "./support/stack.js";

story(
  "axe finds no serious fault in a message's menu and its dialogs, and the keyboard is enough for them",
  { customer: 2, dentist: 4 },
  async ({ customer, dentist, open }) => {
    const session = await newSession(customer, dentist);
    await customer.post(session, "I took ten milligrams.");
    const { page, phones } = await open();
    await loadAxe(page);
    const { keyboard } = page;
    const { box } = phones.customer;
    await phones.customer.hears("I took ten milligrams.");
    await reach(box);
    await watchFocus(page);
    const menu = phones.customer.message("milligram").getByRole("button", { name: "Correct or retract" });
    const choose = async (label) => {
      await reach(menu, "Shift+Tab");
      await keyboard.press("Enter");
      await focused(page.getByRole("button", { name: "Correct…" }));
      await reach(page.getByRole("button", { name: label }));
      await keyboard.press("Enter");
    };

    await reach(menu, "Shift+Tab");
    await keyboard.press("Enter");
    await focused(page.getByRole("button", { name: "Correct…" }));
    await check(page, "menu", WIDE);
    await keyboard.press("Escape");
    await focused(menu);

    await choose("Correct…");
    const correcting = page.getByRole("dialog", { name: "Correct your message" });
    const text = correcting.getByRole("textbox", { name: "The new text" });
    await reach(text);
    await check(page, "correcting", WIDE);
    await check(page, "correcting", NARROW);
    await page.setViewportSize(WIDE);
    // Refused, with the reason on the sheet, and the text still there.
    await text.fill(" ");
    await reach(correcting.getByRole("button", { name: "Save correction" }));
    await keyboard.press("Enter");
    await correcting.getByText("needs a text").waitFor();
    await check(page, "correction refused", WIDE);
    await reach(text, "Shift+Tab");
    await keyboard.press("Control+a");
    await keyboard.type("I took one milligram.");
    await reach(correcting.getByRole("button", { name: "Save correction" }));
    await keyboard.press("Enter");
    await correcting.waitFor({ state: "hidden" });
    await phones.dentist.message("I took one milligram.").getByText("Corrected").waitFor();
    await check(page, "corrected", WIDE);

    await choose("Retract…");
    const retracting = page.getByRole("dialog", { name: "Retract this message?" });
    // What does no harm has the keyboard.
    await focused(retracting.getByRole("button", { name: "Keep it" }));
    await check(page, "retracting", WIDE);
    await check(page, "retracting", NARROW);
    await page.setViewportSize(WIDE);
    await keyboard.press("Escape");
    await retracting.waitFor({ state: "hidden" });
    await focused(menu);
    await choose("Retract…");
    await reach(retracting.getByRole("button", { name: "Retract for good" }));
    await keyboard.press("Enter");
    await retracting.waitFor({ state: "hidden" });
    await phones.dentist.message("This message was retracted.").waitFor();
    await check(page, "retracted", WIDE);
    await reach(box);
    await phones.customer.agrees(session);
    assert.deepEqual(await page.evaluate(() => globalThis.losses), []);
  },
);
